// @ts-check

/** Shortest and longest buffer that may be asked for, in milliseconds. */
const bufferBounds = { min: 200, max: 30_000 };

/**
 * A length of time as "3s", "800ms" or, bare, in seconds.
 * @param {string | null} text
 * @returns {number | undefined} milliseconds within what a viewer takes; undefined when it is no length of time
 */
export function bufferMilliseconds(text) {
    const match = /^\s*(\d{1,6}(?:\.\d{1,6})?)\s*(ms|s|)\s*$/.exec(text ?? "");
    if (match === null) return undefined;
    const ms = Number(match[1]) * (match[2] === "ms" ? 1 : 1_000);
    return Math.min(bufferBounds.max, Math.max(bufferBounds.min, Math.round(ms)));
}

/**
 * Whether a switch is on that is so by default: only "off", "false", "no" and "0" turn it off.
 * @param {string | null} text of the attribute; null when there is none
 * @returns {boolean}
 */
export function isOn(text) {
    return text === null || !["off", "false", "no", "0"].includes(text.trim().toLowerCase());
}

/**
 * What a stream's URL calls it, to be shown: the last part of its path.
 * @param {string} url absolute
 * @returns {string} empty when it has none
 */
export function displayName(url) {
    try {
        const last = new URL(url).pathname.split("/").filter((part) => part !== "").pop() ?? "";
        return decodeURIComponent(last).slice(0, 64);
    } catch {
        return "";
    }
}
