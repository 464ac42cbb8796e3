// @ts-check

/**
 * @typedef {object} JoinOutcome how an attempt went
 * @property {boolean} isPlaced there is a place
 * @property {number} heldOffMs how long the tracker asked not to be asked again; 0 when it did not
 */

/** Joins until there is a place: one attempt at a time, with growing pauses between them. */
export class TrackerJoin {
    /** The longest pause between attempts, in milliseconds. */
    static pauseMsMax = 5_000;
    /** The longest one that a tracker may ask for. */
    static heldOffMsMax = 60_000;

    /** @param {import("./Clock.js").Clock} clock */
    constructor(clock) {
        this.clock = clock;
        /**
         * Tries once.
         * @type {(signal: AbortSignal) => Promise<JoinOutcome>}
         */
        this.attempt = async () => ({ isPlaced: false, heldOffMs: 0 });
        /** There is a place. */
        this.onPlaced = () => {};
        /** An attempt is to be made, or being made. */
        this.isUnderWay = false;
        /** The pause before it is one that the tracker asked for. */
        this.isHeldOff = false;
        this.isStopped = false;
        this.failures = 0;
        /** @type {import("./Clock.js").Timer | null} */
        this.retry = null;
        /** Ends an attempt. */
        this.network = new AbortController();
    }

    stop() {
        this.isStopped = true;
        this.retry?.cancel();
        this.network.abort();
    }

    /**
     * Joins after a pause, unless that is under way.
     * @param {number} ms
     * @param {boolean} isHeldOff the tracker asked for it
     */
    after(ms, isHeldOff = false) {
        if (this.isUnderWay || this.isStopped) return;
        this.isUnderWay = true;
        this.isHeldOff = isHeldOff;
        this.retry = this.clock.after(ms, () => void this.try());
    }

    /** An attempt may hang, and a pause be too long: tries anew at once, but for a pause that the tracker asked for. */
    networkChanged() {
        if (this.isUnderWay && this.isHeldOff) return;
        this.retry?.cancel();
        this.network.abort();
        this.network = new AbortController();
        this.failures = 0;
        this.isUnderWay = false;
        this.after(0);
    }

    /** Tries. */
    async try() {
        this.isHeldOff = false;
        const { signal } = this.network;
        const { isPlaced, heldOffMs } = await this.attempt(signal);
        if (signal.aborted) return;
        this.isUnderWay = false;
        if (isPlaced) {
            this.failures = 0;
            this.onPlaced();
            return;
        }
        this.failures += 1;
        const pauseMs = Math.min(TrackerJoin.pauseMsMax, 100 << Math.min(this.failures, 6));
        const askedMs = Math.min(heldOffMs, TrackerJoin.heldOffMsMax);
        // All who were refused at the same time come back at different ones.
        this.after(Math.max(pauseMs, askedMs) + this.clock.random(100 + askedMs / 4));
    }
}
