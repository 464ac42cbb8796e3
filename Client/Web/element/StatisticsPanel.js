// @ts-check
import { ConnectionTable } from "./ConnectionTable.js";
import { make, setText } from "./dom.js";
import { factGroups } from "./facts.js";
import { FigureTile } from "./FigureTile.js";
import { bitrateText, durationText } from "./figures.js";
import { icon, showIcon } from "./icons.js";
import { NeighbourPicture } from "./NeighbourPicture.js";
import { OffloadPicture } from "./OffloadPicture.js";
import { stripeColour } from "./palette.js";
import { givingWords } from "./words.js";

/**
 * @typedef {object} PanelFacts what the panel shows
 * @property {import("../viewer/ViewerTypes.js").ViewerStatistics} statistics
 * @property {import("./SampleRing.js").SampleRing} ring
 * @property {boolean} gives
 * @property {boolean} usesPeers
 * @property {boolean} isMetered
 */

/** All figures of a viewer, drawn as they change. It draws when it is told to, which nobody does while it is shut. */
export class StatisticsPanel {
    /** @param {{ onClose: () => void, onGive: (gives: boolean) => void }} handlers */
    constructor({ onClose, onGive }) {
        this.offload = new OffloadPicture();
        this.picture = new NeighbourPicture();
        this.connections = new ConnectionTable();
        this.latency = new FigureTile("Behind the camera", { colour: stripeColour(2), least: 1_000 });
        this.buffer = new FigureTile("Buffer", { colour: stripeColour(3), least: 1_000 });
        this.incoming = new FigureTile("Receiving", { colour: stripeColour(0), least: 100_000 });
        this.outgoing = new FigureTile("Passing on", { colour: stripeColour(1), least: 100_000 });
        this.give = make("input", { type: "checkbox", role: "switch", "aria-describedby": "gives" });
        this.give.addEventListener("change", () => onGive(this.give.checked));
        this.explains = make("span", { class: "explains", id: "gives" });
        this.facts = make("div");
        /** @type {Map<string, HTMLElement>} */
        this.values = new Map();
        const close = make("button", { class: "press", type: "button", "aria-label": "Close figures" }, icon("close"));
        close.addEventListener("click", onClose);
        this.copied = icon("copy");
        this.copyLabel = make("span", {}, "Copy JSON");
        const copy = make("button", { class: "word", type: "button" }, this.copied, this.copyLabel);
        copy.addEventListener("click", () => void this.copy());
        const tiles = [this.latency, this.buffer, this.incoming, this.outgoing].map(({ element }) => element);
        this.body = make("div", { class: "scroll", tabindex: "-1" },
            make("section", {}, make("label", { class: "give" },
                make("span", { class: "label" }, "Share this stream with others nearby"), this.give, this.explains)),
            this.offload.element, make("section", { class: "tiles" }, ...tiles),
            this.picture.element, this.connections.element, this.facts);
        this.element = make("aside", { class: "panel", part: "panel", "aria-label": "Figures", hidden: true },
            make("header", {}, make("h2", {}, "Behind the picture"), copy, close), this.body);
        /** @type {import("../viewer/ViewerTypes.js").ViewerStatistics} */
        this.statistics = {};
    }

    /** @param {PanelFacts} facts */
    show({ statistics, ring, gives, usesPeers, isMetered }) {
        this.statistics = statistics;
        this.give.checked = gives && usesPeers;
        this.give.disabled = !usesPeers;
        const { liveLatencyMs, bufferMs, targetMs, bitrate, uploadBitrate, children = 0 } = statistics;
        const facts = { gives, usesPeers, isMetered, children, uploadBitrate: uploadBitrate ?? 0 };
        setText(this.explains, givingWords(facts));
        this.offload.show(statistics, ring);
        this.latency.show(durationText(liveLatencyMs), "from publication to you", ring, (sample) => sample.latencyMs);
        const aim = `aims at ${durationText(targetMs)}`;
        this.buffer.show(durationText(bufferMs), aim, ring, (sample) => sample.bufferMs);
        this.incoming.show(bitrateText(bitrate), "over the last seconds", ring,
            ({ fromPeers, fromForwards }) => fromPeers + fromForwards);
        const viewers = children === 1 ? "to 1 viewer" : `to ${children} viewers`;
        this.outgoing.show(bitrateText(uploadBitrate), viewers, ring, ({ upload }) => upload);
        this.picture.show(statistics);
        this.connections.show(statistics.neighbours ?? [], usesPeers);
        this.showFacts(statistics);
    }

    /** @param {import("../viewer/ViewerTypes.js").ViewerStatistics} statistics */
    showFacts(statistics) {
        for (const { title, facts } of factGroups(statistics)) {
            if (!this.values.has(facts[0][0])) {
                const list = make("dl", { class: "facts" });
                for (const [name] of facts) {
                    const value = make("dd");
                    this.values.set(name, value);
                    list.append(make("dt", {}, name), value);
                }
                this.facts.append(make("section", {}, make("h3", {}, title), list));
            }
            for (const [name, text] of facts) {
                const value = this.values.get(name);
                if (value !== undefined) setText(value, text);
            }
        }
    }

    /** Gives all figures to the clipboard; where there is none, shows them to be copied by hand. */
    async copy() {
        const text = JSON.stringify(this.statistics, null, 2);
        try {
            await navigator.clipboard.writeText(text);
        } catch {
            if (!copiedByHand(text, this.element)) return;
        }
        showIcon(this.copied, "done");
        setText(this.copyLabel, "Copied");
        setTimeout(() => {
            showIcon(this.copied, "copy");
            setText(this.copyLabel, "Copy JSON");
        }, 1_600);
    }
}

/**
 * Copies as pages without a secure origin can.
 * @param {string} text
 * @param {HTMLElement} parent
 */
function copiedByHand(text, parent) {
    const field = make("textarea", { class: "hush", "aria-hidden": "true", tabindex: "-1" });
    field.value = text;
    parent.append(field);
    field.select();
    try {
        return document.execCommand("copy");
    } catch {
        return false;
    } finally {
        field.remove();
    }
}
