// @ts-check
import { make } from "./dom.js";
import { elementStyle } from "./elementStyle.js";
import { panelStyle } from "./panelStyle.js";

/** @type {CSSStyleSheet | null} */
let elementSheet = null;

/**
 * Gives the element its looks, which no policy of the page around it forbids, as an inline style might be.
 * @param {ShadowRoot} root
 */
export function dress(root) {
    try {
        if (elementSheet === null) {
            elementSheet = new CSSStyleSheet();
            elementSheet.replaceSync(elementStyle + panelStyle);
        }
        root.adoptedStyleSheets = [elementSheet];
    } catch {
        root.append(make("style", {}, elementStyle + panelStyle));
    }
}
