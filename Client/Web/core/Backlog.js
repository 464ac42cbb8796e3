// @ts-check

/**
 * What waits for one child, followed over time: whether it drains.
 *
 * A child that joins is sent some seconds of stream at once, and one whose link hiccups catches up again. Only what has
 * waited long and does not get less says that more is wanted of the uplink than it carries.
 */
export class Backlog {
    /** So much may wait, in milliseconds of stream: what is on its way is part of it. */
    static toleratedMs = 600;
    /** For how long what waits must not get less. */
    static patienceMs = 1_500;
    /** How much less counts, in milliseconds of stream. */
    static drainedMs = 200;
    /** Between two samples. */
    static pauseMs = 500;

    constructor() {
        /**
         * One every half second, oldest first: four at most.
         * @type {{ at: number, ms: number }[]}
         */
        this.samples = [];
        /** More waits than may, and it does not get less. */
        this.isStuck = false;
        /** What waited at the last look. */
        this.ms = 0;
    }

    /**
     * Takes note of what waits, in milliseconds of stream.
     * @param {number} ms
     * @param {number} now by the monotonic clock
     */
    note(ms, now) {
        this.ms = ms;
        if (ms <= Backlog.toleratedMs) return this.clear();
        const last = this.samples.at(-1);
        if (last === undefined || now - last.at >= Backlog.pauseMs) {
            this.samples.push({ at: now, ms });
            if (this.samples.length > 4) this.samples.shift();
        }
        const first = this.samples[0];
        if (now - first.at >= Backlog.patienceMs) this.isStuck = ms > first.ms - Backlog.drainedMs;
    }

    /** Nothing was seen for a while: what was before says nothing. */
    clear() {
        this.samples = [];
        this.isStuck = false;
    }
}
