// @ts-check

/**
 * The coordinate's wall clock as seen from here: the best of several round trips, carried on by the monotonic clock, so
 * that a step of this machine's wall clock changes nothing. Source: Cristian, "Probabilistic clock synchronization",
 * Distributed Computing 3 (1989).
 */
export class CoordinateClock {
    /**
     * @param {number} reference an instant of the monotonic clock, in milliseconds
     * @param {number} wall the coordinate's time then
     * @param {number} errorMs the clock is right to within this much
     */
    constructor(reference, wall, errorMs) {
        this.reference = reference;
        this.wall = wall;
        this.errorMs = errorMs;
    }

    /**
     * From the answer `wall` to a question sent at `sent` and answered at `received`.
     * @param {number} wall
     * @param {number} sent
     * @param {number} received
     */
    static ofRoundTrip(wall, sent, received) {
        const roundTrip = Math.max(0, received - sent);
        // The answer is a whole millisecond, cut off.
        return new CoordinateClock(received - roundTrip / 2, wall, roundTrip / 2 + 0.5);
    }

    /**
     * The local clock, for when the coordinate does not tell: nobody knows how far off.
     * @param {number} localWall
     * @param {number} now
     */
    static local(localWall, now) {
        return new CoordinateClock(now, localWall, Infinity);
    }

    /**
     * The more certain one of two.
     * @param {CoordinateClock} other
     */
    isBetterThan(other) {
        return this.errorMs < other.errorMs;
    }

    /**
     * The coordinate's time at an instant, in milliseconds.
     * @param {number} instant
     */
    wallAt(instant) {
        return this.wall + instant - this.reference;
    }

    /**
     * When the coordinate's clock shows `time`.
     * @param {number} time
     */
    instantOf(time) {
        return this.reference + time - this.wall;
    }
}
