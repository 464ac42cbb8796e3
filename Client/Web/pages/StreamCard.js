// @ts-check
import { make, makeSVG, setAttributes, setText } from "../element/dom.js";
import { shareText } from "../element/figures.js";
import { stripeColour } from "../element/palette.js";
import { sinceText, sizeText, stateBadges, viewersText } from "./streamList.js";

/** A stream in the list. It keeps its picture until the next one is there. */
export class StreamCard {
    /** @param {string} name */
    constructor(name) {
        this.name = name;
        this.shot = make("div", { class: "shot" }, placeholder(name));
        this.badge = make("span", { class: "badge" });
        this.size = make("span", { class: "size" });
        this.shot.append(this.badge, this.size);
        this.facts = make("p", { class: "facts" });
        this.share = make("b");
        this.bar = make("i");
        const meter = make("span", { class: "meter", "aria-hidden": "true" }, this.bar);
        this.carried = make("p", { class: "carried" }, meter, make("span", {}, this.share, " carried by viewers"));
        this.link = make("a", { class: "card", href: `/${name}` }, this.shot, make("h2", {}, name), this.facts,
            this.carried);
        this.element = make("li", {}, this.link);
        this.pictures = 0;
        this.isLoading = false;
        /** @type {HTMLImageElement | null} */
        this.picture = null;
    }

    /**
     * @param {import("./streamList.js").ListedStream} stream
     * @param {number} now wall milliseconds
     */
    show(stream, now) {
        setText(this.badge, stateBadges[stream.state]);
        this.badge.className = `badge ${stream.state}`;
        this.link.classList.toggle("waiting", stream.state !== "live");
        const size = sizeText(stream);
        setText(this.size, size);
        this.size.hidden = size === "";
        const since = stream.state === "live" ? sinceText(stream.startedAt, now) : "";
        setText(this.facts, [viewersText(stream.viewers), since].filter((text) => text !== "").join(" · "));
        this.carried.hidden = stream.offload === null || stream.viewers < 2;
        setText(this.share, shareText(stream.offload));
        this.bar.style.transform = `scaleX(${stream.offload ?? 0})`;
    }

    /** Fetches a newer picture, and shows it when all of it is there. */
    async refresh() {
        if (this.isLoading) return;
        this.isLoading = true;
        this.pictures += 1;
        const next = make("img", { alt: "" });
        next.src = `/streams/${this.name}/thumbnail.jpg?${Date.now()}`;
        try {
            await next.decode();
            if (this.picture === null) this.shot.prepend(next);
            else this.picture.replaceWith(next);
            this.shot.querySelector(":scope > svg")?.remove();
            this.picture = next;
        } catch {
            // What is shown stays: the last picture, or the drawn one.
        } finally {
            this.isLoading = false;
        }
    }
}

/**
 * A drawn picture that is another for each name: two trees from one root.
 * @param {string} name
 */
function placeholder(name) {
    let hash = 2_166_136_261;
    for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619) >>> 0;
    const next = () => {
        hash = (Math.imul(hash, 1_664_525) + 1_013_904_223) >>> 0;
        return hash / 2 ** 32;
    };
    const svg = makeSVG("svg", { viewBox: "0 0 320 180", preserveAspectRatio: "xMidYMid slice" },
        makeSVG("rect", { width: 320, height: 180, fill: "#131c23" }));
    const root = { x: 130 + 60 * next(), y: 34 };
    for (const stripe of [0, 1]) {
        const side = stripe === 0 ? -1 : 1;
        const group = makeSVG("g", { stroke: stripeColour(stripe), fill: "none", "stroke-width": 2, opacity: 0.75 });
        const middle = { x: root.x + side * (40 + 40 * next()), y: 82 + 16 * next() };
        group.append(branch(root, middle));
        for (const at of [-1, 0, 1]) {
            const leaf = { x: middle.x + at * (26 + 14 * next()), y: 134 + 20 * next() };
            group.append(branch(middle, leaf), dot(leaf, 4));
        }
        group.append(dot(middle, 5.5));
        svg.append(group);
    }
    svg.append(makeSVG("circle", { cx: root.x, cy: root.y, r: 8, fill: "#eef3f5" }));
    setAttributes(svg, { focusable: "false", "aria-hidden": "true" });
    return svg;
}

/** @typedef {{ x: number, y: number }} SketchPoint */

/**
 * @param {SketchPoint} from
 * @param {SketchPoint} to
 */
function branch(from, to) {
    const bend = (from.y + to.y) / 2;
    return makeSVG("path", { d: `M${from.x} ${from.y}C${from.x} ${bend} ${to.x} ${bend} ${to.x} ${to.y}` });
}

/**
 * @param {SketchPoint} at
 * @param {number} radius
 */
function dot({ x, y }, radius) {
    return makeSVG("circle", { cx: x, cy: y, r: radius, fill: "#131c23" });
}
