// @ts-check
import { PieceRejection } from "./PieceRejection.js";

/** @typedef {import("../wire/SignedManifest.js").SignedManifest} SignedManifest */

/** One chunk with whatever of it is here: to be played, and to be passed on. */
export class StoredChunk {
    /** @param {SignedManifest} signed the first manifest that came of it */
    constructor(signed) {
        const { chunk, layout, stripe } = signed.manifest;
        this.description = chunk;
        this.layout = layout;
        /**
         * The chunk, zero where a piece is missing; null before the first piece.
         * @type {Uint8Array | null}
         */
        this.bytes = null;
        /**
         * By stripe.
         * @type {(SignedManifest | null)[]}
         */
        this.manifests = new Array(layout.stripeCount).fill(null);
        this.manifests[stripe] = signed;
        this.hasPiece = new Uint8Array(layout.pieceCount);
        /** Pieces of each stripe that are not here. */
        this.missing = this.manifests.map((_, each) => layout.pieceCountOfStripe(each));
        /**
         * What was done about a hole in each stripe of the chunk: how many steps, and when the last one.
         * @type {{ step: number, at: number | null }[]}
         */
        this.repairs = this.manifests.map(() => ({ step: 0, at: null }));
    }

    /** The chunk's number. */
    get sequence() {
        return this.description.sequence;
    }

    /** All pieces are here. */
    get isWhole() {
        return this.missing.every((count) => count === 0);
    }

    /**
     * The manifest of a stripe, if it is here.
     * @param {number} stripe
     * @returns {SignedManifest | null}
     */
    manifest(stripe) {
        return this.manifests[stripe] ?? null;
    }

    /**
     * Manifest and all pieces of the stripe are here.
     * @param {number} stripe
     */
    isComplete(stripe) {
        return this.manifest(stripe) !== null && this.missing[stripe] === 0;
    }

    /**
     * A piece is here.
     * @param {number} index
     */
    has(index) {
        return this.hasPiece[index] === 1;
    }

    /**
     * The piece can be judged: it belongs to a stripe whose manifest is here, or to none at all.
     * @param {number} index
     */
    canJudge(index) {
        const stripe = this.layout.stripeOfPiece(index);
        return stripe === null || this.manifests[stripe] !== null;
    }

    /**
     * Pieces of the stripe that are not here.
     * @param {number} stripe
     */
    missingPieces(stripe) {
        return this.layout.piecesOfStripe(stripe).filter((index) => !this.has(index));
    }

    /**
     * Pieces of the stripe that are here.
     * @param {number} stripe
     */
    presentPieces(stripe) {
        return this.layout.piecesOfStripe(stripe).filter((index) => this.has(index));
    }

    /**
     * Keeps a manifest whose signature has been checked.
     * @param {SignedManifest} signed
     * @returns {PieceRejection | null}
     */
    addManifest(signed) {
        const { chunk, layout, stripe } = signed.manifest;
        if (!chunk.equals(this.description) || !layout.equals(this.layout)) {
            return new PieceRejection("conflict", this.sequence);
        }
        if (this.manifests[stripe] !== null) return new PieceRejection("duplicate", this.sequence);
        this.manifests[stripe] = signed;
        return null;
    }

    /**
     * Checks and keeps a piece.
     * @param {Uint8Array} piece
     * @param {number} index
     * @param {import("./ChunkStore.js").Hash} hash
     * @returns {PieceRejection | null}
     */
    addPiece(piece, index, hash) {
        const range = this.layout.rangeOfPiece(index);
        const stripe = this.layout.stripeOfPiece(index);
        if (range === null || stripe === null) return new PieceRejection("noSuchPiece", this.sequence, index);
        if (this.has(index)) return new PieceRejection("duplicate", this.sequence, index);
        if (piece.length !== range.end - range.start) return new PieceRejection("wrongLength", this.sequence, index);
        if (this.manifests[stripe]?.manifest.hashOfPiece(index) !== hash(piece)) {
            return new PieceRejection("wrongHash", this.sequence, index);
        }
        this.bytes ??= new Uint8Array(this.layout.chunkLength);
        this.bytes.set(piece, range.start);
        this.hasPiece[index] = 1;
        this.missing[stripe] -= 1;
        return null;
    }

    /**
     * A piece that is here, uncopied.
     * @param {number} index
     * @returns {Uint8Array | null}
     */
    piece(index) {
        const range = this.layout.rangeOfPiece(index);
        if (range === null || this.bytes === null || !this.has(index)) return null;
        return this.bytes.subarray(range.start, range.end);
    }
}
