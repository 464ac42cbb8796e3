// @ts-check

const digitPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Two lower-case digits for each byte.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function hexadecimal(bytes) {
    let text = "";
    for (const byte of bytes) text += digitPairs[byte];
    return text;
}

/**
 * The bytes of hexadecimal digits of either case; null for anything else.
 * @param {string} text
 * @returns {Uint8Array | null}
 */
export function bytesOfHexadecimal(text) {
    if (typeof text !== "string" || text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return null;
    const bytes = new Uint8Array(text.length / 2);
    for (let index = 0; index < bytes.length; index += 1) {
        bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
    }
    return bytes;
}

/**
 * The id of a viewer, or a short hash, in the one form in which it is compared here: 32 lower-case hexadecimal digits.
 * Null for anything else.
 * @param {unknown} value
 * @returns {string | null}
 */
export function parseID(value) {
    return typeof value === "string" && /^[0-9a-f]{32}$/i.test(value) ? value.toLowerCase() : null;
}
