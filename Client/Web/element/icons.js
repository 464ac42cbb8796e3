// @ts-check
import { makeSVG } from "./dom.js";

/** Shapes on a field of 24 × 24, drawn with lines; those that begin with "!" are filled. */
const iconShapes = {
    play: ["!M8 5.2v13.6a.8.8 0 0 0 1.2.7l10.6-6.8a.8.8 0 0 0 0-1.4L9.2 4.5A.8.8 0 0 0 8 5.2z"],
    pause: ["!M7 5h3.2v14H7z", "!M13.8 5H17v14h-3.2z"],
    sound: ["!M4 9.5v5h3.2L12 18.8V5.2L7.2 9.5z", "M15.2 9a4.2 4.2 0 0 1 0 6", "M17.8 6.4a8 8 0 0 1 0 11.2"],
    muted: ["!M4 9.5v5h3.2L12 18.8V5.2L7.2 9.5z", "M15.5 9.7l4.8 4.8", "M20.3 9.7l-4.8 4.8"],
    figures: ["M5 19v-6", "M10 19V5", "M15 19v-9", "M20 19v-3"],
    fullscreen: ["M4 9V4h5", "M20 9V4h-5", "M4 15v5h5", "M20 15v5h-5"],
    unfullscreen: ["M9 4v5H4", "M15 4v5h5", "M9 20v-5H4", "M15 20v-5h5"],
    help: ["M9 9.2a3 3 0 1 1 4.4 2.6c-.9.5-1.4 1-1.4 2.2", "M12 17.4v.2"],
    close: ["M6 6l12 12", "M18 6L6 18"],
    copy: ["M9 9h10v11H9z", "M15 9V4H5v11h4"],
    done: ["M5 12.5l4.5 4.5L19 7.5"],
    share: ["M12 5v4", "M12 9L6.5 15", "M12 9l5.5 6", "!M12 2.6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
        "!M6 15a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z", "!M18 15a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z"],
    offline: ["M3 3l18 18", "M5 12.5a10 10 0 0 1 4-2.3", "M19 12.5a10 10 0 0 0-5-2.6", "M8.5 16a5 5 0 0 1 7 0",
        "M12 19.5v.1"],
    signal: ["M12 12v.1", "M8.5 15.5a5 5 0 0 1 0-7", "M15.5 8.5a5 5 0 0 1 0 7", "M5.6 18.4a9 9 0 0 1 0-12.8",
        "M18.4 5.6a9 9 0 0 1 0 12.8"],
    end: ["M6 12h12"],
    question: ["M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z", "M12 8v5", "M12 16v.1"],
};

/** @typedef {keyof typeof iconShapes} IconName */

/**
 * A picture without words; what it stands for is said by what holds it.
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
    const svg = makeSVG("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", class: "icon" });
    showIcon(svg, name);
    return svg;
}

/**
 * Makes a picture another one.
 * @param {SVGSVGElement} svg
 * @param {IconName} name
 */
export function showIcon(svg, name) {
    if (svg.dataset.icon === name) return;
    svg.dataset.icon = name;
    svg.replaceChildren(...iconShapes[name].map((shape) => shape.startsWith("!")
        ? makeSVG("path", { d: shape.slice(1), fill: "currentColor", stroke: "none" })
        : makeSVG("path", { d: shape })));
}
