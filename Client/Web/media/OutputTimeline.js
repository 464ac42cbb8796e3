// @ts-check
import { WireError } from "../wire/WireError.js";
import { FragmentRebaser } from "./FragmentRebaser.js";
import { InitSegment } from "./InitSegment.js";

/**
 * @typedef {object} OutputFragment what an output gets for a chunk
 * @property {InitSegment | null} header of a new init segment that must come first; null when the one in use goes on
 * @property {number} start where the chunk begins in the output, in seconds
 * @property {Uint8Array} bytes moof and mdat on the output's time
 */

/**
 * Puts released chunks on the one time of an output, over publisher sessions and restarts of the coordinate: media time
 * starts anew with each session, the output's never goes back.
 */
export class OutputTimeline {
    constructor() {
        /**
         * Where the output ends so far, in 1/90,000 s; null before the first chunk.
         * @type {number | null}
         */
        this.end = null;
        this.session = -1;
        this.offset = 0;
        this.lastDecodeTime = 0;
        /** @type {string | null} */
        this.initHash = null;
        /** @type {FragmentRebaser | null} */
        this.rebaser = null;
        this.fragments = 0;
    }

    /**
     * The next chunk. Throws `WireError`, and then the output goes on with the one after it.
     * @param {import("../core/ChunkStore.js").VerifiedChunk} chunk
     * @param {Uint8Array} initSegment that decodes it
     * @returns {OutputFragment}
     */
    next({ bytes, description }, initSegment) {
        const { decodeTime, duration, initHash, session } = description;
        const known = initHash === this.initHash ? this.rebaser : null;
        const rebaser = known ?? new FragmentRebaser(new InitSegment(initSegment));
        const offset = this.offsetOf(description, () => rebaser.outputStart(bytes, decodeTime));
        const moved = rebaser.rebase(bytes, offset, this.fragments + 1);
        // Nothing has changed before all of it was good.
        this.fragments += 1;
        this.session = session;
        this.offset = offset;
        this.lastDecodeTime = decodeTime;
        this.end = Math.max(this.end ?? 0, decodeTime + offset + duration);
        this.initHash = initHash;
        this.rebaser = rebaser;
        return { header: known === null ? rebaser.header : null, start: (decodeTime + offset) / 90_000, bytes: moved };
    }

    /**
     * What to add to the media time of a chunk; the same for all chunks of a session. A new session starts where the
     * one before it ended.
     * @param {import("../wire/ChunkDescription.js").ChunkDescription} description
     * @param {() => number} outputStart of an output that begins with the chunk
     * @returns {number}
     */
    offsetOf({ decodeTime, duration, session }, outputStart) {
        let { offset } = this;
        if (session > this.session) {
            offset = (this.end ?? outputStart()) - decodeTime;
        } else if (session < this.session) {
            throw new WireError(`a chunk of session ${session} came after session ${this.session} had begun`);
        } else if (decodeTime < this.lastDecodeTime) {
            throw new WireError(`decode time ${decodeTime} comes after ${this.lastDecodeTime} in the same session`);
        }
        const end = decodeTime + offset + duration;
        if (end > Number.MAX_SAFE_INTEGER) throw new WireError("a time does not fit 53 bits");
        return offset;
    }
}
