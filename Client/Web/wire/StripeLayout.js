// @ts-check
import { checked } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/**
 * How one chunk is cut into pieces, and which stripe each piece belongs to: piece `j` of the chunk with sequence `s` is
 * in stripe `(s + j) mod stripeCount`. Only the last piece may be shorter than `pieceSize` (PROTOCOL.md §2).
 */
export class StripeLayout {
    /**
     * Checks and wraps a layout. Throws `WireError`.
     * @param {{ sequence: number, stripeCount: number, chunkLength: number, pieceSize: number }} fields
     *   `sequence` is the chunk's number; `stripeCount` 1 to 8; `chunkLength` bytes, 1 to 4 MiB; `pieceSize` bytes of
     *   every piece but the last, 1,024 to 16,384, less only when the whole chunk is that one piece
     */
    constructor({ sequence, stripeCount, chunkLength, pieceSize }) {
        this.sequence = checked(sequence, "sequence", 1, WireLimits.integerMax);
        this.stripeCount = checked(stripeCount, "stripeCount", 1, WireLimits.stripeCountMax);
        this.chunkLength = checked(chunkLength, "chunkLength", 1, WireLimits.chunkBytesMax);
        const smallest = Math.min(chunkLength, WireLimits.pieceBytesMin);
        this.pieceSize = checked(pieceSize, "pieceSize", smallest, WireLimits.pieceBytesMax);
        /** Pieces of the chunk, 1 to 4,096. */
        this.pieceCount = Math.ceil(chunkLength / pieceSize);
        /** The stripe of piece 0. */
        this.phase = sequence % stripeCount;
    }

    /**
     * The stripe that carries piece `index`; null when the chunk has no such piece.
     * @param {number} index
     * @returns {number | null}
     */
    stripeOfPiece(index) {
        return this.hasPiece(index) ? (this.phase + index) % this.stripeCount : null;
    }

    /**
     * The pieces of `stripe` in rising order; none for a stripe that does not exist.
     * @param {number} stripe
     * @returns {number[]}
     */
    piecesOfStripe(stripe) {
        const pieces = [];
        const first = this.firstPieceOfStripe(stripe);
        for (let index = first; index < this.pieceCount; index += this.stripeCount) pieces.push(index);
        return pieces;
    }

    /**
     * How many pieces `stripe` carries; may be 0.
     * @param {number} stripe
     * @returns {number}
     */
    pieceCountOfStripe(stripe) {
        const first = this.firstPieceOfStripe(stripe);
        return first < this.pieceCount ? Math.floor((this.pieceCount - first - 1) / this.stripeCount) + 1 : 0;
    }

    /**
     * Where piece `index` lies in the chunk; null when the chunk has no such piece.
     * @param {number} index
     * @returns {{ start: number, end: number } | null} `end` is the first byte behind it
     */
    rangeOfPiece(index) {
        if (!this.hasPiece(index)) return null;
        return { start: index * this.pieceSize, end: Math.min(this.chunkLength, (index + 1) * this.pieceSize) };
    }

    /**
     * Whether another one cuts the same chunk alike.
     * @param {StripeLayout} other
     */
    equals(other) {
        return (
            this.sequence === other.sequence &&
            this.stripeCount === other.stripeCount &&
            this.chunkLength === other.chunkLength &&
            this.pieceSize === other.pieceSize
        );
    }

    /**
     * Whether the chunk has a piece of that number.
     * @param {number} index
     */
    hasPiece(index) {
        return Number.isInteger(index) && index >= 0 && index < this.pieceCount;
    }

    /**
     * The first piece of `stripe`; `Infinity` for a stripe that does not exist.
     * @param {number} stripe
     */
    firstPieceOfStripe(stripe) {
        if (!Number.isInteger(stripe) || stripe < 0 || stripe >= this.stripeCount) return Infinity;
        return (stripe + this.stripeCount - this.phase) % this.stripeCount;
    }

    /**
     * The piece size at which a piece is about 25 ms of its stripe, as a writer chooses it.
     * @param {{ chunkLength: number, chunkMs: number, stripeCount: number }} chunk `chunkMs` is how long it plays;
     *   values out of range count as the nearest bound
     * @returns {number} ⌈chunkLength / max(1, ⌊stripeCount · chunkMs / 25⌋)⌉, clamped to 1,024 … 16,384
     */
    static pieceSize({ chunkLength, chunkMs, stripeCount }) {
        /** @type {(value: number, least: number, most: number) => number} */
        const clamped = (value, least, most) => Math.min(Math.max(least, value), most);
        const length = clamped(chunkLength, 0, WireLimits.chunkBytesMax);
        const stripes = clamped(stripeCount, 1, WireLimits.stripeCountMax);
        const pieces = Math.max(1, Math.floor((stripes * clamped(chunkMs, 0, 60_000)) / 25));
        return clamped(Math.ceil(length / pieces), WireLimits.pieceBytesMin, WireLimits.pieceBytesMax);
    }
}
