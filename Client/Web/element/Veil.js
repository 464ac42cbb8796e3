// @ts-check
import { make, makeSVG, setText } from "./dom.js";
import { icon, showIcon } from "./icons.js";
import { stripeColour } from "./palette.js";

/** The words that stand where the picture would be. */
export class Veil {
    constructor() {
        this.spinner = makeSVG("svg", { class: "spinner", viewBox: "0 0 52 52", "aria-hidden": "true" },
            makeSVG("circle", { cx: 26, cy: 26, r: 22, stroke: stripeColour(0), "stroke-dasharray": "50 89" }),
            makeSVG("circle", {
                cx: 26, cy: 26, r: 14, stroke: stripeColour(1), "stroke-dasharray": "26 62", "stroke-dashoffset": -40,
            }));
        this.icon = icon("signal");
        this.title = make("p", { class: "title" });
        this.detail = make("p", { class: "detail" });
        this.problem = make("p", { class: "problem" });
        this.element = make("div", { class: "veil" }, make("div", { class: "mark" }, this.spinner, this.icon),
            this.title, this.detail, this.problem);
    }

    /**
     * @param {import("./words.js").Wording} wording
     * @param {"solid" | "light" | ""} kind without a picture below it; over one that goes on soon; over one that stands
     * @param {string} problem what is wrong, for those who know; may be empty
     */
    show(wording, kind, problem) {
        this.element.className = `veil ${kind}`;
        this.spinner.toggleAttribute("hidden", !wording.isSpinning);
        this.icon.toggleAttribute("hidden", wording.isSpinning);
        showIcon(this.icon, wording.icon);
        setText(this.title, wording.title);
        setText(this.detail, wording.detail);
        this.detail.hidden = wording.detail === "";
        setText(this.problem, problem);
        this.problem.hidden = problem === "";
    }
}
