// @ts-check
import { countText, durationText } from "../element/figures.js";

/**
 * @typedef {object} ListedStream what `GET /streams` tells of a stream, as far as it is shown (PROTOCOL.md §8)
 * @property {string} name
 * @property {"live" | "waiting" | "ended"} state
 * @property {number} width
 * @property {number} height
 * @property {number} bitrate bits a second
 * @property {number} startedAt wall milliseconds
 * @property {number} viewers
 * @property {number | null} offload 0 … 1; null before anything is known
 */

/** More streams than a page can show are not shown. */
const listedMax = 500;

/**
 * Whether a text can be the name of a stream in a path.
 * @param {unknown} name
 * @returns {name is string}
 */
export function isStreamName(name) {
    return typeof name === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(name) && name !== "." && name !== "..";
}

/**
 * The name of a stream at the end of a page's path.
 * @param {string} path `/NAME` or `/watch/NAME`
 * @returns {string | null}
 */
export function streamNameOf(path) {
    const last = path.split("/").pop() ?? "";
    return isStreamName(last) ? last : null;
}

/**
 * Reads the answer of `GET /streams`; what it does not understand it leaves out.
 * @param {unknown} answer
 * @returns {ListedStream[]} live ones first, those with most viewers first
 */
export function readStreams(answer) {
    const list = /** @type {{ streams?: unknown } | null} */ (answer)?.streams;
    if (!Array.isArray(list)) return [];
    const number = (/** @type {unknown} */ value) => (typeof value === "number" && value >= 0 ? value : 0);
    const streams = list.slice(0, listedMax).flatMap((each) => {
        if (!isStreamName(each?.name) || !Object.hasOwn(stateOrder, each.state)) return [];
        /** @type {ListedStream} */
        const stream = {
            name: each.name, state: each.state, width: number(each.width), height: number(each.height),
            bitrate: number(each.bitrate), startedAt: number(each.startedAt), viewers: number(each.viewers),
            offload: typeof each.offload === "number" ? Math.min(1, Math.max(0, each.offload)) : null,
        };
        return [stream];
    });
    return streams.sort((one, other) => stateOrder[one.state] - stateOrder[other.state]
        || other.viewers - one.viewers || (one.name < other.name ? -1 : 1));
}

const stateOrder = { live: 0, waiting: 1, ended: 2 };

/** What the states of a stream are called in a list. */
export const stateBadges = { live: "LIVE", waiting: "Waiting for the broadcaster", ended: "Ended" };

/**
 * How many watch, in words.
 * @param {number} viewers
 * @returns {string}
 */
export function viewersText(viewers) {
    return viewers === 0 ? "Nobody watching yet" : viewers === 1 ? "1 viewer" : `${countText(viewers)} viewers`;
}

/**
 * The size of a picture as people call it.
 * @param {{ width: number, height: number }} size
 * @returns {string} "" when there is no picture known
 */
export function sizeText({ width, height }) {
    if (width === 0 || height === 0) return "";
    const lines = Math.min(width, height);
    return [480, 720, 1080, 1440, 2160].includes(lines) ? `${lines}p` : `${width} × ${height}`;
}

/**
 * Since when a stream is on.
 * @param {number} startedAt wall milliseconds
 * @param {number} now wall milliseconds
 * @returns {string} "" when that is not known
 */
export function sinceText(startedAt, now) {
    if (startedAt === 0) return "";
    const ms = Math.max(0, now - startedAt);
    if (ms < 60_000) return "just started";
    if (ms < 3_600_000) return `for ${Math.floor(ms / 60_000)} min`;
    if (ms < 86_400_000) return `for ${durationText(ms)}`;
    const days = Math.floor(ms / 86_400_000);
    return days === 1 ? "for 1 day" : `for ${days} days`;
}

/**
 * All of it in a line.
 * @param {ListedStream[]} streams
 * @returns {string}
 */
export function summaryText(streams) {
    const live = streams.filter(({ state }) => state === "live");
    if (live.length === 0) return streams.length === 0 ? "" : "No broadcaster is on at the moment";
    const viewers = live.reduce((sum, stream) => sum + stream.viewers, 0);
    const words = live.length === 1 ? "1 stream" : `${countText(live.length)} streams`;
    return viewers === 0 ? words : `${words} · ${viewersText(viewers)}`;
}
