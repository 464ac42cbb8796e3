// @ts-check

/** What lies over a picture goes after this without a movement, in milliseconds. */
const idleMs = 3_000;

/** Knows whether a visitor has not stirred for a while. */
export class Idling {
    /** @param {(isIdle: boolean) => void} onChange */
    constructor(onChange) {
        this.onChange = onChange;
        this.isIdle = false;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.timer = undefined;
    }

    /** The visitor moved, touched or typed something. */
    stir() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.set(true), idleMs);
        this.set(false);
    }

    /** The visitor has turned away. */
    leave() {
        clearTimeout(this.timer);
        this.set(true);
    }

    /** Ends the wait; nothing is told any more. */
    stop() {
        clearTimeout(this.timer);
    }

    /** @param {boolean} isIdle */
    set(isIdle) {
        if (isIdle === this.isIdle) return;
        this.isIdle = isIdle;
        this.onChange(isIdle);
    }
}
