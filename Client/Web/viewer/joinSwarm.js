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
 * Asks a tracker for a place. Never throws.
 * @param {SwarmJoin} join
 * @param {import("./Clock.js").Clock} clock
 * @param {AbortSignal} signal ends it early
 * @returns {Promise<{ place: import("../wire/PeerPlace.js").PeerPlace | null, isDisowned: boolean }>} null when there
 *   is none now. `isDisowned`: what the viewer had before counts for nothing any more
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
    if (!isSuccess(answer.status)) return { place: null, isDisowned: answer.status === 401 || answer.status === 403 };
    try {
        return { place: readPeerPlace(fieldsOfResponse(answer)), isDisowned: false };
    } catch {
        return { place: null, isDisowned: false };
    }
}
