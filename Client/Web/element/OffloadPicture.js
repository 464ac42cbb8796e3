// @ts-check
import { make, makeSVG, setAttributes, setText } from "./dom.js";
import { drawBand, Drawing } from "./Drawing.js";
import { bitrateText, bytesText, durationText, shareText } from "./figures.js";
import { forwardColour, stripeColour } from "./palette.js";
import { axisEnd } from "./SampleRing.js";

const donutRadius = 46;
const donutLength = 2 * Math.PI * donutRadius;

/** Where the stream comes from: the share so far as a ring, and the last two minutes as a picture. */
export class OffloadPicture {
    constructor() {
        this.arc = makeSVG("circle", { class: "arc", cx: 58, cy: 58, r: donutRadius, stroke: stripeColour(0) });
        setAttributes(this.arc, { transform: "rotate(-90 58 58)", "stroke-dasharray": `0 ${donutLength}` });
        this.percent = makeSVG("text", { x: 58, y: 62 }, "–");
        this.ring = makeSVG("circle", { cx: 58, cy: 58, r: donutRadius, stroke: "#26323b" });
        const under = makeSVG("text", { x: 58, y: 77, class: "under" }, "from viewers");
        const donut = makeSVG("svg", { class: "donut", viewBox: "0 0 116 116", role: "img" },
            this.ring, this.arc, this.percent, under);
        this.donut = donut;
        this.peers = legendLine(stripeColour(0), "From viewers");
        this.forwards = legendLine(forwardColour, "From servers");
        this.upload = legendLine(stripeColour(1), "Passed on");
        const lines = [this.peers, this.forwards, this.upload].map(({ line }) => line);
        const canvas = make("canvas", { class: "area", "aria-hidden": "true" });
        this.area = new Drawing(canvas);
        this.axisLabel = make("span");
        this.axisStart = make("span");
        this.element = make("section", {}, make("h3", {}, "Where the stream comes from"),
            make("div", { class: "share" }, donut, make("ul", { class: "legend" }, ...lines)),
            canvas, make("div", { class: "axis", "aria-hidden": "true" },
                this.axisStart, this.axisLabel, make("span", {}, "now")));
    }

    /**
     * @param {import("../viewer/ViewerTypes.js").ViewerStatistics} statistics
     * @param {import("./SampleRing.js").SampleRing} ring
     */
    show({ bytesFromPeers = 0, bytesFromForwards = 0, uploadBytes = 0, offload }, ring) {
        const total = bytesFromPeers + bytesFromForwards;
        const share = offload ?? (total > 0 ? bytesFromPeers / total : 0);
        setText(this.percent, total > 0 ? shareText(share) : "–");
        setAttributes(this.arc, { "stroke-dasharray": `${share * donutLength} ${donutLength}` });
        this.arc.style.opacity = share > 0 ? "1" : "0";
        setAttributes(this.ring, { stroke: total > 0 ? forwardColour : "#26323b" });
        setAttributes(this.donut, { "aria-label": `${shareText(share)} of the stream came from other viewers` });
        setText(this.peers.value, bytesText(bytesFromPeers));
        setText(this.forwards.value, bytesText(bytesFromForwards));
        setText(this.upload.value, bytesText(uploadBytes));
        const { samples, drawnMs } = ring;
        const peak = Math.max(0, ...samples.map(({ fromPeers, fromForwards }) => fromPeers + fromForwards));
        const end = axisEnd(peak);
        setText(this.axisLabel, samples.length > 1 ? `up to ${bitrateText(end)}` : "gathering…");
        setText(this.axisStart, `${durationText(Math.round(drawnMs / 1_000) * 1_000).replace(".0", "")} ago`);
        const now = samples[samples.length - 1]?.at ?? 0;
        this.area.draw((context, width, height) => {
            const point = (/** @type {number} */ at, /** @type {number} */ bits) =>
                ({ x: width * (1 - (now - at) / drawnMs), y: height - (height - 2) * bits / end });
            const ground = samples.map(({ at }) => point(at, 0));
            const middle = samples.map(({ at, fromForwards }) => point(at, fromForwards));
            const upper = samples.map(({ at, fromForwards, fromPeers }) => point(at, fromForwards + fromPeers));
            context.fillStyle = "rgb(255 255 255 / 0.09)";
            for (const level of [0, 0.5, 1]) context.fillRect(0, (height - 1) * level, width, 1);
            drawBand(context, middle, ground, forwardColour);
            drawBand(context, upper, middle, stripeColour(0));
        });
    }
}

/**
 * @param {string} colour
 * @param {string} label
 */
function legendLine(colour, label) {
    const dot = make("span", { class: "dot" });
    dot.style.background = colour;
    const value = make("span", { class: "value" }, "–");
    return { line: make("li", {}, dot, make("span", { class: "label" }, label), value), value };
}
