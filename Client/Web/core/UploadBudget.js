// @ts-check

/** Holds what is sent to other viewers below a rate: a token bucket of a quarter of a second. */
export class UploadBudget {
    /** @param {number | null} bytesPerSecond null for no limit */
    constructor(bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        this.tokens = 0;
        /** @type {number | null} */
        this.at = null;
    }

    /**
     * Time has passed.
     * @param {number} now by the monotonic clock
     */
    refill(now) {
        if (this.bytesPerSecond === null) return;
        const seconds = this.at === null ? 0.25 : (now - this.at) / 1_000;
        if (this.at !== null && seconds < 0.005) return;
        // One message of the largest size always fits in, or nothing would ever be sent at low rates.
        const burst = Math.max(this.bytesPerSecond / 4, 20_000);
        this.tokens = Math.min(burst, this.tokens + seconds * this.bytesPerSecond);
        this.at = now;
    }

    /** True when something may be sent now. */
    get hasRoom() {
        return this.bytesPerSecond === null || (this.bytesPerSecond > 0 && this.tokens > 0);
    }

    /**
     * What must be left after one of `count` who want to send has had its share.
     * @param {number} count
     */
    floorAfterShareOf(count) {
        return this.tokens > 0 ? this.tokens - this.tokens / count : 0;
    }

    /**
     * True when something may be sent now, and `floor` is left.
     * @param {number} floor
     */
    hasRoomAbove(floor) {
        return this.hasRoom && (this.bytesPerSecond === null || this.tokens > floor);
    }

    /**
     * Something was sent.
     * @param {number} bytes
     */
    spend(bytes) {
        if (this.bytesPerSecond !== null) this.tokens -= bytes;
    }
}
