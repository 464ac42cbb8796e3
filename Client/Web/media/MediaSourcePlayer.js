// @ts-check
import { pageTime } from "./PageTime.js";
import { PlaybackPace } from "./PlaybackPace.js";
import { ShownChunks } from "./ShownChunks.js";
import { SourceQueue } from "./SourceQueue.js";

/** A decoder that failed is given another try after this, in milliseconds, and after twice as long the next time. */
const rebuildMs = 250;
const rebuildMsMax = 8_000;
/** More than this ahead of a player is not kept, beyond what it is meant to have, in milliseconds. */
const aheadMaxMs = 15_000;
/** The picture may stand still for so long before anybody speaks of it, in milliseconds. */
const unnoticedMs = 250;
/** The picture begins to move when so much is ahead of it, or after the second pause, in milliseconds. */
const playableMs = 600;
const playableAfterMs = 900;
/** Standing still for less is no stall, in milliseconds (PROTOCOL.md §12). */
const stallToleranceMs = 100;

/**
 * What takes sources: some phones have only the managed kind.
 * @type {typeof MediaSource | undefined}
 */
const SourceType = globalThis.MediaSource ?? /** @type {any} */ (globalThis).ManagedMediaSource;

/**
 * Plays chunks in a video element through Media Source Extensions. A thin shell: what is appended is decided by
 * `SourceQueue`, how fast it plays by `PlaybackPace`.
 */
export class MediaSourcePlayer {
    /**
     * @param {HTMLVideoElement} video
     * @param {number} goalMs from publication to the picture
     */
    constructor(video, goalMs) {
        this.video = video;
        this.pace = new PlaybackPace(goalMs);
        this.shown = new ShownChunks();
        this.queue = new SourceQueue();
        /** Who hears of what could not be played. */
        this.onProblem = (/** @type {string} */ _what) => {};
        /** Whether this browser plays what comes from now on; with the type. */
        this.onSupport = (/** @type {boolean} */ _isSupported, /** @type {string} */ _mimeType) => {};
        /** There is enough to begin with; whether it does is for the page to say. */
        this.onPlayable = () => {};
        /** The picture stood still for want of data, for so many milliseconds. */
        this.onStall = (/** @type {number} */ _ms) => {};
        /** @type {SourceBuffer | null} */
        this.buffer = null;
        /**
         * What was given to the buffer last.
         * @type {Uint8Array | null}
         */
        this.appended = null;
        this.isOpening = false;
        this.isStopped = false;
        this.isSupported = true;
        /** The buffer has refused bytes; it is asked again with the next tick. */
        this.isFull = false;
        this.refusals = 0;
        this.isPlayable = false;
        /**
         * Since when there is something to show.
         * @type {number | null}
         */
        this.filledSince = null;
        this.hasShown = false;
        this.objectURL = "";
        this.failures = 0;
        this.position = 0;
        /**
         * Since when there is nothing to show.
         * @type {number | null}
         */
        this.starvedSince = null;
        /** There is nothing to show for anybody. */
        this.isExcused = false;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.retry = undefined;
        this.listeners = new AbortController();
        const { signal } = this.listeners;
        video.addEventListener("error", () => this.fail(video.error?.message || "the decoder failed"), { signal });
        video.addEventListener("waiting", () => this.starve(), { signal });
        video.addEventListener("playing", () => this.recover(), { signal });
        // Whoever pauses a picture that stands still does not wait for it any more.
        video.addEventListener("pause", () => video.readyState > 0 && this.endStall(), { signal });
    }

    /**
     * Whether this browser plays streams of a type at all; of any type without one.
     * @param {string} [mimeType]
     */
    static canPlay(mimeType) {
        return SourceType !== undefined && (mimeType === undefined || SourceType.isTypeSupported(mimeType));
    }

    /** The picture stands still because there is none to show. */
    get isStarved() {
        return this.starvedSince !== null && performance.now() - this.starvedSince > unnoticedMs;
    }

