// @ts-check

/**
 * What to do with the source buffer next, which takes one operation at a time.
 *
 * - `rebuild`: make a new media source and a buffer of this type; the old one is of no more use.
 * - `changeType`: tell the buffer of another type.
 * - `append`: give it bytes.
 * - `remove`: drop what lies between two times, in seconds.
 * @typedef {{ kind: "rebuild", mimeType: string }
 *   | { kind: "changeType", mimeType: string }
 *   | { kind: "append", bytes: Uint8Array }
 *   | { kind: "remove", start: number, end: number }} SourceOperation
 */

/**
 * @typedef {object} SourceHeader of an init segment
 * @property {string} kinds of its tracks, in order
 * @property {string} mimeType
 * @property {Uint8Array} init
 */

/**
 * What waits for a source buffer: inits and chunks in order, and room for them. Pure: the player carries out one
 * operation after the other, and says how it ended.
 *
 * Bounded: of more than `bytesMax` that wait, because nobody takes them, everything is dropped up to the next keyframe.
 */
export class SourceQueue {
    /** Seconds that are kept behind what is played, and how many more make a removal worth it. */
    static keptSeconds = 6;
    static slackSeconds = 6;

    /** @param {number} bytesMax that wait */
    constructor(bytesMax = 32 << 20) {
        this.bytesMax = bytesMax;
        /** @type {{ operation: SourceOperation, isChunk: boolean }[]} */
        this.waiting = [];
        /** Bytes that wait. */
        this.bytes = 0;
        /**
         * The type that the buffer has after all that waits, and its tracks.
         * @type {{ mimeType: string, kinds: string } | null}
         */
        this.type = null;
        /** The newest init, for a media source that is made anew. */
        this.init = new Uint8Array(0);
        this.needsKeyframe = true;
        /** Chunks that were dropped. */
        this.dropped = 0;
    }

    /**
     * A chunk is to be played.
     * @param {{ bytes: Uint8Array, isKeyframe: boolean, header: SourceHeader | null }} fragment a decoder can begin
     *   with a keyframe; a header is that of a new init that comes first
     */
    push({ bytes, header, isKeyframe }) {
        if (header !== null) this.change(header);
        if (this.bytes + bytes.length > this.bytesMax) {
            this.dropped += this.waiting.filter(({ isChunk }) => isChunk).length;
            this.rebuild();
        }
        if (this.needsKeyframe && !isKeyframe) {
            this.dropped += 1;
            return;
        }
        this.needsKeyframe = false;
        this.add({ kind: "append", bytes }, true);
    }

    /**
     * The buffer, or its decoder, has failed: everything begins anew with the next keyframe.
     */
    rebuild() {
        this.waiting = [];
        this.bytes = 0;
        this.needsKeyframe = true;
        if (this.type === null) return;
        this.add({ kind: "rebuild", mimeType: this.type.mimeType }, false);
        this.add({ kind: "append", bytes: this.init }, false);
    }

    /**
     * The next operation, which is taken out; null when there is nothing to do.
     * @param {number} currentTime of the player, in seconds
     * @param {number | null} bufferedFrom where the buffer begins, in seconds; null for an empty one
     * @returns {SourceOperation | null}
     */
    next(currentTime, bufferedFrom) {
        const end = currentTime - SourceQueue.keptSeconds;
        if (bufferedFrom !== null && end - bufferedFrom > SourceQueue.slackSeconds) {
            return { kind: "remove", start: 0, end };
        }
        const first = this.waiting.shift();
        if (first === undefined) return null;
        if (first.operation.kind === "append") this.bytes -= first.operation.bytes.length;
        return first.operation;
    }

    /**
     * The buffer had no room for bytes (`QuotaExceededError`): they come again, after as much as can be spared was
     * removed.
     * @param {Uint8Array} bytes
     * @param {number} currentTime
     */
    refused(bytes, currentTime) {
        this.bytes += bytes.length;
        this.waiting.unshift(
            { operation: { kind: "remove", start: 0, end: Math.max(0.1, currentTime - 1) }, isChunk: false },
            { operation: { kind: "append", bytes }, isChunk: true },
        );
    }

    /** There is no room, and none can be made: the chunks that wait are dropped, up to the next keyframe. */
    giveUp() {
        const chunks = this.waiting.filter(({ isChunk }) => isChunk);
        this.waiting = this.waiting.filter(({ isChunk }) => !isChunk);
        for (const { operation } of chunks) if (operation.kind === "append") this.bytes -= operation.bytes.length;
        this.dropped += chunks.length;
        this.needsKeyframe = true;
    }

    /**
     * A new init comes before the next chunk.
     * @param {SourceHeader} header
     */
    change({ init, kinds, mimeType }) {
        // A buffer takes other parameters, and other codecs when it is told, but no other set of tracks: then it plays
        // nothing at all, and reports no error.
        if (this.type === null || this.type.kinds !== kinds) {
            this.type = { mimeType, kinds };
            this.init = init;
            this.needsKeyframe = true;
            this.add({ kind: "rebuild", mimeType }, false);
        } else if (this.type.mimeType !== mimeType) {
            this.type = { mimeType, kinds };
            this.add({ kind: "changeType", mimeType }, false);
        }
        this.init = init;
        this.add({ kind: "append", bytes: init }, false);
    }

    /**
     * One more operation waits.
     * @param {SourceOperation} operation
     * @param {boolean} isChunk
     */
    add(operation, isChunk) {
        this.waiting.push({ operation, isChunk });
        if (operation.kind === "append") this.bytes += operation.bytes.length;
    }
}
