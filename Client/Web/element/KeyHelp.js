// @ts-check
import { make } from "./dom.js";
import { icon } from "./icons.js";
import { keyHelp } from "./keys.js";

/** The list of keys. */
export class KeyHelp {
    /** @param {() => void} onClose */
    constructor(onClose) {
        const list = make("dl", {}, ...keyHelp.flatMap(([key, meaning]) => [
            make("dt", {}, key), make("dd", {}, meaning),
        ]));
        this.close = make("button", { class: "press", type: "button", "aria-label": "Close" }, icon("close"));
        this.close.addEventListener("click", onClose);
        const heading = make("header", {}, make("h2", {}, "Keyboard"), this.close);
        const card = make("div", { class: "card", role: "dialog", "aria-label": "Keyboard keys" }, heading, list);
        this.element = make("div", { class: "help", hidden: true }, card);
        this.element.addEventListener("click", ({ target }) => {
            if (target === this.element) onClose();
        });
    }

    get isOpen() {
        return !this.element.hidden;
    }

    /**
     * Shows or hides it, and moves the focus there and back.
     * @param {HTMLElement} opener
     */
    toggle(opener) {
        this.element.hidden = !this.element.hidden;
        (this.isOpen ? this.close : opener).focus({ preventScroll: true });
    }
}
