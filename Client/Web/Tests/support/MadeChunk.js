// @ts-check
import { ChunkDescription, ChunkFlags } from "../../wire/ChunkDescription.js";
import { bytesOfHexadecimal } from "../../wire/Hexadecimal.js";
import { Manifest } from "../../wire/Manifest.js";
import { SignedManifest } from "../../wire/SignedManifest.js";
import { StripeLayout } from "../../wire/StripeLayout.js";

/** A cheap stand-in for SHA-256, for cores that only compare. */
export function testHash(bytes) {
    let [one, other] = [0x811c_9dc5, bytes.length];
    for (let index = 0; index < bytes.length; index += 1) {
        one = Math.imul(one ^ bytes[index], 0x0100_0193);
        other = (Math.imul(other, 31) + bytes[index]) | 0;
    }
    const digits = (word) => (word >>> 0).toString(16).padStart(8, "0");
    return digits(one) + digits(other) + digits(one ^ other) + digits(bytes.length);
}

/** The init segment of every made chunk. */
export const madeInit = Uint8Array.of(1);

/** A chunk as a coordinate makes it: 200 ms in two stripes, bytes that follow from its number. */
export class MadeChunk {
    constructor(sequence, { previous, session = 1, isKeyframe = false, publishedAt, length = 5_000, salt = 0 } = {}) {
        this.description = new ChunkDescription({
            stream: "test",
            sequence,
            previousSequence: previous ?? sequence - 1,
            session,
            flags: isKeyframe ? ChunkFlags.keyframe : 0,
            initHash: testHash(madeInit),
            publishedAt: publishedAt ?? sequence * 200,
            decodeTime: (sequence * 18_000) % 2 ** 32,
            duration: 18_000,
        });
        this.bytes = Uint8Array.from({ length }, (_, index) => index * 7 + (sequence % 65_536) + salt);
        this.layout = new StripeLayout({
            sequence, stripeCount: 2, chunkLength: length, pieceSize: Math.min(length, 1_024),
        });
        // Behind signatures that nobody made.
        this.signed = [0, 1].map((stripe) => {
            const pieces = this.layout.piecesOfStripe(stripe);
            const hashes = new Uint8Array(pieces.length * 16);
            pieces.forEach((index, place) => hashes.set(bytesOfHexadecimal(testHash(this.piece(index))), 16 * place));
            const manifest = new Manifest({ chunk: this.description, stripe, layout: this.layout, hashes });
            return SignedManifest.join(manifest, new Uint8Array(64).fill(5));
        });
    }

    get sequence() {
        return this.description.sequence;
    }

    get pieceCount() {
        return this.layout.pieceCount;
    }

    /** As a store gives it out. */
    get verified() {
        return { description: this.description, bytes: this.bytes };
    }

    /** The bytes of one piece. */
    piece(index) {
        const { start, end } = this.layout.rangeOfPiece(index);
        return this.bytes.slice(start, end);
    }
}

/** A stream of `count` chunks from `first`, a keyframe every five. */
export function madeStream(count, first = 1_000) {
    return Array.from({ length: count }, (_, index) => new MadeChunk(first + index, { isKeyframe: index % 5 === 0 }));
}
