// @ts-check

/**
 * What the caller does next. `connect`: drop what runs, and connect to this source. `wait`: nothing before this
 * instant. `starve`: there is no source to try, a new list is needed.
 * @typedef {{ kind: "connect", source: string } | { kind: "wait", until: number } | { kind: "starve" }} SourceStep
 */

/**
 * Chooses which forward to take a stream from: the first that works, the next one at once after a silence or a break,
 * and after a whole round of failures with growing pauses. One that sent wrong bytes is left alone for a while. A pure
 * machine: the caller connects and reports. Instants are of the monotonic clock, in milliseconds.
 */
export class SourceChooser {
    /** Without a byte for so long a source counts as dead; pings come every 400 ms. */
    static silenceMs = 1_000;
    /** Before the next attempt after every source has failed, doubled up to the next. */
    static retryMs = 100;
    static retryMsMax = 1_000;
    /** For so long a source that sent wrong bytes is left alone, if there is another. */
    static quarantineMs = 30_000;

    /** @param {number} now */
    constructor(now) {
        /**
         * Every source, best first.
         * @type {string[]}
         */
        this.all = [];
        /** @type {{ source: string, until: number }[]} */
        this.quarantine = [];
        /**
         * The source in use; null between two.
         * @type {string | null}
         */
        this.current = null;
        /** When the last byte came from it, or before when nothing is to be tried. */
        this.since = now;
        this.position = 0;
        /** Failures since the last chunk from any source. */
        this.failures = 0;
    }

    /**
     * Leaves the source in use, though it works, for another of the list.
     * @param {string} source
     * @param {number} now
     */
    moveTo(source, now) {
        if (!this.all.includes(source)) return;
        this.position = this.all.indexOf(source);
        this.current = null;
        this.since = now;
    }

    /**
     * Replaces the list, best first; the source in use stays in use as long as it works.
     * @param {string[]} sources
     */
    update(sources) {
        const isSame = sources.length === this.all.length && sources.every((each, index) => each === this.all[index]);
        if (isSame || sources.length === 0) return;
        this.all = [...sources];
        const place = this.current === null ? -1 : this.all.indexOf(this.current);
        this.position = (place + 1) % this.all.length;
        this.quarantine = this.quarantine.filter(({ source }) => this.all.includes(source));
    }

    /**
     * Bytes came from the source in use.
     * @param {number} now
     */
    received(now) {
        if (this.current !== null) this.since = now;
    }

    /**
     * A whole chunk came from the source in use: after a break the next attempt comes without delay. Bytes alone do not
     * count, or one that babbles would be called without pause.
     * @param {number} now
     */
    delivered(now) {
        this.received(now);
        this.failures = 0;
    }

    /**
     * The source in use broke or refused.
     * @param {number} now
     */
    failed(now) {
        if (this.current !== null) this.moveOn(now);
    }

    /**
     * The source in use sent what no honest one sends.
     * @param {number} now
     */
    misbehaved(now) {
        const source = this.current;
        if (source === null) return;
        this.quarantine = this.quarantine.filter((each) => each.source !== source);
        this.quarantine.push({ source, until: now + SourceChooser.quarantineMs });
        this.moveOn(now);
    }

    /**
     * What to do now.
     * @param {number} now
     * @returns {SourceStep}
     */
    next(now) {
        if (this.current !== null) {
            const silentAt = this.since + SourceChooser.silenceMs;
            if (now < silentAt) return { kind: "wait", until: silentAt };
            this.moveOn(now);
        }
        if (this.all.length === 0) return { kind: "starve" };
        if (now < this.since) return { kind: "wait", until: this.since };
        this.current = this.pick(now);
        this.since = now;
        return { kind: "connect", source: this.current };
    }

    /**
     * The source to be tried next.
     * @param {number} now
     * @returns {string}
     */
    pick(now) {
        this.quarantine = this.quarantine.filter(({ until }) => now < until);
        const turn = [...this.all.slice(this.position), ...this.all.slice(0, this.position)];
        const isFree = (/** @type {string} */ source) => !this.quarantine.some((each) => each.source === source);
        // If every one has misbehaved, the one that did so longest ago is the best there is.
        const source = turn.find(isFree) ?? this.quarantine[0].source;
        this.position = (this.all.indexOf(source) + 1) % this.all.length;
        return source;
    }

    /**
     * Gives up the source in use.
     * @param {number} now
     */
    moveOn(now) {
        this.failures += 1;
        this.current = null;
        const count = Math.max(1, this.all.length);
        const rounds = Math.floor(this.failures / count);
        const pauseMs = SourceChooser.retryMs * 2 ** Math.min(rounds - 1, 4);
        const isRoundOver = this.failures % count === 0;
        this.since = now + (isRoundOver ? Math.min(SourceChooser.retryMsMax, pauseMs) : 0);
    }
}
