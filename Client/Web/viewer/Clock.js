// @ts-check

/**
 * @typedef {object} Clock time and chance as the shells of the viewer use them; tests put their own in its place
 * @property {() => number} now an instant of the monotonic clock, in milliseconds
 * @property {() => number} wall milliseconds since 1970: this machine's, or better, once it is known, the coordinate's,
 *   by which tokens end
 * @property {(ms: number, work: () => void) => Timer} after does something once
 * @property {(ms: number, work: () => void) => Timer} every does something again and again
 * @property {(end: number) => number} random a number from 0 to just below `end`, for pauses that differ
 */

/** @typedef {{ cancel: () => void }} Timer something that is still to be done */

/**
 * The clocks of the page or worker.
 * @type {Clock}
 */
export const systemClock = Object.freeze({
    now: () => performance.now(),
    wall: () => Date.now(),
    after: (/** @type {number} */ ms, /** @type {() => void} */ work) => {
        const timer = setTimeout(work, ms);
        return { cancel: () => clearTimeout(timer) };
    },
    every: (/** @type {number} */ ms, /** @type {() => void} */ work) => {
        const timer = setInterval(work, ms);
        return { cancel: () => clearInterval(timer) };
    },
    random: (/** @type {number} */ end) => Math.random() * end,
});