    /** How far behind the publication the picture is, in milliseconds; null before there is one. */
    get latencyMs() {
        return this.hasShown ? this.shown.latencyMs(this.video.currentTime, pageTime()) : null;
    }

    /** What is ahead of the picture, in milliseconds. */
    get aheadMs() {
        const { buffered, currentTime } = this.video;
        for (let index = 0; index < buffered.length; index += 1) {
            const isWithin = buffered.start(index) <= currentTime + 0.1 && currentTime <= buffered.end(index);
            if (isWithin) return Math.round((buffered.end(index) - currentTime) * 1_000);
        }
        return 0;
    }

    /** What is kept that has not been played, in milliseconds, wherever the picture is. */
    get heldMs() {
        const { buffered, currentTime } = this.video;
        let seconds = 0;
        for (let index = 0; index < buffered.length; index += 1) {
            seconds += Math.max(0, buffered.end(index) - Math.max(buffered.start(index), currentTime));
        }
        return seconds * 1_000;
    }

    /**
     * The next chunk to be played.
     * @param {import("../viewer/EngineMessages.js").PlayableFragment} fragment
     */
    play(fragment) {
        const { header } = fragment;
        if (header !== null) {
            this.isSupported = MediaSourcePlayer.canPlay(header.mimeType);
            this.onSupport(this.isSupported, header.mimeType);
        }
        if (!this.isSupported) return;
        this.shown.add(fragment);
        if (this.heldMs > aheadMaxMs + this.pace.goalMs) {
            // A player that stands still wants none of what comes meanwhile: it goes on where the stream is then.
            if (header !== null) this.queue.change(header);
            this.queue.needsKeyframe = true;
        } else {
            this.queue.push(fragment);
        }
        this.advance();
    }

    /** To be called about ten times a second. */
    tick() {
        if (this.isStopped) return;
        this.isFull = false;
        const { video } = this;
        const buffered = [];
        for (let index = 0; index < video.buffered.length; index += 1) {
            buffered.push({ start: video.buffered.start(index), end: video.buffered.end(index) });
        }
        const { currentTime, paused } = video;
        if (!video.seeking && !paused) this.shown.moved(this.position, currentTime, pageTime());
        this.position = currentTime;
        const { rate, seekTo } = this.pace.look({
            now: performance.now(),
            currentTime,
            isPaused: paused && this.isPlayable,
            isStarved: video.readyState < video.HAVE_FUTURE_DATA,
            buffered,
            latencyMs: this.isPlayable ? this.latencyMs : null,
        });
        if (seekTo !== null) this.seek(seekTo);
        if (video.playbackRate !== rate) video.playbackRate = rate;
        this.noteFilling();
        this.advance();
    }

    /**
     * The first picture is shown at once, and stands until there is enough to go on with: chunks come one by one, and
     * not always at the same pace.
     */
    noteFilling() {
        if (this.isPlayable || this.video.readyState < this.video.HAVE_CURRENT_DATA) return;
        this.filledSince ??= performance.now();
        if (this.aheadMs < playableMs && performance.now() - this.filledSince < playableAfterMs) return;
        this.isPlayable = true;
        this.onPlayable();
    }

    /** Goes to where the picture should be. */
    goLive() {
        const { latencyMs, pace, video } = this;
        const { buffered } = video;
        if (latencyMs !== null && pace.targetMs !== null && buffered.length > 0) {
            const place = video.currentTime + (latencyMs - pace.targetMs) / 1_000;
            const end = buffered.end(buffered.length - 1) - 0.2;
            if (latencyMs - pace.targetMs > unnoticedMs) this.seek(Math.min(place, end));
        }
    }

    /** Lets go of the video element. */
    stop() {
        this.isStopped = true;
        clearTimeout(this.retry);
        this.listeners.abort();
        this.video.removeAttribute("src");
        this.video.load();
        URL.revokeObjectURL(this.objectURL);
        this.buffer = null;
    }

