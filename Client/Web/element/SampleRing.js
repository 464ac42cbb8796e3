// @ts-check

/**
 * @typedef {object} Sample how a viewer stood at a moment
 * @property {number} at milliseconds of a clock that only goes forward
 * @property {number} fromPeers bits a second since the sample before it
 * @property {number} fromForwards
 * @property {number} upload
 * @property {number | null} latencyMs
 * @property {number | null} bufferMs
 */

/** Samples of the last while, oldest first. What is older goes, and never more than `samplesMax` are kept. */
export class SampleRing {
    /** @param {number} spanMs */
    constructor(spanMs = 120_000) {
        this.spanMs = spanMs;
        /** @type {Sample[]} */
        this.samples = [];
        /** @type {{ at: number, peers: number, forwards: number, upload: number } | null} */
        this.before = null;
    }

    /**
     * Takes what a viewer tells, as often as it tells it.
     * @param {import("../viewer/ViewerTypes.js").ViewerStatistics} statistics
     * @param {number} now milliseconds
     */
    take(statistics, now) {
        const { bytesFromPeers: peers = 0, bytesFromForwards: forwards = 0, uploadBytes: upload = 0 } = statistics;
        const before = this.before;
        if (before !== null && now - before.at < shortestGapMs) return;
        this.before = { at: now, peers, forwards, upload };
        if (before === null) return;
        // A viewer that started again counts from 0.
        const rate = (/** @type {number} */ bytes, /** @type {number} */ earlier) =>
            Math.max(0, bytes - earlier) * 8_000 / (now - before.at);
        this.samples.push({
            at: now,
            fromPeers: rate(peers, before.peers),
            fromForwards: rate(forwards, before.forwards),
            upload: rate(upload, before.upload),
            latencyMs: statistics.liveLatencyMs ?? null,
            bufferMs: statistics.bufferMs ?? null,
        });
        const oldest = this.samples.findIndex(({ at }) => at >= now - this.spanMs);
        this.samples.splice(0, Math.max(oldest, this.samples.length - samplesMax));
    }

    /** How much of the time is worth drawing: what there is, of all that may be. */
    get drawnMs() {
        const first = this.samples[0]?.at ?? 0;
        const last = this.samples[this.samples.length - 1]?.at ?? 0;
        return Math.min(this.spanMs, Math.max(shortestDrawnMs, last - first));
    }

    /** Forgets everything, for another stream. */
    clear() {
        this.samples = [];
        this.before = null;
    }
}

/** Statistics that follow others so soon would make rates of noise, in milliseconds. */
const shortestGapMs = 250;
const samplesMax = 480;
const shortestDrawnMs = 15_000;

/**
 * An upper end for an axis: a round number that is not below `value`.
 * @param {number} value
 * @returns {number}
 */
export function axisEnd(value) {
    if (!(value > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((end) => end >= value * 0.999_999) ?? value;
}
