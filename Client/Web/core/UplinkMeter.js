// @ts-check
import { Backlog } from "./Backlog.js";

/** @type {(value: number, least: number, most: number) => number} */
const clampedTo = (value, least, most) => Math.min(Math.max(value, least), most);

/**
 * @typedef {object} UplinkView what the meter looks at, every tick
 * @property {number} children children that are fed, by stripe and viewer
 * @property {number} links links over which they are
 * @property {number} stuckLinks those whose queue is stuck
 * @property {boolean} isHeldBack the upload's limit holds something back
 * @property {number} waitingMs milliseconds of stream that wait for the child that waits for most
 * @property {number} stripeBytesPerSecond what one child needs; 0 while unknown
 */

/**
 * How many children this viewer's uplink can feed, judged by what its links have carried.
 *
 * What was acknowledged is only a lower bound of what an uplink carries; where it ends shows when the queues of
 * children do not drain. So the meter probes: while all children are served it declares one more, and when queues are
 * stuck it declares what 80 % of the carried rate feed, at once. What was found to be too much is not tried again for a
 * minute, then two, up to ten.
 */
export class UplinkMeter {
    /** Children that a viewer feeds before anything is measured. */
    static start = 2;
    /** The most that one ever feeds. */
    static most = 8;
    /** Of what the uplink carries so much is declared. */
    static share = 0.8;
    /** What a limit allows is given up only when so much would not do. */
    static keptShare = 0.85;
    /** Of what the children take, so much must be carried for their queues to drain: there are manifests, too. */
    static drainingShare = 1.1;
    /** All children must have been served for so long before one more is declared, in milliseconds. */
    static growMs = 5_000;
    /** After children were given up, the queues of those who stay have so long to drain. */
    static settleMs = 4_000;
    /** What was too much is tried again after this, doubled each time. */
    static retryMs = 60_000;
    /** The longest such pause. */
    static retryMaxMs = 600_000;
    /**
     * What was too much and has been carried for so long is too much no longer: a queue that is a little too slow takes
     * minutes to show.
     */
    static trustMs = 300_000;

    /**
     * @param {{ limitBytesPerSecond?: number | null, start?: number, childrenMax?: number }} settings what may be sent
     *   to others, null for no limit; children to begin with; children at most, 0 … 8 (clamped)
     */
    constructor({ limitBytesPerSecond = null, start = UplinkMeter.start, childrenMax = UplinkMeter.most } = {}) {
        this.limit = limitBytesPerSecond;
        this.childrenMax = limitBytesPerSecond === 0 ? 0 : clampedTo(childrenMax, 0, UplinkMeter.most);
        /** Children that can be fed, 0 … 8. */
        this.capacity = clampedTo(start, 0, this.childrenMax);
        /**
         * What the uplink carried when it was full, in bytes a second; null while it never was.
         * @type {number | null}
         */
        this.fullBytesPerSecond = null;
        /** What the links have carried lately, in bytes a second. */
        this.carriedBytesPerSecond = 0;
        this.bytes = 0;
        /** @type {number | null} */
        this.secondBegan = null;
        /** @type {number | null} */
        this.lastSecond = null;
        /** @type {number | null} */
        this.calmSince = null;
        /** @type {number | null} */
        this.grownAt = null;
        /** @type {number | null} */
        this.settlesUntil = null;
        /**
         * So many children were too much, and so many were found to be what can be fed: more are not tried before
         * `retryAt`.
         * @type {{ tooMany: number, capacity: number } | null}
         */
        this.found = null;
        this.retryAt = 0;
        this.pauseMs = UplinkMeter.retryMs;
    }

    /**
     * Queues are being given the time to drain: nobody else should be taken in.
     * @param {number} now by the monotonic clock
     */
    isSettling(now) {
        return this.settlesUntil !== null && now < this.settlesUntil;
    }

    /**
     * So many bytes have arrived at children.
     * @param {number} count
     */
    carried(count) {
        this.bytes += Math.max(0, count);
    }

