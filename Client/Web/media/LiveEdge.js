// @ts-check

/**
 * @typedef {object} PlayerView how a player stands; times in seconds of the media
 * @property {number} currentTime
 * @property {boolean} isStarved it has nothing to show (`readyState` below 3)
 * @property {{ start: number, end: number }[]} buffered in rising order
 */

/** @typedef {{ seekTo: number | null, rate: number }} PlayerCorrection what a player is to do, if anything */

/** A range that begins so soon after the current time is reached by playing on, in seconds. */
const reachableGap = 0.1;
/** Into a range so far, because a seek to its very start may miss it by a rounding error. */
const intoRange = 0.01;
/** So far behind what it should be a player jumps rather than hurries, in seconds. */
const jumpBehind = 3;

/**
 * Keeps a player at a distance behind the newest picture: a little faster or slower where that is enough, by a jump
 * where it is not, and over the gaps that lost chunks leave.
 * @param {PlayerView} view
 * @param {number} lag seconds that should lie between the current time and the end of what is buffered
 * @returns {PlayerCorrection}
 */
export function liveEdgeCorrection({ buffered, currentTime, isStarved }, lag) {
    const last = buffered[buffered.length - 1];
    if (last === undefined) return { seekTo: null, rate: 1 };
    const target = Math.max(last.start + intoRange, last.end - lag);
    if (currentTime < buffered[0].start - reachableGap) return { seekTo: target, rate: 1 };
    const behind = last.end - currentTime - lag;
    if (behind > jumpBehind) return { seekTo: target, rate: 1 };
    const next = buffered.find(({ start }) => start > currentTime);
    if (isStarved && next !== undefined && next.start - currentTime > reachableGap) {
        return { seekTo: next.start + intoRange, rate: 1 };
    }
    if (behind > 0.15) return { seekTo: null, rate: 1.1 };
    if (behind > 0.05) return { seekTo: null, rate: 1.03 };
    return { seekTo: null, rate: behind < -0.15 ? 0.95 : 1 };
}
