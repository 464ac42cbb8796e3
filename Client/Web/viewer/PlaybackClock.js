// @ts-check
import { CoordinateClock } from "../core/CoordinateClock.js";
import { systemClock } from "./Clock.js";

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
     * A time of the coordinate by this machine's wall clock: the page has the same.
     * @param {number} time
     */
    localWall(time) {
        return time + systemClock.wall() - this.now;
    }

    /**
     * Takes a new estimate unless the old one is better even after it has drifted, by up to 1 ms in 10 s.
     * @param {CoordinateClock} estimate
     */
    correct(estimate) {
        const drift = (systemClock.now() - this.takenAt) / 10_000;
        if (estimate.errorMs > this.estimate.errorMs + drift) return;
        this.estimate = estimate;
        this.takenAt = systemClock.now();
    }
}
