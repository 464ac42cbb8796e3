// @ts-check
import { Fields } from "./Fields.js";
import { WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/**
 * @typedef {object} ParentDescription who sends a viewer one stripe: PARENT of PROTOCOL.md §9; either a peer or a
 *   forward
 * @property {number} stripe
 * @property {string | null} peer a viewer
 * @property {string | null} grandparent who sends that viewer the stripe; null when that is a forward
 * @property {string | null} forward a forward's base URL, or `any`: one that the coordinate named
 * @property {number} depth hops between a forward and the viewer, 1 for a root; 0 unknown
 */

/** @typedef {{ stripe: number, peer: string }} ChildDescription a child and the stripe that it is to get */

/**
 * @typedef {object} PeerPlace PLACE: the answer of `POST /peers`, and the data of a `resync` event
 * @property {string} id the viewer's id
 * @property {string} token opens the viewer's paths at the tracker, and stripes and chunks at the forwards
 * @property {number} tokenExpiresAt wall milliseconds
 * @property {string} events where its events are: a path at the tracker's base URL
 * @property {number | null} role the stripe that it passes on, if any
 * @property {ParentDescription[]} parents
 * @property {ChildDescription[]} children
 * @property {{ urls: string[] }[]} ice servers, as `RTCPeerConnection` takes them
 * @property {string[]} forwards base URLs
 */

/** Most hops that a description may claim. */
const depthMax = 0xffff;

/**
 * Reads PARENT. Throws `WireError`.
 * @param {Fields} fields
 * @returns {ParentDescription}
 */
export function readParentDescription(fields) {
    if (fields.has("peer") === fields.has("forward")) throw new WireError("a parent is either a peer or a forward");
    const isPeer = fields.has("peer");
    return {
        stripe: fields.stripe(),
        peer: isPeer ? fields.id("peer") : null,
        grandparent: isPeer && fields.has("grandparent") ? fields.id("grandparent") : null,
        forward: isPeer ? null : fields.value("forward") === "any" ? "any" : fields.serviceURL("forward"),
        depth: fields.has("depth") ? fields.integer("depth", depthMax) : 0,
    };
}

/**
 * Reads an entry of `children`. Throws `WireError`.
 * @param {Fields} fields
 * @returns {ChildDescription}
 */
export function readChildDescription(fields) {
    return { stripe: fields.stripe(), peer: fields.id("peer") };
}

/**
 * Reads PLACE. Throws `WireError`. The public key in it is left out: viewers take that from the coordinate.
 * @param {Fields} fields
 * @returns {PeerPlace}
 */
export function readPeerPlace(fields) {
    const events = fields.text("events", 256);
    // Never another host, whatever a tracker says.
    if (!/^\/[\x21-\x7e]*$/.test(events) || events.startsWith("//")) throw new WireError("events must be a path");
    return {
        id: fields.id("id"),
        token: fields.token("token"),
        tokenExpiresAt: fields.time("tokenExpiresAt"),
        events,
        role: fields.has("role") ? fields.integer("role", WireLimits.stripeCountMax - 1) : null,
        parents: fields.list("parents", WireLimits.stripeCountMax, (value) => readParentDescription(new Fields(value))),
        children: fields.list("children", 64, (value) => readChildDescription(new Fields(value))),
        ice: fields.list("ice", 16, (value) => ({ urls: new Fields(value).urls("urls") })),
        forwards: fields.serviceURLs("forwards"),
    };
}
