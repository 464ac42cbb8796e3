// @ts-check
import { Link } from "./Link.js";
import { offer } from "./PeerMachine.children.js";
import { dealtWith } from "./PeerMachine.intake.js";
import { tolerate } from "./PeerMachine.links.js";
import { peerOf } from "./PeerTime.js";

/**
 * What comes, from whomever: it is checked, kept, counted and passed on.
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./PeerTime.js").Source} Source
 */

/** Bytes of a piece message or record beside the piece. */
const pieceOverheadBytes = 11;

/**
 * An init segment has come, its hash checked.
 * @param {PeerState} machine
 * @param {string} hash
 * @param {Uint8Array} bytes
 * @param {Source} source
 * @param {PeerTime} now
 */
export function takeInit(machine, hash, bytes, source, now) {
    const outcome = machine.inits.add(hash, bytes, source);
    if (outcome === "news") machine.act({ kind: "initSegment", hash, bytes });
    if (outcome === "invented") accuse(machine, source, "inits that no manifest names", now);
}

/**
 * A signed manifest has come.
 * @param {PeerState} machine
 * @param {import("../wire/SignedManifest.js").SignedManifest} signed
 * @param {Source} source
 * @param {PeerTime} now
 */
export function takeManifest(machine, signed, source, now) {
    const { manifest } = signed;
    const { chunk, sequence, stripe } = manifest;
    const { stripeCount } = manifest.layout;
    machine.counters.overheadBytes += signed.bytes.length + 1;
    if (stripeCount !== machine.configuration.stripes) {
        return accuse(machine, source, `a manifest with ${stripeCount} stripes`, now);
    }
    if (sequence <= machine.store.floor) return useless(machine, source, now);
    if (machine.store.has(manifest)) {
        noteHead(machine, source, manifest);
        noteDelivery(machine, stripe, sequence, source, now);
        return useless(machine, source, now);
    }
    const fault = machine.verify(signed);
    if (fault !== null) return accuse(machine, source, fault, now);
    if (machine.store.addManifest(signed) !== null) return useless(machine, source, now);
    noteHead(machine, source, manifest);
    const intake = machine.intakes[stripe];
    intake.head = Math.max(intake.head, sequence);
    progress(machine, stripe, sequence, source, now);
    const { liars, news } = machine.inits.name(chunk.initHash, source);
    if (news !== null) machine.act({ kind: "initSegment", hash: chunk.initHash, bytes: news });
    for (const liar of liars) accuse(machine, liar, "an init that no manifest names", now);
    machine.act({ kind: "announce", description: chunk });
    offer(machine, { sequence, stripe, index: null }, now);
    placeEarlyPieces(machine, manifest, now);
    noteComplete(machine, stripe, sequence);
}

/**
 * A piece has come.
 * @param {PeerState} machine
 * @param {Uint8Array} bytes
 * @param {number} index
 * @param {number} sequence
 * @param {Source} source
 * @param {PeerTime} now
 */
export function takePiece(machine, bytes, index, sequence, source, now) {
    if (source === "forward") machine.counters.bytesFromForwards += bytes.length;
    else machine.counters.bytesFromPeers += bytes.length;
    machine.counters.overheadBytes += pieceOverheadBytes;
    placePiece(machine, bytes, index, sequence, source, now);
}

/**
 * The same of a piece that is counted already.
 * @param {PeerState} machine
 * @param {Uint8Array} bytes
 * @param {number} index
 * @param {number} sequence
 * @param {Source} source
 * @param {PeerTime} now
 */
function placePiece(machine, bytes, index, sequence, source, now) {
    const outcome = machine.store.addPiece(bytes, index, sequence);
    switch (outcome.kind) {
        case "early":
            return holdPiece(machine, bytes, index, sequence, source, now);
        case "kept":
        case "completed":
            progress(machine, outcome.stripe, sequence, source, now);
            offer(machine, { sequence, stripe: outcome.stripe, index }, now);
            noteComplete(machine, outcome.stripe, sequence);
            if (outcome.kind === "completed") machine.act({ kind: "chunk", chunk: outcome.chunk });
            return;
        case "rejected": {
            const { description, isSendersFault } = outcome.rejection;
            if (isSendersFault) return accuse(machine, source, description, now);
            machine.counters.bytesUseless += bytes.length;
            const stripe = machine.store.chunk(sequence)?.layout.stripeOfPiece(index) ?? null;
            if (stripe !== null) noteDelivery(machine, stripe, sequence, source, now);
            useless(machine, source, now);
        }
    }
}

/**
 * See `PeerMachine.takeChunkFromForward`.
 * @param {PeerState} machine
 * @param {Uint8Array} bytes
 * @param {number} sequence
 * @param {PeerTime} now
 */
export function takeChunk(machine, bytes, sequence, now) {
    const layout = machine.store.chunk(sequence)?.layout;
    if (layout === undefined || bytes.length !== layout.chunkLength) return;
    for (let index = 0; index < layout.pieceCount; index += 1) {
        const range = layout.rangeOfPiece(index);
        if (range === null || machine.store.chunk(sequence)?.has(index) !== false) continue;
        takePiece(machine, bytes.subarray(range.start, range.end), index, sequence, "forward", now);
    }
}

