// @ts-check

/** What happened to the chunks that were due, and for how long the picture stood still. */
export class PlayoutCounters {
    /** A pause up to this long is no stall, in milliseconds. */
    static stallToleranceMs = 100;
    /** A publisher that is silent up to this long only stutters, in milliseconds. */
    static publisherToleranceMs = 1_000;

    constructor() {
        /** Chunks that were whole when they were due. */
        this.onTime = 0;
        /** Chunks that became whole after they were due; they are not released any more. */
        this.late = 0;
        /** Chunks that were due and have not come. */
        this.missing = 0;
        /** Chunks that were on time and yet of no use, because the start of their group was lost. */
        this.skipped = 0;
        /** Pauses of more than 100 ms although the stream published. */
        this.stalls = 0;
        /** Their length in milliseconds. */
        this.stallMs = 0;
        /** Milliseconds for which the publisher was silent. */
        this.publisherGapMs = 0;
    }

    /** Chunks whose time came. */
    get due() {
        return this.onTime + this.late + this.missing;
    }

    /** The same counts, which go their own way from now on. */
    copy() {
        return Object.assign(new PlayoutCounters(), this);
    }

    /**
     * One was whole when it was due.
     * @param {boolean} isUseful
     */
    countOnTime(isUseful) {
        this.onTime += 1;
        if (!isUseful) this.skipped += 1;
    }

    /**
     * So many have not come.
     * @param {number} count
     */
    countMissing(count) {
        this.missing += count;
    }

    /** One that was counted as missing has come after all. */
    countLate() {
        if (this.missing === 0) return;
        this.missing -= 1;
        this.late += 1;
    }

    /**
     * The picture stood still for so long.
     * @param {number} ms
     */
    countPause(ms) {
        if (ms <= PlayoutCounters.stallToleranceMs) return;
        this.stalls += 1;
        this.stallMs += ms;
    }

    /**
     * The publisher was silent for so long.
     * @param {number} ms
     */
    countSilence(ms) {
        if (ms > PlayoutCounters.publisherToleranceMs) this.publisherGapMs += ms;
    }
}