    /**
     * Judges how things are.
     * @param {UplinkView} view
     * @param {number} now by the monotonic clock
     */
    look(view, now) {
        this.measure(now);
        this.capacity = Math.min(this.capacity, this.allowed(view.stripeBytesPerSecond, UplinkMeter.keptShare));
        // One child that takes nothing may have itself to blame: it must be most of them, unless the limit is known to
        // be it.
        if (view.stuckLinks > 0 && (view.isHeldBack || view.stuckLinks * 2 > view.links)) {
            this.calmSince = null;
            // While children come and go there are more of them for a moment: that proves nothing against what was
            // declared.
            if (!this.isSettling(now) && view.children <= this.capacity) this.shrink(view, now);
        } else if (view.stuckLinks > 0 || view.waitingMs > Backlog.toleratedMs) {
            this.calmSince = null;
        } else {
            this.calmSince ??= now;
            this.grow(view, now, this.calmSince);
        }
    }

    /** This process stood still: what was seen meanwhile says nothing about the uplink. */
    interrupt() {
        this.calmSince = null;
        this.secondBegan = null;
        this.bytes = 0;
    }

    /**
     * Finds, once a second, what has been carried.
     * @param {number} now
     */
    measure(now) {
        if (this.secondBegan === null) {
            this.secondBegan = now;
            return;
        }
        const passedMs = now - this.secondBegan;
        if (passedMs < 1_000) return;
        const rate = (this.bytes * 1_000) / passedMs;
        // The mean of two seconds: chunks of keyframes are large.
        this.carriedBytesPerSecond = Math.floor((rate + (this.lastSecond ?? rate)) / 2);
        this.lastSecond = rate;
        this.secondBegan = now;
        this.bytes = 0;
    }

    /**
     * What the upload's limit allows. What is kept already may take a little more, so that a rate that varies does not
     * cost a child its parent every few seconds.
     * @param {number} stripe bytes a second
     * @param {number} share of the limit
     */
    allowed(stripe, share) {
        if (this.limit === null || stripe <= 0) return this.childrenMax;
        return Math.min(this.childrenMax, Math.floor((this.limit * share) / stripe));
    }

    /**
     * The uplink is full: fewer children are declared.
     * @param {UplinkView} view
     * @param {number} now
     */
    shrink(view, now) {
        const carried = this.carriedBytesPerSecond;
        const stripe = view.stripeBytesPerSecond;
        this.fullBytesPerSecond = carried;
        // More goes out than comes in: what waits gets less, if slowly.
        if (stripe > 0 && carried >= view.children * stripe * UplinkMeter.drainingShare) return;
        const fits = stripe > 0 ? Math.floor((UplinkMeter.share * carried) / stripe) : view.children - 1;
        // Fewer than there are, or nothing gets better.
        this.capacity = Math.max(0, Math.min(this.capacity, fits, view.children - 1));
        this.settlesUntil = now + UplinkMeter.settleMs;
        if (this.found !== null) this.pauseMs = Math.min(2 * this.pauseMs, UplinkMeter.retryMaxMs);
        this.found = { tooMany: view.children, capacity: this.capacity };
        this.retryAt = now + this.pauseMs;
    }

    /**
     * All children are served: one more may be declared.
     * @param {UplinkView} view
     * @param {number} now
     * @param {number} calmSince
     */
    grow(view, now, calmSince) {
        const grownForMs = now - (this.grownAt ?? now);
        if (this.found !== null && view.children >= this.found.tooMany && grownForMs >= UplinkMeter.trustMs) {
            // What was too much once is carried by now.
            this.found = null;
            this.pauseMs = UplinkMeter.retryMs;
        }
        const allowed = this.allowed(view.stripeBytesPerSecond, UplinkMeter.share);
        if (view.children < this.capacity || this.capacity >= allowed || now - calmSince < UplinkMeter.growMs) return;
        if (this.found !== null && this.capacity >= this.found.capacity && now < this.retryAt) return;
        // Children that take nothing, because nothing comes, prove nothing.
        if (this.carriedBytesPerSecond < this.capacity * view.stripeBytesPerSecond * UplinkMeter.share) return;
        this.capacity += 1;
        this.calmSince = now;
        this.grownAt = now;
    }
}
