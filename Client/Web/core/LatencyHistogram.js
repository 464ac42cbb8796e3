// @ts-check

/** Times below this have a bucket each, in milliseconds. */
const exactMsMax = 256;
const bucketsPerDoubling = 128;
const doublingsMax = 13;

/**
 * Counts times in milliseconds in a fixed number of buckets: exact below 256 ms, then 128 buckets for each doubling
 * (less than 0.8 % wide), up to about 35 minutes. Its memory never grows.
 */
export class LatencyHistogram {
    constructor() {
        this.counts = new Float64Array(exactMsMax + bucketsPerDoubling * doublingsMax);
        /** Times counted. */
        this.count = 0;
    }

    /**
     * Counts one time; negative ones count as 0, as two clocks may differ by their error. What is no number is not
     * counted.
     * @param {number} milliseconds
     */
    add(milliseconds) {
        if (Number.isNaN(milliseconds)) return;
        this.counts[bucketOfTime(milliseconds)] += 1;
        this.count += 1;
    }

    /**
     * Counts all that another one has counted.
     * @param {LatencyHistogram} other
     */
    merge(other) {
        this.counts.forEach((_, bucket) => (this.counts[bucket] += other.counts[bucket]));
        this.count += other.count;
    }

    /**
     * The time that `share` (0…1) of all times do not exceed, by nearest rank, as the middle of its bucket; null when
     * nothing was counted.
     * @param {number} share
     * @returns {number | null}
     */
    percentile(share) {
        if (this.count === 0) return null;
        const rank = Math.max(1, Math.ceil(Math.min(1, Math.max(0, share)) * this.count));
        let seen = 0;
        const bucket = this.counts.findIndex((number) => (seen += number) >= rank);
        return middleOfBucket(bucket);
    }

    /**
     * What half, 95 % and 99 % of all times do not exceed; nothing before anything was counted.
     * @returns {{ p50?: number, p95?: number, p99?: number }}
     */
    percentiles() {
        const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => this.percentile(share));
        return p50 === null || p95 === null || p99 === null ? {} : { p50, p95, p99 };
    }
}

/**
 * Where a time is counted.
 * @param {number} milliseconds
 */
function bucketOfTime(milliseconds) {
    if (milliseconds < exactMsMax) return Math.max(0, Math.trunc(milliseconds));
    const last = exactMsMax + bucketsPerDoubling * doublingsMax - 1;
    if (milliseconds >= exactMsMax << doublingsMax) return last;
    // Shifting brings the time to 128…255; how far is the doubling.
    const shift = 24 - Math.clz32(milliseconds);
    return exactMsMax + (shift - 1) * bucketsPerDoubling + (milliseconds >> shift) - bucketsPerDoubling;
}

/**
 * The time that stands for a bucket.
 * @param {number} bucket
 */
function middleOfBucket(bucket) {
    if (bucket < exactMsMax) return bucket;
    const shift = Math.floor((bucket - exactMsMax) / bucketsPerDoubling) + 1;
    const start = (bucketsPerDoubling + ((bucket - exactMsMax) % bucketsPerDoubling)) << shift;
    return start + (((1 << shift) - 1) >> 1);
}
