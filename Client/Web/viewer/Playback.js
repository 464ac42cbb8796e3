// @ts-check
import { LatencyHistogram } from "../core/LatencyHistogram.js";
import { PlayoutBuffer } from "../core/PlayoutBuffer.js";
import { OutputTimeline } from "../media/OutputTimeline.js";

/** Init segments kept: the ones in use around a change of codec parameters. */
const initsMax = 8;
/** What comes so late before its time cannot be decoded and shown in time any more, in milliseconds. */
const decodingMs = 250;

/**
 * What one viewer sees: hands verified chunks to the page in order, as soon as nothing before them is missing, and
 * measures. What is missing is waited for until the picture would need it; how far behind the publication that is, the
 * page decides by its pace.
 */
export class Playback {
    /**
     * @param {number} bufferMs from publication to the picture
     * @param {import("./PlaybackClock.js").PlaybackClock} clock
     * @param {(fragment: import("./EngineMessages.js").PlayableFragment) => void} onFragment
     */
    constructor(bufferMs, clock, onFragment) {
        this.clock = clock;
        this.onFragment = onFragment;
        this.buffer = new PlayoutBuffer(Math.max(0, bufferMs - decodingMs), { isEager: true });
        this.timeline = new OutputTimeline();
        /** @type {{ hash: string, bytes: Uint8Array }[]} */
        this.inits = [];
        /** From publication to the last verified piece of each chunk. */
        this.arrival = new LatencyHistogram();
        /** Number of the newest chunk handed on; 0 before the first. */
        this.lastReleased = 0;
        /** Chunks handed on that the page cannot play: their init is missing, or they are malformed. */
        this.unplayable = 0;
        /** Bytes of the chunks that became whole. */
        this.mediaBytes = 0;
        /** @type {(sequence: number) => void} */
        this.onReleased = () => {};
        /** @type {(what: string) => void} */
        this.onProblem = () => {};
    }

    /** Something has been handed to the page. */
    get hasBegun() {
        return this.lastReleased > 0;
    }

    /**
     * A chunk exists; its pieces are on their way.
     * @param {import("../wire/ChunkDescription.js").ChunkDescription} description
     */
    announce(description) {
        this.buffer.announce(description, this.clock.now);
        this.advance();
    }

    /**
     * A chunk is whole and verified.
     * @param {import("../core/ChunkStore.js").VerifiedChunk} chunk
     */
    add(chunk) {
        const { now } = this.clock;
        this.mediaBytes += chunk.bytes.length;
        // What was published before the viewer began is history, not delay.
        if (this.hasBegun) this.arrival.add(Math.max(0, now - chunk.description.publishedAt));
        this.buffer.add(chunk, now);
        this.advance();
    }

    /**
     * An init that a verified manifest has named.
     * @param {string} hash
     * @param {Uint8Array} bytes
     */
    addInit(hash, bytes) {
        if (this.inits.some((each) => each.hash === hash)) return;
        this.inits.push({ hash, bytes });
        if (this.inits.length > initsMax) this.inits.shift();
    }

    /** Deals with everything that can be dealt with by now. */
    advance() {
        for (const { chunk } of this.buffer.advance(this.clock.now)) this.play(chunk);
        const { dealtWith } = this.buffer;
        if (dealtWith !== null) this.onReleased(dealtWith);
    }

    /** Begins anew with the next keyframe, on the same output: the machine has slept for too long to catch up. */
    restart() {
        const { bufferMs } = this.buffer;
        // With the silence that is under way: totals do not fall.
        const counters = this.buffer.countersAt(this.clock.now, true);
        this.buffer = new PlayoutBuffer(bufferMs, { isEager: true });
        this.buffer.counters = counters;
    }

    /** @param {import("../core/ChunkStore.js").VerifiedChunk} chunk */
    play(chunk) {
        const { description } = chunk;
        this.lastReleased = description.sequence;
        const init = this.inits.find(({ hash }) => hash === description.initHash)?.bytes;
        if (init === undefined) {
            this.unplayable += 1;
            return this.onProblem("a chunk whose init is missing");
        }
        try {
            const { bytes, header, start } = this.timeline.next(chunk, init);
            this.onFragment({
                bytes,
                isKeyframe: description.isKeyframe,
                start,
                duration: description.duration / 90_000,
                publishedAt: this.clock.localTime(description.publishedAt),
                header: header && { kinds: header.kinds, mimeType: header.mimeType, init: init.slice() },
            });
        } catch (error) {
            this.unplayable += 1;
            this.onProblem(String(error));
        }
    }
}
