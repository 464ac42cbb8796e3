// @ts-check

/**
 * @typedef {object} PeerTime the two clocks that decisions need, both in milliseconds
 * @property {number} monotonic since an arbitrary origin (the page's on a real machine, zero in a simulation); for
 *   silence and pauses
 * @property {number} wall the coordinate's clock as estimated here, for ages of chunks
 */

/**
 * Milliseconds of the monotonic clock since `earlier`; endlessly many when it never was.
 * @param {PeerTime} now
 * @param {number | null} earlier
 * @returns {number}
 */
export function millisecondsSince(now, earlier) {
    return earlier === null ? Infinity : now.monotonic - earlier;
}

/**
 * Whether a pause that ends at `until` is over; null is no pause.
 * @param {PeerTime} now
 * @param {number | null} until
 * @returns {boolean}
 */
export function isPast(now, until) {
    return until === null || now.monotonic >= until;
}

/**
 * @typedef {string} Source who sends a stripe to a viewer: `forward`, or the id of another viewer
 */

/**
 * The viewer that is a source; null for a forward and for nobody.
 * @param {Source | null} source
 * @returns {string | null}
 */
export function peerOf(source) {
    return source === "forward" ? null : source;
}

/**
 * @typedef {object} Assignment what the tracker says about one stripe
 * @property {number} stripe
 * @property {Source} source who is to send it
 * @property {string | null} grandparent who sends it to that viewer; null when that is a forward
 * @property {number} depth viewers between a forward and here, this one included
 */

/**
 * @typedef {"silent" | "closed" | "unreachable" | "stalled" | "starving" | "bye"} LossReason why a link to a parent is
 *   given up, as the tracker is told (PROTOCOL.md §9)
 */

/**
 * @typedef {"root" | "owner" | "start" | "descendant"} ForwardReason why a stripe or chunk is taken from a forward
 *   (PROTOCOL.md §10)
 */

/**
 * Reasons to take something from a forward; what comes first counts for more.
 * @type {readonly ForwardReason[]}
 */
export const forwardReasons = Object.freeze(["root", "owner", "start", "descendant"]);
