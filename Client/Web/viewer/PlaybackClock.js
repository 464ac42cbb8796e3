// @ts-check
import { CoordinateClock } from "../core/CoordinateClock.js";
import { pageTime } from "../media/PageTime.js";
import { systemClock } from "./Clock.js";

/** Two estimates that differ by more than both may err, and this, contradict each other, in milliseconds. */
const contradictionMs = 100;

/** The coordinate's time for one viewer: corrected now and then, and never going back. */
export class PlaybackClock {
    constructor() {
        this.takenAt = systemClock.now();
        this.estimate = CoordinateClock.local(systemClock.wall(), this.takenAt);
        this.latest = -Infinity;
    }

    /** Uncertainty in milliseconds; null while the coordinate has not told its time. */
    get errorMs() {
        const { errorMs } = this.estimate;
        return Number.isFinite(errorMs) ? Math.round(errorMs * 10) / 10 : null;
    }

    /** The coordinate's time, in whole milliseconds. */
    get now() {
        this.latest = Math.max(this.latest, Math.round(this.estimate.wallAt(systemClock.now())));
        return this.latest;
    }

    /**
     * A time of the coordinate by the clock that the page has, too.
     * @param {number} time
     */
    localTime(time) {
        return time + pageTime() - this.now;
    }

    /**
     * Takes a new estimate unless the old one is better even after it has drifted, by up to 1 ms in 10 s. One that is
     * plainly wrong, a guess or from before the machine slept, is no reason to let the time stand still.
     * @param {CoordinateClock} estimate
     */
    correct(estimate) {
        const now = systemClock.now();
        const leastMs = this.estimate.errorMs + (now - this.takenAt) / 10_000;
        const isContradicted =
            Math.abs(estimate.wallAt(now) - this.estimate.wallAt(now)) > estimate.errorMs + leastMs + contradictionMs;
        const isGuess = leastMs === Infinity;
        if (!isContradicted && estimate.errorMs > leastMs) return;
        if (isContradicted || isGuess) this.latest = -Infinity;
        this.estimate = estimate;
        this.takenAt = now;
    }
}
