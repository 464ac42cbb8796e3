// @ts-check
import { make, setText } from "./dom.js";
import { drawLine, Drawing } from "./Drawing.js";

/** One figure with its last two minutes below it. */
export class FigureTile {
    /**
     * @param {string} label
     * @param {{ colour: string, least: number }} look of the drawing, and what its full height stands for at least
     */
    constructor(label, { colour, least }) {
        this.colour = colour;
        this.least = least;
        this.value = make("div", { class: "value" }, "–");
        this.aside = make("div", { class: "aside" });
        const canvas = make("canvas", { class: "spark", "aria-hidden": "true" });
        this.drawing = new Drawing(canvas);
        const title = make("div", { class: "label" }, label);
        this.element = make("div", { class: "tile" }, title, this.value, this.aside, canvas);
    }

    /**
     * @param {string} value
     * @param {string} aside what there is to say about it
     * @param {import("./SampleRing.js").SampleRing} ring
     * @param {(sample: import("./SampleRing.js").Sample) => number | null} of a sample what is drawn
     */
    show(value, aside, { samples, drawnMs }, of) {
        setText(this.value, value);
        setText(this.aside, aside);
        const now = samples[samples.length - 1]?.at ?? 0;
        const values = samples.flatMap((sample) => {
            const each = of(sample);
            return each === null ? [] : [{ at: sample.at, value: each }];
        });
        // A little air above; and what is next to nothing does not look like much.
        const top = Math.max(this.least, ...values.map((each) => each.value)) * 1.25;
        this.drawing.draw((context, width, height) => {
            const points = values.map((each) => ({
                x: (width - 3) * (1 - (now - each.at) / drawnMs), y: height - 3 - (height - 6) * each.value / top,
            }));
            drawLine(context, points, height, this.colour);
        });
    }
}
