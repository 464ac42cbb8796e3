// @ts-check
import { peerJoinBody } from "../wire/PeerReport.js";
import { readPeerPlace } from "../wire/PeerPlace.js";
import { fieldsOfResponse, isSuccess, sendRequest } from "./HTTPRequest.js";

/** Milliseconds for an answer to who joins. */
const joinTimeoutMs = 3_000;

/**
 * @typedef {object} SwarmJoin what is asked of a tracker
 * @property {string} origin of the tracker
 * @property {string} stream
 * @property {number} capacity how many children the viewer can feed
 * @property {import("../wire/PeerReport.js").PeerResume | null} resume what it still has of a place, if it had one
 */

/**
 * @typedef {object} SwarmAnswer what it says
 * @property {import("../wire/PeerPlace.js").PeerPlace | null} place null when there is none now
 * @property {boolean} isDisowned what the viewer had before counts for nothing any more
 * @property {number} heldOffMs how long it asked not to be asked again; 0 when it did not
 */

/**
 * Asks a tracker for a place. Never throws.
 * @param {SwarmJoin} join
 * @param {import("./Clock.js").Clock} clock
 * @param {AbortSignal} signal ends it early
 * @returns {Promise<SwarmAnswer>}
 */
export async function joinSwarm({ origin, stream, capacity, resume }, clock, signal) {
    const request = {
        url: `${origin}/peers`,
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: peerJoinBody(stream, capacity, resume),
        timeoutMs: joinTimeoutMs,
        signal,
    };
    const answer = await sendRequest(request, clock);
    const refusal = {
        place: null, isDisowned: answer.status === 401 || answer.status === 403, heldOffMs: answer.retryAfterMs ?? 0 };
    if (!isSuccess(answer.status)) return refusal;
    try {
        return { ...refusal, place: readPeerPlace(fieldsOfResponse(answer)) };
    } catch {
        return refusal;
    }
}
