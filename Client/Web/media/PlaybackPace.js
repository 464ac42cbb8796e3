// @ts-check

/**
 * @typedef {object} PlayerView how a player stands; times of the media in seconds
 * @property {number} now by the monotonic clock, in milliseconds
 * @property {number} currentTime
 * @property {boolean} isPaused its visitor wants it to stand still
 * @property {boolean} isStarved it has nothing to show
 * @property {{ start: number, end: number }[]} buffered in rising order
 * @property {number | null} latencyMs from publication to what is shown now; null before anything is
 */

/** @typedef {{ seekTo: number | null, rate: number }} PlayerCorrection what a player is to do */

/** A range that begins so soon after the current time is reached by playing on, in seconds. */
const reachableGap = 0.02;
/** Into a range so far, because a seek to its very start may miss it by a rounding error. */
const intoRange = 0.01;
/** So far behind its place a player jumps rather than hurries, in milliseconds. */
const jumpMs = 3_000;
/** What must be left ahead of a player that hurries, in milliseconds: less, and it would soon stand still. */
const hurryAheadMs = 700;

/**
 * How fast a player plays. A newcomer shows the newest keyframe at once, and has next to nothing in reserve; it plays a
 * twentieth slower from then on until the picture is as far behind the publication as it is meant to be. A pause for
 * want of data does the same in one step. Who falls behind hurries a little, or jumps, and gaps that lost chunks leave
 * are skipped. Pure: time is a parameter.
 */
export class PlaybackPace {
    /** By how much a newcomer falls back, in milliseconds a second. */
    static fallBack = 50;

    /** @param {number} goalMs from publication to the picture, in the end */
    constructor(goalMs) {
        this.goalMs = goalMs;
        /**
         * Where the picture is to be now, in milliseconds behind the publication; null before there is one.
         * @type {number | null}
         */
        this.targetMs = null;
        this.lookedAt = 0;
        /** @type {"even" | "fast" | "slow"} */
        this.gait = "even";
    }

    /**
     * The player had nothing to show and shows again: so late it need not hurry to be early.
     * @param {number} latencyMs
     */
    stalled(latencyMs) {
        if (this.targetMs !== null) this.targetMs = Math.min(this.goalMs, Math.max(this.targetMs, latencyMs));
    }

    /**
     * What to do now; to be called about ten times a second.
     * @param {PlayerView} view
     * @returns {PlayerCorrection}
     */
    look(view) {
        const { buffered, currentTime, isPaused, isStarved, latencyMs, now } = view;
        const passedMs = now - this.lookedAt;
        this.lookedAt = now;
        const last = buffered[buffered.length - 1];
        if (last === undefined || isPaused) return { seekTo: null, rate: 1 };
        if (currentTime < buffered[0].start - reachableGap) return { seekTo: buffered[0].start + intoRange, rate: 1 };
        const next = buffered.find(({ start }) => start > currentTime);
        if (isStarved && next !== undefined && next.start - currentTime > reachableGap) {
            return { seekTo: next.start + intoRange, rate: 1 };
        }
        if (latencyMs === null) return { seekTo: null, rate: 1 };
        if (this.targetMs === null) this.targetMs = Math.min(this.goalMs, latencyMs);
        else if (!isStarved) {
            const step = Math.min(passedMs, 1_000) * (PlaybackPace.fallBack / 1_000);
            this.targetMs = Math.min(this.goalMs, this.targetMs + step);
        }
        const lateMs = latencyMs - this.targetMs;
        const aheadMs = (last.end - currentTime) * 1_000;
        if (lateMs > jumpMs) {
            const place = Math.max(last.start + intoRange, Math.min(currentTime + lateMs / 1_000, last.end - 0.3));
            if (place > currentTime + 0.5) return { seekTo: place, rate: 1 };
        }
        return { seekTo: null, rate: this.rate(lateMs, aheadMs) };
    }

    /**
     * Begins late and ends early, so that the rate seldom changes: each change may be heard.
     * @param {number} lateMs
     * @param {number} aheadMs
     */
    rate(lateMs, aheadMs) {
        if (lateMs > 300 && aheadMs > hurryAheadMs) this.gait = "fast";
        else if (lateMs < -60) this.gait = "slow";
        else if (this.gait === "fast" && (lateMs < 50 || aheadMs < hurryAheadMs / 2)) this.gait = "even";
        else if (this.gait === "slow" && lateMs > -10) this.gait = "even";
        if (this.gait === "slow") return 0.95;
        if (this.gait === "even") return 1;
        return lateMs > 1_000 ? 1.1 : 1.05;
    }
}
