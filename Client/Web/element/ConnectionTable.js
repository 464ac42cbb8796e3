// @ts-check
import { make } from "./dom.js";
import { bytesText, durationText, shortId } from "./figures.js";
import { stripeColour } from "./palette.js";

/** @type {Record<string, string>} */
const relationWords = { parent: "feeds you", child: "you feed", both: "both ways", idle: "ready" };
/** @type {Record<string, string>} */
const pathWords = { host: "local", srflx: "direct", prflx: "direct", relay: "relayed" };

/** Every link to another viewer, a line each. Addresses are never shown. */
export class ConnectionTable {
    constructor() {
        this.rows = make("tbody");
        this.table = make("div", { class: "tablewrap", tabindex: "0", role: "region", "aria-label": "Connections" },
            make("table", {}, make("thead", {}, make("tr", {},
                ...["Viewer", "Relation", "Stripes"].map((title) => make("th", { scope: "col" }, title)),
                ...["In", "Out", "Delay"].map((title) => make("th", { scope: "col", class: "number" }, title)))),
            this.rows));
        this.empty = make("p", { class: "empty" });
        this.element = make("section", {}, make("h3", {}, "Connections"), this.table, this.empty);
    }

    /**
     * @param {import("../viewer/ViewerTypes.js").NeighbourFigures[]} neighbours
     * @param {boolean} usesPeers
     */
    show(neighbours, usesPeers) {
        this.table.hidden = neighbours.length === 0;
        this.empty.hidden = neighbours.length > 0;
        this.empty.textContent = usesPeers
            ? "No other viewer is connected yet. A forward sends you the stream meanwhile."
            : "This player takes the stream from servers alone.";
        const sorted = [...neighbours].sort((one, other) => (one.peer < other.peer ? -1 : 1)).slice(0, rowsShown);
        this.rows.replaceChildren(...sorted.map((neighbour) => make("tr", {},
            make("td", {}, make("code", { title: neighbour.peer }, shortId(neighbour.peer))),
            make("td", {}, relationWords[neighbour.relation] ?? "–",
                make("small", {}, pathWords[neighbour.kind ?? ""] ?? "")),
            make("td", {}, this.chips([...neighbour.stripes, ...neighbour.feeds])),
            make("td", { class: "number" }, bytesText(neighbour.bytesIn)),
            make("td", { class: "number" }, bytesText(neighbour.bytesOut)),
            make("td", { class: "number" }, durationText(neighbour.roundTripMs)))));
    }

    /** @param {number[]} stripes */
    chips(stripes) {
        const unique = [...new Set(stripes)].sort((one, other) => one - other);
        const words = unique.length === 0 ? "none" : unique.map((stripe) => stripe + 1).join(", ");
        return make("span", { class: "chips", role: "img", "aria-label": words }, ...unique.map((stripe) => {
            const chip = make("i");
            chip.style.background = stripeColour(stripe);
            return chip;
        }));
    }
}

/** A viewer has links to a few dozen others at most. */
const rowsShown = 64;
