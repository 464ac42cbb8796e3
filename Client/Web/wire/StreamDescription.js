// @ts-check
import { Fields } from "./Fields.js";
import { checkedStreamName } from "./StreamName.js";
import { WireLimits } from "./WireLimits.js";

/** @typedef {import("./Record.js").StreamState} StreamState */

/**
 * @typedef {object} StreamDescription what a viewer needs of `GET /streams/NAME` of the coordinate, and of the hello of
 *   a stripe, which tells the same (PROTOCOL.md §8, §10)
 * @property {string} name
 * @property {StreamState} state
 * @property {number} sequence of the newest chunk; 0 before the first
 * @property {number} chunkMs target length of a chunk
 * @property {number} stripes
 * @property {string} publicKey base64 of the Ed25519 key; to be believed from the coordinate alone
 */

/**
 * @typedef {object} TrackerAssignment where to go: the answer of `GET /tracker`
 * @property {{ name: string, region: string, url: string } | null} tracker null when none is alive
 * @property {string[]} forwards best first
 * @property {string} region
 * @property {string} token opens stripes and chunks at the forwards, for viewers outside a swarm
 * @property {number} tokenExpiresAt wall milliseconds
 */

/** Longest chunk that a coordinate may aim at, in milliseconds. */
const chunkMsMax = 60_000;

/**
 * Reads a stream's description. Throws `WireError`.
 * @param {Fields} fields
 * @returns {StreamDescription}
 */
export function readStreamDescription(fields) {
    return {
        name: checkedStreamName(fields.text(fields.has("stream") ? "stream" : "name", 64)),
        state: fields.word("state", /** @type {const} */ (["live", "waiting", "ended"])),
        sequence: fields.integer("sequence", WireLimits.integerMax),
        chunkMs: fields.integer("chunkMs", chunkMsMax, 1),
        stripes: fields.integer("stripes", WireLimits.stripeCountMax, 1),
        publicKey: fields.text("publicKey", 64),
    };
}

/**
 * Reads the answer of `GET /tracker`, also that of status 503. Throws `WireError`.
 * @param {Fields} fields
 * @returns {TrackerAssignment}
 */
export function readTrackerAssignment(fields) {
    const tracker = fields.has("tracker") ? new Fields(fields.value("tracker")) : null;
    return {
        tracker: tracker && {
            name: tracker.text("name", 128),
            region: tracker.text("region", 128),
            url: tracker.serviceURL("url"),
        },
        forwards: fields.serviceURLs("forwards"),
        region: fields.text("region", 128),
        token: fields.token("token"),
        tokenExpiresAt: fields.time("tokenExpiresAt"),
    };
}
