// @ts-check
import { liveEdgeCorrection } from "./LiveEdge.js";
import { OutputTimeline } from "./OutputTimeline.js";
import { SourceQueue } from "./SourceQueue.js";

/** A decoder that failed is given another try after this, in milliseconds, and after twice as long the next time. */
const rebuildMs = 250;
const rebuildMsMax = 8_000;

/**
 * Plays released chunks in a video element through Media Source Extensions. A thin shell: what is appended is decided
 * by `SourceQueue`, how fast it plays by `liveEdgeCorrection`.
 */
export class MediaSourcePlayer {
    /**
     * @param {HTMLVideoElement} video
     * @param {{ lag?: number, onProblem?: (what: string) => void }} settings seconds between what is shown and what has
     *   been appended; who hears of chunks that could not be played
     */
    constructor(video, { lag = 0.5, onProblem = () => {} } = {}) {
        this.video = video;
        this.lag = lag;
        this.onProblem = onProblem;
        this.timeline = new OutputTimeline();
        this.queue = new SourceQueue();
        /** @type {SourceBuffer | null} */
        this.buffer = null;
        /**
         * What was given to the buffer last.
         * @type {Uint8Array | null}
         */
        this.appended = null;
        this.isOpening = false;
        this.objectURL = "";
        this.failures = 0;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.retry = undefined;
        this.onError = () => this.fail(video.error?.message ?? "the decoder failed");
        video.addEventListener("error", this.onError);
    }

    /**
     * Whether this browser plays streams of a type at all.
     * @param {string} mimeType
     */
    static canPlay(mimeType) {
        return typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(mimeType);
    }

    /**
     * The next chunk to be played.
     * @param {import("../core/ChunkStore.js").VerifiedChunk} chunk
     * @param {Uint8Array} init its init segment
     */
    play(chunk, init) {
        try {
            this.queue.push(this.timeline.next(chunk, init), init, chunk.description.isKeyframe);
        } catch (error) {
            this.onProblem(String(error));
        }
        this.advance();
    }

    /** To be called about ten times a second. */
    tick() {
        const { video } = this;
        const buffered = [];
        for (let index = 0; index < video.buffered.length; index += 1) {
            buffered.push({ start: video.buffered.start(index), end: video.buffered.end(index) });
        }
        const isStarved = video.readyState < video.HAVE_FUTURE_DATA;
        const { rate, seekTo } = liveEdgeCorrection({ currentTime: video.currentTime, isStarved, buffered }, this.lag);
        if (seekTo !== null) video.currentTime = seekTo;
        if (video.playbackRate !== rate) video.playbackRate = rate;
        this.advance();
    }

    /** Lets go of the video element. */
    stop() {
        clearTimeout(this.retry);
        this.video.removeEventListener("error", this.onError);
        this.video.removeAttribute("src");
        this.video.load();
        URL.revokeObjectURL(this.objectURL);
        this.buffer = null;
    }

    /** Carries out operations until one takes its time. */
    advance() {
        while (!this.isOpening && this.retry === undefined && !(this.buffer?.updating ?? false)) {
            const ranges = this.buffer?.buffered;
            const operation = this.queue.next(this.video.currentTime, ranges?.length ? ranges.start(0) : null);
            if (operation === null) return;
            try {
                this.carryOut(operation);
            } catch (error) {
                if (/** @type {Error} */ (error).name !== "QuotaExceededError" || this.appended === null) {
                    return this.fail(String(error));
                }
                this.queue.refused(this.appended, this.video.currentTime);
            }
        }
    }

    /**
     * Carries out one operation.
     * @param {import("./SourceQueue.js").SourceOperation} operation
     */
    carryOut(operation) {
        switch (operation.kind) {
            case "rebuild":
                return this.open(operation.mimeType);
            case "changeType":
                return this.buffer?.changeType(operation.mimeType);
            case "append":
                this.appended = operation.bytes;
                return this.buffer?.appendBuffer(operation.bytes);
            case "remove":
                return this.buffer?.remove(operation.start, operation.end);
        }
    }

    /**
     * Makes a new media source.
     * @param {string} mimeType
     */
    open(mimeType) {
        const source = new MediaSource();
        this.buffer = null;
        this.isOpening = true;
        source.addEventListener("sourceopen", () => this.opened(source, mimeType), { once: true });
        URL.revokeObjectURL(this.objectURL);
        this.objectURL = URL.createObjectURL(source);
        this.video.src = this.objectURL;
    }

    /**
     * A media source takes a buffer now.
     * @param {MediaSource} source
     * @param {string} mimeType
     */
    opened(source, mimeType) {
        this.isOpening = false;
        try {
            source.duration = Infinity;
            this.buffer = source.addSourceBuffer(mimeType);
        } catch (error) {
            return this.fail(String(error));
        }
        this.buffer.addEventListener("updateend", () => {
            if (this.video.readyState >= this.video.HAVE_FUTURE_DATA) this.failures = 0;
            this.advance();
        });
        // A page may start playing without a click when it is muted; else the visitor presses play.
        this.video.play().catch(() => {});
        this.advance();
    }

    /**
     * Begins anew at the next keyframe, after a while.
     * @param {string} what
     */
    fail(what) {
        if (this.retry !== undefined) return;
        this.onProblem(what);
        const pauseMs = Math.min(rebuildMs * 2 ** this.failures, rebuildMsMax);
        this.failures += 1;
        this.isOpening = false;
        this.retry = setTimeout(() => {
            this.retry = undefined;
            this.queue.rebuild();
            this.advance();
        }, pauseMs);
    }
}
