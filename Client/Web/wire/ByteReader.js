// @ts-check
import { hexadecimal } from "./Hexadecimal.js";
import { WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/** Reads big-endian fields from the front of some bytes. Every method throws `WireError` when they end too soon. */
export class ByteReader {
    /** @param {Uint8Array} bytes are not copied */
    constructor(bytes) {
        this.bytes = bytes;
        this.position = 0;
        this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }

    /** Bytes not read yet. */
    get remaining() {
        return this.bytes.length - this.position;
    }

    /**
     * Moves on by `count` bytes and returns where they began.
     * @param {number} count
     * @param {string} field
     * @returns {number}
     */
    advance(count, field) {
        if (count > this.remaining) throw new WireError(`the input ends inside ${field}`);
        this.position += count;
        return this.position - count;
    }

    /**
     * A number of 1 byte.
     * @param {string} field names it in the error
     */
    u8(field) {
        return this.view.getUint8(this.advance(1, field));
    }

    /**
     * A number of 2 bytes.
     * @param {string} field names it in the error
     */
    u16(field) {
        return this.view.getUint16(this.advance(2, field));
    }

    /**
     * A number of 4 bytes.
     * @param {string} field names it in the error
     */
    u32(field) {
        return this.view.getUint32(this.advance(4, field));
    }

    /**
     * A number of 8 bytes. One above 2^53 - 1 comes out rounded, but never as one below: the check of its range finds
     * it.
     * @param {string} field names it in the error
     */
    u64(field) {
        const start = this.advance(8, field);
        return this.view.getUint32(start) * 0x1_0000_0000 + this.view.getUint32(start + 4);
    }

    /**
     * The next `count` bytes, not copied.
     * @param {number} count
     * @param {string} field names it in the error
     */
    take(count, field) {
        const start = this.advance(count, field);
        return this.bytes.subarray(start, start + count);
    }

    /**
     * 16 bytes as 32 hexadecimal digits: a short hash, or the id of a viewer.
     * @param {string} field names it in the error
     */
    digits(field) {
        return hexadecimal(this.take(WireLimits.shortHashBytes, field));
    }

    /** Everything that is left, not copied. */
    rest() {
        return this.take(this.remaining, "the rest");
    }

    /** Throws `WireError` unless everything was read. */
    end() {
        if (this.remaining > 0) throw new WireError(`${this.remaining} bytes are left over after the last field`);
    }
}