    /** @param {number} time in seconds */
    seek(time) {
        // What is jumped over has not been shown.
        this.position = time;
        this.video.currentTime = time;
    }

    // Standing still.

    starve() {
        if (!this.hasShown || this.video.paused || this.starvedSince !== null) return;
        this.starvedSince = performance.now();
        this.isExcused = false;
    }

    recover() {
        this.hasShown = true;
        this.failures = 0;
        const { latencyMs } = this;
        if (latencyMs !== null && this.stallMs > stallToleranceMs) this.pace.stalled(latencyMs);
        this.endStall();
    }

    /** The stream has nothing to show: standing still is nobody's fault. */
    excuse() {
        this.isExcused = true;
    }

    /** For how long the picture has stood still although there was something to show, in milliseconds. */
    get stallMs() {
        return this.starvedSince === null || this.isExcused ? 0 : Math.round(performance.now() - this.starvedSince);
    }

    endStall() {
        const { stallMs } = this;
        this.starvedSince = null;
        if (stallMs > stallToleranceMs) this.onStall(stallMs);
    }

    // The source buffer.

    /** Carries out operations until one takes its time. */
    advance() {
        while (this.isReady && !(this.buffer?.updating ?? false)) {
            const operation = this.queue.next(this.video.currentTime, this.bufferedFrom());
            if (operation === null) return;
            try {
                this.carryOut(operation);
                if (operation.kind === "append") this.refusals = 0;
            } catch (error) {
                if (/** @type {Error} */ (error).name !== "QuotaExceededError" || this.appended === null) {
                    return this.fail(String(error));
                }
                this.refused(this.appended);
            }
        }
    }

    /** Whether an operation can be carried out. */
    get isReady() {
        return !this.isOpening && !this.isStopped && !this.isFull && this.retry === undefined;
    }

    /**
     * The buffer had no room for bytes. What was played makes some; when that was not enough, they are not wanted.
     * @param {Uint8Array} bytes
     */
    refused(bytes) {
        this.isFull = true;
        this.refusals += 1;
        if (this.refusals > 1) this.queue.giveUp();
        else this.queue.refused(bytes, this.video.currentTime);
    }

    /** Where the buffer begins, in seconds; null for an empty one. */
    bufferedFrom() {
        try {
            const ranges = this.buffer?.buffered;
            return ranges?.length ? ranges.start(0) : null;
        } catch {
            // The browser has taken the buffer away.
            return null;
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
        if (SourceType === undefined) return;
        const source = new SourceType();
        this.buffer = null;
        this.isOpening = true;
        source.addEventListener("sourceopen", () => this.opened(source, mimeType), { once: true });
        URL.revokeObjectURL(this.objectURL);
        this.objectURL = URL.createObjectURL(source);
        // The managed kind asks for it: what comes piece by piece cannot be sent on to a television.
        this.video.disableRemotePlayback = true;
        // Another source stands still at first: what was playing is to go on.
        this.starve();
        if (!this.video.paused) this.isPlayable = false;
        this.filledSince = null;
        this.video.src = this.objectURL;
    }

    /**
     * A media source takes a buffer now.
     * @param {MediaSource} source
     * @param {string} mimeType
     */
    opened(source, mimeType) {
        if (!this.isOpening || this.isStopped) return;
        this.isOpening = false;
        try {
            source.duration = Infinity;
            this.buffer = source.addSourceBuffer(mimeType);
        } catch (error) {
            return this.fail(String(error));
        }
        this.buffer.addEventListener("updateend", () => {
            this.advance();
            // The first picture does not wait for a tick.
            if (!this.hasShown) this.tick();
        });
        this.advance();
    }

    /**
     * Begins anew at the next keyframe, after a while.
     * @param {string} what
     */
    fail(what) {
        if (this.retry !== undefined || this.isStopped) return;
        this.onProblem(what);
        this.starve();
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
