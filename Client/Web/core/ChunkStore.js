// @ts-check
import { PieceRejection } from "./PieceRejection.js";
import { StoredChunk } from "./StoredChunk.js";

/** @typedef {(bytes: Uint8Array) => string} Hash the injected check: the first 16 bytes of the SHA-256, as 32 digits */

/**
 * @typedef {object} VerifiedChunk a whole chunk whose every piece has the hash that a signed manifest says
 * @property {import("../wire/ChunkDescription.js").ChunkDescription} description what its manifests say of it
 * @property {Uint8Array} bytes moof and mdat; the store's own, not to be changed
 */

/**
 * @typedef {{ kind: "early" }
 *   | { kind: "rejected", rejection: PieceRejection }
 *   | { kind: "kept", stripe: number }
 *   | { kind: "completed", stripe: number, chunk: VerifiedChunk }} PieceOutcome what became of a piece. `early`: its
 *   manifest is not here yet, and the piece was not kept. `completed`: it was kept, and its chunk is whole now.
 */

/**
 * The chunks of the last seconds: put together from manifests and pieces that come in any order, from any number of
 * sources, more than once; checked before they are kept; and held for other viewers a while after they were played.
 *
 * Memory is bounded by `limits`: of more chunks than fit, the oldest are given up.
 */
export class ChunkStore {
    /**
     * @param {Hash} hash
     * @param {{ chunksMax?: number, bytesMax?: number }} limits chunks, whole or not, and their bytes, counted at their
     *   full length; 512 and 32 MiB
     */
    constructor(hash, { chunksMax = 512, bytesMax = 32 << 20 } = {}) {
        this.hash = hash;
        this.chunksMax = chunksMax;
        this.bytesMax = bytesMax;
        /** Chunks up to this one are no longer wanted. */
        this.floor = 0;
        /** The newest chunk of which a manifest is here; 0 before the first. */
        this.newest = 0;
        /** Bytes that the chunks take when they are whole. */
        this.reservedBytes = 0;
        /**
         * By rising sequence.
         * @type {StoredChunk[]}
         */
        this.chunks = [];
    }

    /** Chunks held, whole or not. */
    get count() {
        return this.chunks.length;
    }

    /**
     * One chunk, whole or not.
     * @param {number} sequence
     * @returns {StoredChunk | null}
     */
    chunk(sequence) {
        const found = this.chunks[this.positionFrom(sequence)];
        return found?.sequence === sequence ? found : null;
    }

    /**
     * Chunks from `sequence` on.
     * @param {number} sequence
     */
    chunksFrom(sequence) {
        return this.chunks.slice(this.positionFrom(sequence));
    }

    /**
     * How many chunks are here from `sequence` on.
     * @param {number} sequence
     */
    countFrom(sequence) {
        return this.chunks.length - this.positionFrom(sequence);
    }

    /** When the newest chunk was published; null before the first. */
    get newestPublishedAt() {
        return this.chunks.at(-1)?.description.publishedAt ?? null;
    }

    /** The newest chunk that starts a group. */
    get newestKeyframe() {
        for (let position = this.chunks.length - 1; position >= 0; position -= 1) {
            if (this.chunks[position].description.isKeyframe) return this.chunks[position];
        }
        return null;
    }

    /**
     * True when the manifest is here already: its signature need not be checked again.
     * @param {import("../wire/Manifest.js").Manifest} manifest
     */
    has(manifest) {
        return (this.chunk(manifest.sequence)?.manifest(manifest.stripe) ?? null) !== null;
    }

    /**
     * Adds a manifest whose signature has been checked.
     * @param {import("../wire/SignedManifest.js").SignedManifest} signed
     * @returns {PieceRejection | null} null when it was kept
     */
    addManifest(signed) {
        const { layout, sequence } = signed.manifest;
        if (sequence <= this.floor) return new PieceRejection("tooOld", sequence);
        const known = this.chunk(sequence);
        if (known !== null) return known.addManifest(signed);
        while (this.count >= this.chunksMax || this.reservedBytes + layout.chunkLength > this.bytesMax) {
            const oldest = this.chunks[0];
            if (oldest === undefined || oldest.sequence >= sequence) return new PieceRejection("noRoom", sequence);
            this.forgetThrough(oldest.sequence);
        }
        this.chunks.splice(this.positionFrom(sequence), 0, new StoredChunk(signed));
        this.reservedBytes += layout.chunkLength;
        this.newest = Math.max(this.newest, sequence);
        return null;
    }

    /**
     * Adds a piece.
     * @param {Uint8Array} bytes
     * @param {number} index
     * @param {number} sequence
     * @returns {PieceOutcome}
     */
    addPiece(bytes, index, sequence) {
        if (sequence <= this.floor) return { kind: "rejected", rejection: new PieceRejection("tooOld", sequence) };
        const chunk = this.chunk(sequence);
        if (chunk === null || !chunk.canJudge(index)) return { kind: "early" };
        const rejection = chunk.addPiece(bytes, index, this.hash);
        if (rejection !== null) return { kind: "rejected", rejection };
        const stripe = chunk.layout.stripeOfPiece(index) ?? 0;
        if (!chunk.isWhole || chunk.bytes === null) return { kind: "kept", stripe };
        return { kind: "completed", stripe, chunk: { description: chunk.description, bytes: chunk.bytes } };
    }

    /**
     * Notes a step of repair.
     * @param {number} sequence
     * @param {number} stripe
     * @param {number} step
     * @param {number} at by the monotonic clock
     */
    noteRepair(sequence, stripe, step, at) {
        const chunk = this.chunk(sequence);
        if (chunk !== null) chunk.repairs[stripe] = { step, at };
    }

    /**
     * Gives up everything up to `sequence`.
     * @param {number} sequence
     */
    forgetThrough(sequence) {
        if (sequence <= this.floor) return;
        this.floor = sequence;
        const gone = this.chunks.splice(0, this.positionFrom(sequence + 1));
        for (const chunk of gone) this.reservedBytes -= chunk.layout.chunkLength;
    }

    /**
     * Gives up what was published before `wall`, but never the newest chunk.
     * @param {number} wall
     */
    forgetPublishedBefore(wall) {
        for (let position = this.chunks.length - 2; position >= 0; position -= 1) {
            const { publishedAt, sequence } = this.chunks[position].description;
            if (publishedAt < wall) return this.forgetThrough(sequence);
        }
    }

    /**
     * The position of the first chunk from `sequence` on.
     * @param {number} sequence
     */
    positionFrom(sequence) {
        let low = 0;
        let high = this.chunks.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.chunks[middle].sequence < sequence) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
