// @ts-check
import { make, makeSVG, setAttributes } from "./dom.js";
import { bytesText, hostText, shortId } from "./figures.js";
import { neighbourLayout } from "./neighbourLayout.js";
import { stripeColour } from "./palette.js";

const size = { width: 356, height: 214, margin: 30 };

/** Who feeds this viewer and whom it feeds, as a picture: stripes in their colours, from top to bottom. */
export class NeighbourPicture {
    constructor() {
        this.svg = makeSVG("svg", { class: "picture", viewBox: `0 0 ${size.width} ${size.height}`, role: "img" });
        this.swatches = make("div", { class: "swatches", "aria-hidden": "true" });
        this.element = make("section", {}, make("h3", {}, "Who feeds you, and whom you feed"), this.svg, this.swatches);
        this.shown = "";
    }

    /** @param {import("../viewer/ViewerTypes.js").ViewerStatistics} statistics */
    show(statistics) {
        const { nodes, links } = neighbourLayout(statistics, size);
        const lines = links.map(({ from, to, stripe, lane }) => {
            const bend = (from.y + to.y) / 2;
            const x = (/** @type {import("./neighbourLayout.js").PlacedNode} */ node) => node.x + lane * 8;
            const path = `M${x(from)} ${from.y + 15}C${x(from)} ${bend} ${x(to)} ${bend} ${x(to)} ${to.y - 15}`;
            return makeSVG("path", { class: "link", d: path, stroke: stripeColour(stripe) });
        });
        // The picture of links moves: it begins anew only when there are other links.
        const key = links.map((link) => `${link.key}@${link.from.x}`).join();
        if (key !== this.shown || this.lines === undefined) {
            this.lines = makeSVG("g", {}, ...lines);
            this.shown = key;
        }
        const x = size.width / 2;
        const hints = [];
        if (!nodes.some(isSource)) hints.push(makeSVG("text", { x, y: size.margin + 4 }, "Nobody feeds you yet"));
        if (!nodes.some(isFed)) {
            hints.push(makeSVG("text", { x, y: size.height - size.margin + 4 }, "Nobody needs you right now"));
        }
        this.svg.replaceChildren(this.lines, ...hints, ...nodes.map((node) => this.node(node)));
        const fed = links.filter(({ from }) => from.kind === "you").length;
        const words = links.length === 0 ? "no links yet" : `fed by ${nodes.filter(isSource).length}, feeding ${fed}`;
        setAttributes(this.svg, { "aria-label": `You are ${words}. The table below names them.` });
        const stripes = [...new Set(links.map(({ stripe }) => stripe))].sort((one, other) => one - other);
        this.swatches.replaceChildren(...stripes.map((stripe) => {
            const line = make("i");
            line.style.background = stripeColour(stripe);
            return make("span", {}, line, `Stripe ${stripe + 1}`);
        }));
    }

    /** @param {import("./neighbourLayout.js").PlacedNode} node */
    node({ kind, id, x, y, neighbour }) {
        if (kind === "more") return makeSVG("text", { x, y: y + 4 }, `+ ${id}`);
        if (kind === "you") {
            const box = makeSVG("rect", { class: "you", x: x - 22, y: y - 14, width: 44, height: 28, rx: 14 });
            return makeSVG("g", {}, box, makeSVG("text", { class: "onyou", x, y: y + 4 }, "You"));
        }
        const label = kind === "forward" ? "server" : shortId(id);
        const isAbove = y < size.height / 2;
        const bytes = neighbour === null ? "" : bytesText(isAbove ? neighbour.bytesIn : neighbour.bytesOut);
        const shape = kind === "forward"
            ? makeSVG("rect", { class: "node", x: x - 25, y: y - 13, width: 50, height: 26, rx: 6 })
            : makeSVG("rect", { class: "node", x: x - 25, y: y - 13, width: 50, height: 26, rx: 13 });
        const title = makeSVG("title", {}, kind === "forward" ? hostText(id) : id);
        const outside = isAbove ? y - 18 : y + 25;
        return makeSVG("g", {}, title, shape, makeSVG("text", { class: "label", x, y: y + 4 }, label),
            makeSVG("text", { x, y: outside }, bytes));
    }
}

/** @param {import("./neighbourLayout.js").PlacedNode} node */
function isSource({ key }) {
    return key.startsWith("above:");
}

/** @param {import("./neighbourLayout.js").PlacedNode} node */
function isFed({ key }) {
    return key.startsWith("below:");
}
