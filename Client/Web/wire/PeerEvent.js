// @ts-check
import { Fields } from "./Fields.js";
import { readLinkSignal } from "./LinkSignal.js";
import { readChildDescription, readParentDescription, readPeerPlace } from "./PeerPlace.js";

/**
 * What a tracker tells a viewer in its stream of events (PROTOCOL.md §9).
 *
 * - `parent`: who sends a stripe from now on, or who stands behind that one from now on; with a token that fits.
 * - `child`, `drop`: a new child; a child no longer.
 * - `signal`: somebody wants a link.
 * - `forward`: the tracker's forwards have changed.
 * - `resync`: all that counts, since earlier events were lost.
 * - `ping`: the tracker's time, every 5 s.
 * - `bye`: the swarm goes on without this viewer, or this tracker.
 * @typedef {{ name: "parent", parent: import("./PeerPlace.js").ParentDescription, token: string, tokenExpiresAt: number
 *   }
 *   | { name: "child", child: import("./PeerPlace.js").ChildDescription }
 *   | { name: "drop", child: import("./PeerPlace.js").ChildDescription }
 *   | { name: "signal", from: string, signal: import("./LinkSignal.js").LinkSignal }
 *   | { name: "forward", forwards: string[] }
 *   | { name: "resync", place: import("./PeerPlace.js").PeerPlace }
 *   | { name: "ping", now: number }
 *   | { name: "bye", reason: ByeReason, retryMs: number }} PeerEvent
 * @typedef {"stopping" | "banned" | "ended"} ByeReason
 */

/** Longest pause that a tracker may ask for: an hour. */
const retryMsMax = 3_600_000;

/**
 * Reads one event. Throws `WireError`.
 * @param {import("./EventStreamParser.js").ServerSentEvent} event
 * @returns {PeerEvent | null} null for a name that this version does not know
 */
export function parsePeerEvent({ name, data }) {
    switch (name) {
        case "parent": {
            const fields = Fields.parse(data);
            const parent = readParentDescription(fields);
            return { name, parent, token: fields.token("token"), tokenExpiresAt: fields.time("tokenExpiresAt") };
        }
        case "child":
        case "drop":
            return { name, child: readChildDescription(Fields.parse(data)) };
        case "signal": {
            const fields = Fields.parse(data);
            return { name, from: fields.id("from"), signal: readLinkSignal(fields) };
        }
        case "forward":
            return { name, forwards: Fields.parse(data).serviceURLs("forwards") };
        case "resync":
            return { name, place: readPeerPlace(Fields.parse(data)) };
        case "ping":
            return { name, now: Fields.parse(data).time("now") };
        case "bye": {
            const fields = Fields.parse(data);
            const reason = fields.word("reason", /** @type {const} */ (["stopping", "banned", "ended"]));
            return { name, reason, retryMs: fields.integer("retryMs", retryMsMax) };
        }
        default:
            return null;
    }
}
