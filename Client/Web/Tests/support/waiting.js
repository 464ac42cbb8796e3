// @ts-check
import assert from "node:assert/strict";

/** Waits until something holds, up to five seconds. Returns what `condition` came to. */
export async function until(condition, what = String(condition)) {
    const end = performance.now() + 5_000;
    for (;;) {
        const value = condition();
        if (value) return value;
        if (performance.now() > end) assert.fail(`never: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
}

/** Time that moves when the test says so; chance that is always the same. */
export class ManualClock {
    time = 1_000;
    share = 0;
    #timers = [];

    now = () => this.time;
    wall = () => 1_700_000_000_000 + this.time;
    random = (end) => this.share * end;
    after = (ms, work) => this.#add(ms, null, work);
    every = (ms, work) => this.#add(ms, ms, work);

    /** Timers that are not done or cancelled. */
    get pending() {
        return this.#timers.length;
    }

    /** Lets time pass, and does what is due, in order. */
    advance(ms) {
        const end = this.time + ms;
        for (;;) {
            const next = this.#timers.reduce((best, each) => (best && best.at <= each.at ? best : each), null);
            if (next === null || next.at > end) break;
            this.time = Math.max(this.time, next.at);
            if (next.period === null) this.#remove(next);
            else next.at += next.period;
            next.work();
        }
        this.time = end;
    }

    #add(ms, period, work) {
        const timer = { at: this.time + ms, period, work };
        this.#timers.push(timer);
        return { at: timer.at, cancel: () => this.#remove(timer) };
    }

    #remove(timer) {
        this.#timers = this.#timers.filter((each) => each !== timer);
    }
}
