// @ts-check

/** A silence of the publisher is known so long after it, with the first chunk that follows, in milliseconds. */
const silenceKnownMs = 1_500;
/** Samples of the publisher's silence that are remembered: half a minute of them. */
const silencesMax = 64;

/**
 * Tells stalls, for which somebody is to blame, from pauses in which there was nothing to show for anybody. Pure: time
 * is a parameter, in milliseconds by the monotonic clock.
 */
export class StallCounter {
    constructor() {
        /** Pauses of the picture for want of data, whoever is to blame. */
        this.rebuffers = 0;
        /** Their length in milliseconds. */
        this.rebufferMs = 0;
        /** Those while the stream published. */
        this.stalls = 0;
        /** Their length in milliseconds. */
        this.stallMs = 0;
        /**
         * For how long the publisher had been silent when.
         * @type {{ at: number, silentMs: number }[]}
         */
        this.samples = [];
        /**
         * Pauses that are not judged yet.
         * @type {{ endedAt: number, ms: number, silentMs: number }[]}
         */
        this.open = [];
    }

    /**
     * The publisher has been silent for so long in all. To be told about twice a second.
     * @param {number} silentMs
     * @param {number} now
     */
    note(silentMs, now) {
        this.samples.push({ at: now, silentMs });
        if (this.samples.length > silencesMax) this.samples.shift();
        const judged = this.open.filter(({ endedAt }) => now - endedAt >= silenceKnownMs);
        this.open = this.open.filter((pause) => !judged.includes(pause));
        for (const pause of judged) {
            if (silentMs > pause.silentMs) continue;
            this.stalls += 1;
            this.stallMs += pause.ms;
        }
    }

    /**
     * The picture stood still, and moves again.
     * @param {number} ms for so long
     * @param {number} behindMs how far it is behind the publication: so long before it stood still the silence may have
     *   begun
     * @param {number} now
     */
    add(ms, behindMs, now) {
        this.rebuffers += 1;
        this.rebufferMs += ms;
        const since = now - ms - behindMs - silenceKnownMs;
        this.open.push({ endedAt: now, ms, silentMs: this.samples.find(({ at }) => at >= since)?.silentMs ?? 0 });
    }
}
