// @ts-check
import { ByteReader } from "./ByteReader.js";
import { ByteWriter } from "./ByteWriter.js";
import { ChunkDescription } from "./ChunkDescription.js";
import { hexadecimal } from "./Hexadecimal.js";
import { StripeLayout } from "./StripeLayout.js";
import { checked, WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

const hashBytes = WireLimits.shortHashBytes;
const manifestVersion = 1;
/** Bytes of the encoded manifest without name and hashes. */
const fixedBytes = 5 + 3 * 8 + hashBytes + 2 * 8 + 2 * 4 + 2 * 2;

/**
 * The description of one chunk in one stripe: what the chunk is, how it is cut, and the hashes of this stripe's pieces.
 * A value that exists keeps all rules of the format (PROTOCOL.md §3).
 */
export class Manifest {
    /**
     * Checks and wraps a manifest. Throws `WireError`: a stripe out of range, a layout for another chunk, or a wrong
     * number of hashes.
     * @param {{ chunk: ChunkDescription, stripe: number, layout: StripeLayout, hashes: Uint8Array }} fields `hashes`
     *   are those of this stripe's pieces in rising order, 16 bytes each, back to back
     */
    constructor({ chunk, stripe, layout, hashes }) {
        checked(layout.sequence, "layout.sequence", chunk.sequence, chunk.sequence);
        this.chunk = chunk;
        this.stripe = checked(stripe, "stripe", 0, layout.stripeCount - 1);
        this.layout = layout;
        const expected = layout.pieceCountOfStripe(stripe) * hashBytes;
        if (hashes.length !== expected) throw new WireError(`hashes has ${hashes.length} bytes instead of ${expected}`);
        this.hashes = hashes;
    }

    /** The chunk's number. */
    get sequence() {
        return this.chunk.sequence;
    }

    /** How many pieces this stripe carries. */
    get hashCount() {
        return this.hashes.length / hashBytes;
    }

    /** Bytes of the encoded manifest. */
    get encodedCount() {
        return fixedBytes + this.chunk.stream.length + this.hashes.length;
    }

    /**
     * The hash that piece `index` of the chunk must have; null when that piece is not in this stripe.
     * @param {number} index
     * @returns {string | null}
     */
    hashOfPiece(index) {
        if (this.layout.stripeOfPiece(index) !== this.stripe) return null;
        // The first piece of a stripe has an index below stripeCount, hence the n-th has index / stripeCount = n.
        const start = Math.floor(index / this.layout.stripeCount) * hashBytes;
        return hexadecimal(this.hashes.subarray(start, start + hashBytes));
    }

    /** The encoded manifest. Each manifest has exactly one encoding. */
    encoded() {
        const { chunk, layout } = this;
        const writer = new ByteWriter(this.encodedCount);
        writer.u8(manifestVersion);
        writer.u8(chunk.flags);
        writer.u8(this.stripe);
        writer.u8(layout.stripeCount);
        writer.u8(chunk.stream.length);
        writer.write(Uint8Array.from(chunk.stream, (letter) => letter.charCodeAt(0)));
        writer.u64(chunk.sequence);
        writer.u64(chunk.previousSequence);
        writer.u64(chunk.session);
        writer.digits(chunk.initHash, "initHash");
        writer.u64(chunk.publishedAt);
        writer.u64(chunk.decodeTime);
        writer.u32(chunk.duration);
        writer.u32(layout.chunkLength);
        writer.u16(layout.pieceSize);
        writer.u16(this.hashCount);
        writer.write(this.hashes);
        return writer.bytes;
    }

    /**
     * Reads one manifest from the front of `reader` and checks every rule of the format. Throws `WireError`.
     * @param {ByteReader} reader
     * @returns {Manifest} holds a part of the reader's bytes, uncopied
     */
    static read(reader) {
        const version = reader.u8("version");
        if (version !== manifestVersion) throw new WireError(`manifest version ${version} is not supported`);
        const flags = reader.u8("flags");
        const stripe = reader.u8("stripe");
        const stripeCount = reader.u8("stripeCount");
        const chunk = new ChunkDescription({
            flags,
            stream: String.fromCharCode(...reader.take(reader.u8("nameLength"), "name")),
            sequence: reader.u64("sequence"),
            previousSequence: reader.u64("previousSequence"),
            session: reader.u64("session"),
            initHash: reader.digits("initHash"),
            publishedAt: reader.u64("publishedAt"),
            decodeTime: reader.u64("decodeTime"),
            duration: reader.u32("duration"),
        });
        const layout = new StripeLayout({
            sequence: chunk.sequence,
            stripeCount,
            chunkLength: reader.u32("chunkLength"),
            pieceSize: reader.u16("pieceSize"),
        });
        checked(stripe, "stripe", 0, stripeCount - 1);
        const expected = layout.pieceCountOfStripe(stripe);
        checked(reader.u16("hashCount"), "hashCount", expected, expected);
        return new Manifest({ chunk, stripe, layout, hashes: reader.take(expected * hashBytes, "hashes") });
    }
}
