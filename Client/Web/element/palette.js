// @ts-check

/** One colour for each stripe, on dark ground. The first two are also those of the name. */
const stripeColours = ["#35d0ba", "#ff9466", "#8fa8ff", "#f2c14e", "#c996ff", "#8bd576", "#ff85b5", "#74cbff"];

/** The same on light ground, where they are darker. */
const stripeColoursOnLight = ["#0c8f7f", "#cf5325", "#4a63d8", "#9a6d00", "#8a4bd0", "#3c8a28", "#c23a76", "#1579b5"];

/** What comes from forwards rather than from viewers. */
export const forwardColour = "#7d8da3";

/**
 * The colour of a stripe.
 * @param {number} stripe
 * @param {boolean} [isOnLight]
 * @returns {string}
 */
export function stripeColour(stripe, isOnLight = false) {
    const colours = isOnLight ? stripeColoursOnLight : stripeColours;
    return colours[stripe % colours.length] ?? forwardColour;
}