// Pieces before their manifests.

/**
 * A piece that cannot be judged yet is kept with its sender, so that nobody's inventions displace another's piece.
 * @param {PeerState} machine
 * @param {Uint8Array} bytes
 * @param {number} index
 * @param {number} sequence
 * @param {Source} source
 * @param {PeerTime} now
 */
function holdPiece(machine, bytes, index, sequence, source, now) {
    // A forward's connection keeps the order: manifest first.
    if (source === "forward") return accuse(machine, source, "a piece without its manifest", now);
    const link = machine.link(source);
    if (link === null || !tolerate(machine, link, "early", now)) return;
    if (link.early.length >= Link.earlyPiecesMax) link.early.shift();
    link.early.push({ sequence, index, bytes });
}

/**
 * A manifest has come: the pieces that waited for it are judged.
 * @param {PeerState} machine
 * @param {import("../wire/Manifest.js").Manifest} manifest
 * @param {PeerTime} now
 */
function placeEarlyPieces(machine, { layout, sequence, stripe }, now) {
    for (const link of machine.links) {
        /** @type {(piece: { sequence: number, index: number }) => boolean} */
        const isFor = (piece) =>
            piece.sequence === sequence && (layout.stripeOfPiece(piece.index) ?? stripe) === stripe;
        const pieces = link.early.filter(isFor);
        if (pieces.length === 0) continue;
        link.early = link.early.filter((piece) => !isFor(piece));
        for (const { bytes, index } of pieces) {
            // One that was wrong has cost its sender the link.
            if (machine.link(link.peer) !== null) placePiece(machine, bytes, index, sequence, link.peer, now);
        }
    }
}

// Judging.

/**
 * The source has sent what no honest one sends.
 * @param {PeerState} machine
 * @param {Source} source
 * @param {string} reason
 * @param {PeerTime} now
 */
export function accuse(machine, source, reason, now) {
    machine.counters.badPieces += 1;
    if (source === "forward") machine.act({ kind: "blameForward", reason });
    else machine.condemn(source, reason, now);
}

/**
 * What came was of no use, which is forgivable.
 * @param {PeerState} machine
 * @param {Source} source
 * @param {PeerTime} now
 */
function useless(machine, source, now) {
    const link = source === "forward" ? null : machine.link(source);
    if (link !== null) tolerate(machine, link, "useless", now);
}

/**
 * A manifest tells how far its sender is.
 * @param {PeerState} machine
 * @param {Source} source
 * @param {import("../wire/Manifest.js").Manifest} manifest
 */
function noteHead(machine, source, { sequence, stripe }) {
    machine.intakes[stripe].noteHead(sequence, source);
    const link = machine.openLink(peerOf(source));
    if (link === null) return;
    link.head = Math.max(link.head, sequence);
    // Data of a stripe ends what was said of its absence.
    link.starving.delete(stripe);
}

// Progress.

/**
 * Something new of a stripe has come.
 * @param {PeerState} machine
 * @param {number} stripe
 * @param {number} sequence
 * @param {Source} source
 * @param {PeerTime} now
 */
function progress(machine, stripe, sequence, source, now) {
    machine.intakes[stripe].lastProgress = now.monotonic;
    noteDelivery(machine, stripe, sequence, source, now);
}

/**
 * The primary delivers, even if a rescue was faster.
 * @param {PeerState} machine
 * @param {number} stripe
 * @param {number} sequence
 * @param {Source} source
 * @param {PeerTime} now
 */
function noteDelivery(machine, stripe, sequence, source, now) {
    const intake = machine.intakes[stripe];
    if (intake.primary !== source) return;
    intake.lastPrimaryProgress = now.monotonic;
    if (intake.primaryDelivers || sequence < intake.primaryFrom) return;
    intake.primaryDelivers = true;
    intake.triedHelpers = [];
    if (intake.brokenSince === null) return;
    machine.counters.repairs += 1;
    machine.counters.repairMs += now.monotonic - intake.brokenSince;
    intake.brokenSince = null;
}

/**
 * The stripe of a chunk may have become complete.
 * @param {PeerState} machine
 * @param {number} stripe
 * @param {number} sequence
 */
function noteComplete(machine, stripe, sequence) {
    if (machine.store.chunk(sequence)?.isComplete(stripe)) updateCompleteHead(machine, stripe);
}

/**
 * Finds the chunk up to which the stripe is complete.
 * @param {PeerState} machine
 * @param {number} stripe
 */
export function updateCompleteHead(machine, stripe) {
    const intake = machine.intakes[stripe];
    let head = dealtWith(machine, stripe);
    for (const chunk of machine.store.chunksFrom(head + 1)) {
        const isNext = head === 0 || chunk.description.previousSequence <= head;
        if (!isNext || !chunk.isComplete(stripe)) break;
        head = chunk.sequence;
        intake.completeHeadPublishedAt = chunk.description.publishedAt;
    }
    if (head > 0) intake.completeHeadPublishedAt ??= machine.store.chunk(head)?.description.publishedAt ?? null;
    intake.completeHead = head;
}
