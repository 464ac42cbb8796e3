// @ts-check

/**
 * @typedef {import("./PeerTime.js").LossReason} LossReason
 * @typedef {import("./PeerTime.js").ForwardReason} ForwardReason
 */

/**
 * What the machine wants done; the shell carries it out in order.
 *
 * - `connect`: offer a link to a viewer, through the tracker, or through the neighbour `relay`.
 * - `close`: close the link.
 * - `send`: send a message; it is of no use `lifetimeMs` milliseconds from now (null: of lasting use).
 * - `signal`: hand a signal that came through the neighbour `relay` to whoever makes links.
 * - `takeFromForward`: take exactly these stripes from a forward, from the chunk `from` on (null: the newest keyframe);
 *   none to stop.
 * - `fetch`: get these pieces of one chunk from a forward; all of the chunk when there are none.
 * - `reportLost`: tell the tracker that the link to the stripe's parent is broken.
 * - `accuse`: tell the tracker what no honest viewer sends.
 * - `announce`: a chunk exists; its pieces are on their way.
 * - `chunk`: a chunk is whole and verified.
 * - `initSegment`: an init segment, its hash checked, which a verified manifest has named.
 * - `blameForward`: the forward sent what no honest one sends.
 * @typedef {{ kind: "connect", peer: string, relay: string | null }
 *   | { kind: "close", peer: string, reason: string }
 *   | { kind: "send", peer: string, bytes: Uint8Array, lifetimeMs: number | null }
 *   | { kind: "signal", from: string, relay: string, bytes: Uint8Array }
 *   | { kind: "takeFromForward", stripes: number[], from: number | null, why: ForwardReason }
 *   | { kind: "fetch", sequence: number, indices: number[], why: ForwardReason }
 *   | { kind: "reportLost", stripe: number, peer: string, reason: LossReason }
 *   | { kind: "accuse", peer: string, reason: string }
 *   | { kind: "announce", description: import("../wire/ChunkDescription.js").ChunkDescription }
 *   | { kind: "chunk", chunk: import("./ChunkStore.js").VerifiedChunk }
 *   | { kind: "initSegment", hash: string, bytes: Uint8Array }
 *   | { kind: "blameForward", reason: string }} PeerAction
 */

export {};
