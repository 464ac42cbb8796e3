// @ts-check

/** Stands for a figure that is not known. */
const unknownFigure = "–";

/**
 * Bytes in decimal units, with three digits.
 * @param {number | null | undefined} bytes
 * @returns {string}
 */
export function bytesText(bytes) {
    return scaled(bytes, ["B", "kB", "MB", "GB", "TB"]);
}

/**
 * A rate in bits a second.
 * @param {number | null | undefined} bits
 * @returns {string}
 */
export function bitrateText(bits) {
    return scaled(bits, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
}

/**
 * @param {number | null | undefined} value
 * @param {string[]} units each a thousand of the one before it
 */
function scaled(value, units) {
    if (value === null || value === undefined || !Number.isFinite(value)) return unknownFigure;
    let rest = Math.max(0, value);
    let unit = 0;
    while (rest >= 999.5 && unit < units.length - 1) {
        rest /= 1_000;
        unit += 1;
    }
    const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
    return `${rest.toFixed(digits)} ${units[unit]}`;
}

/**
 * A duration: milliseconds below one second, then seconds, minutes, hours.
 * @param {number | null | undefined} ms
 * @returns {string}
 */
export function durationText(ms) {
    if (ms === null || ms === undefined || !Number.isFinite(ms)) return unknownFigure;
    if (Math.abs(ms) < 999.5) return `${Math.round(ms)} ms`;
    const seconds = ms / 1_000;
    if (Math.abs(seconds) < 59.95) return `${seconds.toFixed(1)} s`;
    const minutes = Math.floor(Math.round(seconds) / 60);
    if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * A share of 0 … 1 in per cent. What is not everything never reads 100 %.
 * @param {number | null | undefined} share
 * @param {number} [digits]
 * @returns {string}
 */
export function shareText(share, digits = 0) {
    if (share === null || share === undefined || !Number.isFinite(share)) return unknownFigure;
    const unit = 10 ** -digits;
    const percent = Math.min(100, Math.max(0, share * 100));
    const shown = percent < 100 && percent > 100 - unit ? 100 - unit : percent;
    return `${shown.toFixed(digits)} %`;
}

/**
 * A count with thin spaces between thousands.
 * @param {number | null | undefined} count
 * @returns {string}
 */
export function countText(count) {
    if (count === null || count === undefined || !Number.isFinite(count)) return unknownFigure;
    return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/**
 * As much of an id as tells viewers apart to the eye.
 * @param {string | null | undefined} id
 * @returns {string}
 */
export function shortId(id) {
    return id ? id.slice(0, 6) : unknownFigure;
}

/**
 * The host of a service's URL, which is public, or what else it is.
 * @param {string | null | undefined} url
 * @returns {string}
 */
export function hostText(url) {
    if (!url) return unknownFigure;
    try {
        return new URL(url).host;
    } catch {
        return url.slice(0, 40);
    }
}
