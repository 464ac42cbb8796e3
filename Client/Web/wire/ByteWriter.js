// @ts-check
import { bytesOfHexadecimal } from "./Hexadecimal.js";
import { WireError } from "./WireError.js";

/** Writes big-endian fields into bytes of a length that is known before. */
export class ByteWriter {
    /** @param {number} count bytes of the whole */
    constructor(count) {
        this.bytes = new Uint8Array(count);
        this.view = new DataView(this.bytes.buffer);
        this.position = 0;
    }

    /**
     * A number of 1 byte.
     * @param {number} value 0 … 255
     */
    u8(value) {
        this.view.setUint8(this.position, value);
        this.position += 1;
    }

    /**
     * A number of 2 bytes.
     * @param {number} value 0 … 65,535
     */
    u16(value) {
        this.view.setUint16(this.position, value);
        this.position += 2;
    }

    /**
     * A number of 4 bytes.
     * @param {number} value 0 … 2^32 - 1
     */
    u32(value) {
        this.view.setUint32(this.position, value);
        this.position += 4;
    }

    /**
     * A number of 8 bytes.
     * @param {number} value 0 … 2^53 - 1
     */
    u64(value) {
        this.view.setUint32(this.position, Math.floor(value / 0x1_0000_0000));
        this.view.setUint32(this.position + 4, value % 0x1_0000_0000);
        this.position += 8;
    }

    /**
     * Bytes as they are.
     * @param {Uint8Array} bytes
     */
    write(bytes) {
        this.bytes.set(bytes, this.position);
        this.position += bytes.length;
    }

    /**
     * 16 bytes that are given as 32 hexadecimal digits. Throws `WireError` for other text.
     * @param {string} text
     * @param {string} field names it in the error
     */
    digits(text, field) {
        const bytes = bytesOfHexadecimal(text);
        if (bytes?.length !== 16) throw new WireError(`${field} must be 32 hexadecimal digits`);
        this.write(bytes);
    }
}
