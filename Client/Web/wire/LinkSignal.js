// @ts-check
import { Fields } from "./Fields.js";
import { WireError } from "./WireError.js";

/**
 * @typedef {object} LinkSignal what two viewers tell each other to make a link, whoever passes it on (PROTOCOL.md §9)
 * @property {string} link names the attempt: 16 hexadecimal digits that the offerer chose
 * @property {"offer" | "answer" | "candidate"} type
 * @property {string} text the SDP, or the candidate line, which is empty when there are no more
 */

/** Most bytes of an SDP, and of a candidate line. */
export const signalLimits = Object.freeze({ sdpBytesMax: 16 * 1_024, candidateBytesMax: 512 });

/**
 * Reads the fields of a signal. Throws `WireError`.
 * @param {Fields} fields
 * @returns {LinkSignal}
 */
export function readLinkSignal(fields) {
    const link = fields.text("link", 16);
    if (!/^[0-9a-f]{16}$/i.test(link)) throw new WireError("link must be 16 hexadecimal digits");
    const type = fields.word("type", /** @type {const} */ (["offer", "answer", "candidate"]));
    const isCandidate = type === "candidate";
    const most = isCandidate ? signalLimits.candidateBytesMax : signalLimits.sdpBytesMax;
    const text = fields.text(isCandidate ? "candidate" : "sdp", most);
    if (new TextEncoder().encode(text).length > most) throw new WireError(`a signal has at most ${most} bytes`);
    if (!isCandidate && text === "") throw new WireError(`an ${type} needs an SDP`);
    return { link, type, text };
}

/**
 * The JSON object of a signal, to be sent with `to` beside it to a tracker, or alone through a neighbour.
 * @param {LinkSignal} signal
 */
export function linkSignalFields({ link, type, text }) {
    return type === "candidate" ? { link, type, candidate: text } : { link, type, sdp: text };
}

/**
 * The signal in a message of kind `relay`. Throws `WireError`.
 * @param {Uint8Array} bytes JSON in UTF-8
 * @returns {LinkSignal}
 */
export function parseRelayedSignal(bytes) {
    return readLinkSignal(Fields.parse(new TextDecoder().decode(bytes)));
}
