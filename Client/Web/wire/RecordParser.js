// @ts-check
import { ByteReader } from "./ByteReader.js";
import { parseRecordBody, recordBodyBytesMax, recordHeaderBytes } from "./Record.js";
import { WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/**
 * Cuts a byte stream, which may arrive in any portions, into records.
 *
 * Call `append` with what arrived, then `next` until it returns null; then no more than one record is ever stored. A
 * length above the limit of its kind is refused as soon as the header is there. Records of unknown kinds are skipped
 * without being stored. After an error the stream cannot be trusted to be in step: every further call of `next` throws
 * the same.
 */
export class RecordParser {
    constructor() {
        /**
         * What has come and is not taken yet, oldest first; together `bufferedCount` bytes.
         * @type {Uint8Array[]}
         */
        this.portions = [];
        /** Bytes stored and not yet returned as a record. */
        this.bufferedCount = 0;
        /** Bytes of a record of unknown kind that are still to be dropped. */
        this.skipping = 0;
        /**
         * The header of the record that is under way.
         * @type {{ kind: number, length: number } | null}
         */
        this.header = null;
        /** @type {WireError | null} */
        this.failure = null;
    }

    /** True when the stream may end here: no record has begun. */
    get isBetweenRecords() {
        return this.bufferedCount === 0 && this.skipping === 0 && this.header === null && this.failure === null;
    }

    /**
     * Takes the next bytes of the stream; after an error it drops them.
     * @param {Uint8Array} bytes are kept, not copied
     */
    append(bytes) {
        if (this.failure !== null) return;
        const skipped = Math.min(this.skipping, bytes.length);
        this.skipping -= skipped;
        if (skipped === bytes.length) return;
        this.portions.push(bytes.subarray(skipped));
        this.bufferedCount += bytes.length - skipped;
    }

    /**
     * The next whole record, or null when more bytes are needed. Throws `WireError`.
     * @returns {import("./Record.js").StreamRecord | null}
     */
    next() {
        if (this.failure !== null) throw this.failure;
        try {
            return this.parse();
        } catch (error) {
            this.failure = /** @type {WireError} */ (error);
            this.portions = [];
            this.bufferedCount = 0;
            throw error;
        }
    }

    /**
     * The next whole record, or null when more bytes are needed.
     * @returns {import("./Record.js").StreamRecord | null}
     */
    parse() {
        for (;;) {
            if (this.header === null) {
                if (this.bufferedCount < recordHeaderBytes) return null;
                const reader = new ByteReader(this.take(recordHeaderBytes));
                const length = reader.u32("bodyLength");
                const kind = reader.u8("kind");
                const most = recordBodyBytesMax(kind);
                if (length > (most ?? WireLimits.recordBodyBytesMax)) {
                    throw new WireError(`a record of kind ${kind} with ${length} bytes is too long`);
                }
                if (most === null) {
                    this.skip(length);
                    continue;
                }
                this.header = { kind, length };
            }
            const { kind, length } = this.header;
            if (this.bufferedCount < length) return null;
            this.header = null;
            return parseRecordBody(kind, this.take(length));
        }
    }

    /**
     * Drops what is here of the next `count` bytes, and the rest when it comes.
     * @param {number} count
     */
    skip(count) {
        this.skipping = count;
        const portions = this.portions;
        this.portions = [];
        this.bufferedCount = 0;
        for (const portion of portions) this.append(portion);
    }

    /**
     * Takes the first `count` bytes out, which must be here. They are copied, so that a record never holds a whole
     * portion.
     * @param {number} count
     * @returns {Uint8Array}
     */
    take(count) {
        const bytes = new Uint8Array(count);
        let filled = 0;
        let used = 0;
        while (filled < count) {
            const portion = this.portions[used];
            const wanted = Math.min(portion.length, count - filled);
            bytes.set(portion.subarray(0, wanted), filled);
            filled += wanted;
            if (wanted === portion.length) used += 1;
            else this.portions[used] = portion.subarray(wanted);
        }
        this.portions.splice(0, used);
        this.bufferedCount -= count;
        return bytes;
    }
}
