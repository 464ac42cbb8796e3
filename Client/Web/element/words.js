// @ts-check
import { bitrateText } from "./figures.js";

/** @typedef {import("../viewer/ViewerTypes.js").ViewerState} ViewerState */
/** @typedef {import("../viewer/EngineMessages.js").EngineActivity} EngineActivity */

/**
 * @typedef {object} Wording how a viewer stands, for people
 * @property {"good" | "busy" | "trouble" | "quiet"} tone
 * @property {string} short a few words beside the picture
 * @property {string} title in place of the picture, when there is none
 * @property {string} detail a sentence below the title; may be empty
 * @property {boolean} isSpinning something is being waited for that comes by itself
 * @property {import("./icons.js").IconName} icon
 */

/**
 * @param {Wording["tone"]} tone
 * @param {string} short
 * @param {string} detail
 * @param {Partial<Wording>} [more]
 * @returns {Wording}
 */
function wording(tone, short, detail, more = {}) {
    return { tone, short, title: short, detail, isSpinning: tone === "busy", icon: "signal", ...more };
}

const offlineWords = wording("trouble", "You are offline", "We go on as soon as you are back.", { icon: "offline" });

/** @type {Partial<Record<EngineActivity, Wording>>} */
const startingWords = {
    finding: wording("busy", "Looking for the stream…", ""),
    joining: wording("busy", "Meeting other viewers…", ""),
    buffering: wording("busy", "Almost there…", ""),
    resuming: wording("busy", "Picking up where you left…", ""),
    retrying: wording("busy", "Trying again…", ""),
};

/** @type {Partial<Record<EngineActivity, Wording>>} */
const playingWords = {
    repairing: wording("good", "A viewer nearby left, others take over", "", { title: "Smooth" }),
    forward: wording("good", "Smooth · from the server", ""),
    "searching-tracker": wording("good", "Smooth · looking for other viewers", ""),
    resuming: wording("busy", "Picking up where you left…", ""),
    retrying: wording("busy", "Reconnecting…", ""),
};

/** @type {Record<ViewerState, Wording>} */
const stateWords = {
    starting: wording("busy", "Getting ready…", ""),
    playing: wording("good", "Smooth", ""),
    rebuffering: wording("busy", "Catching up…", "The connection is slower than the stream right now."),
    paused: wording("quiet", "Paused", "", { icon: "pause" }),
    waiting: wording("quiet", "Waiting for the broadcaster", "The picture comes back by itself."),
    ended: wording("quiet", "The broadcast has ended", "Thank you for watching.", { icon: "end" }),
    unknown: wording(
        "quiet", "Nothing is on here yet", "No stream of this name is live. When it begins, it starts here."),
    unreachable: wording("trouble", "The server does not answer", "We keep trying.", { icon: "offline" }),
    unsupported: wording(
        "trouble", "This browser cannot play the stream", "A current Chrome, Edge, Firefox or Safari can.",
        { icon: "question" }),
    stopped: wording("quiet", "Stopped", "Press play to watch again.", { icon: "play" }),
};

/** What is said of an address that is no stream's. */
export const addressWords = wording(
    "trouble", "There is nothing to play here", "The address is not that of a stream.", { icon: "question" });

/**
 * Says how a viewer stands in plain words.
 * @param {ViewerState} state
 * @param {EngineActivity} activity
 * @returns {Wording}
 */
export function wordsFor(state, activity) {
    if (activity === "offline" && !["ended", "unsupported", "stopped"].includes(state)) {
        if (state !== "playing") return offlineWords;
        return { ...offlineWords, short: "You are offline; we go on as soon as you are back" };
    }
    if (state === "starting") return startingWords[activity] ?? stateWords.starting;
    if (state === "playing") return playingWords[activity] ?? stateWords.playing;
    return stateWords[state] ?? stateWords.starting;
}

/** A viewer so little behind what it aims at is live, in milliseconds. */
const liveSlackMs = 1_500;

/**
 * How far a viewer is behind where it could be.
 * @param {{ liveLatencyMs?: number | null, targetMs?: number | null }} statistics
 * @param {number} pausedMs for which it has been paused
 * @returns {{ isLive: boolean, behindSeconds: number }}
 */
export function liveStanding({ liveLatencyMs, targetMs }, pausedMs) {
    const latencyMs = typeof liveLatencyMs === "number" ? liveLatencyMs - (targetMs ?? 0) : 0;
    const behindMs = Math.max(latencyMs, pausedMs);
    return { isLive: behindMs < liveSlackMs, behindSeconds: Math.max(1, Math.round(behindMs / 1_000)) };
}

/**
 * @typedef {object} GivingFacts
 * @property {boolean} gives
 * @property {boolean} isMetered
 * @property {boolean} usesPeers
 * @property {number} children viewers that are fed
 * @property {number} uploadBitrate bits a second
 */

/**
 * What the switch for giving says below its title.
 * @param {GivingFacts} facts
 * @returns {string}
 */
export function givingWords({ gives, isMetered, usesPeers, children, uploadBitrate }) {
    if (!usesPeers) return "This player takes everything from servers, and meets no other viewers.";
    const cost = "It uses your upload, never more than it can spare.";
    if (gives && children > 0) return `You pass parts of it on, ${bitrateText(uploadBitrate)} right now. ${cost}`;
    if (gives) return `When others need it, you pass parts of it on. ${cost}`;
    if (isMetered) return "Off, as your connection seems to be paid by volume. Turn it on if it is not.";
    return `Off: you only watch. On, you pass parts of the stream on to others. ${cost}`;
}
