// @ts-check
import { WireError } from "./WireError.js";

const reserved = new Set([
    ".", "..", "stream", "streams", "tracker", "relay", "watch", "topology", "player", "player.js", "debug", "metrics",
    "healthz", "version", "time", "library", "init", "favicon.ico", "robots.txt",
]);

/**
 * Returns `text` when it names a broadcast: 1 to 64 characters of `[A-Za-z0-9._-]`, and no word that paths need for
 * themselves. Throws `WireError`.
 * @param {string} text
 * @returns {string}
 */
export function checkedStreamName(text) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(text)) {
        throw new WireError("a stream name is 1 to 64 characters of A-Z a-z 0-9 . _ -");
    }
    if (reserved.has(text)) throw new WireError(`the name "${text}" is reserved, choose another`);
    return text;
}
