// @ts-check

/** Milliseconds without a chunk after which a stream that the coordinate does not know has ended. */
const absenceMs = 60_000;
/** Without a chunk for so long, in milliseconds, the coordinate is asked. */
const silentMs = 1_000;
/** And again after this, while the stream is said to be live, and while it is not. */
const livePauseMs = 1_000;
const waitingPauseMs = 3_000;

/**
 * Asks the coordinate how the stream is when no chunks come: neighbours may agree that there is nothing new, and cannot
 * tell why.
 */
export class StreamProbe {
    /**
     * @param {string} stream
     * @param {import("./CoordinateAPI.js").CoordinateAPI} api
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(stream, api, clock) {
        this.stream = stream;
        this.api = api;
        this.clock = clock;
        /** @type {(description: import("../wire/StreamDescription.js").StreamDescription) => void} */
        this.onSeen = () => {};
        /** The stream is no more. */
        this.onGone = () => {};
        this.lastLook = clock.now();
        this.lastChunk = clock.now();
        this.isStopped = false;
    }

    /** A chunk has become whole. */
    noteChunk() {
        this.lastChunk = this.clock.now();
    }

    /** Asks nothing any more. */
    stop() {
        this.isStopped = true;
    }

    /**
     * Asks, if it is time.
     * @param {import("../wire/Record.js").StreamState} state as last heard
     */
    async look(state) {
        const now = this.clock.now();
        const pauseMs = state === "live" ? livePauseMs : waitingPauseMs;
        if (state === "ended" || now - this.lastChunk <= silentMs || now - this.lastLook <= pauseMs) return;
        this.lastLook = now;
        try {
            const seen = await this.api.stream(this.stream);
            if (!this.isStopped) this.onSeen(seen);
        } catch (error) {
            // A coordinate that has restarted does not know the stream until its publisher is back.
            const { kind } = /** @type {import("./CoordinateAPI.js").CoordinateFailure} */ (error);
            const isGone = this.clock.now() - this.lastChunk > absenceMs;
            if (kind === "unknownStream" && isGone && !this.isStopped) this.onGone();
        }
    }
}
