// @ts-check
import { CoordinateClock } from "../core/CoordinateClock.js";
import { readStreamDescription, readTrackerAssignment } from "../wire/StreamDescription.js";
import { baseOfURL, fieldsOfResponse, isSuccess, sendRequest } from "./HTTPRequest.js";

/**
 * @typedef {"unreachable" | "unknownStream" | "refused" | "malformed"} CoordinateFailureKind `unreachable`: no answer
 *   at all. `unknownStream`: the coordinate knows no such stream. `refused`: an answer that is no success. `malformed`:
 *   an answer of the wrong form.
 */

/** Why a coordinate gave no usable answer. */
export class CoordinateFailure extends Error {
    /**
     * @param {CoordinateFailureKind} kind
     * @param {string} message what went wrong and what to try
     * @param {number} status 0 without an answer
     */
    constructor(kind, message, status) {
        super(message);
        this.name = "CoordinateFailure";
        this.kind = kind;
        this.status = status;
    }
}

/** What viewers ask a coordinate. All methods but `clock` throw `CoordinateFailure` and nothing else. */
export class CoordinateAPI {
    static bytesMax = 1 << 20;

    /**
     * @param {string} origin the coordinate's base URL
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(origin, clock) {
        this.origin = baseOfURL(origin);
        this.time = clock;
    }

    /**
     * One stream. Throws `unknownStream` when it is not there.
     * @param {string} name
     * @param {AbortSignal} [signal] ends the question early
     */
    async stream(name, signal) {
        return this.get(`/streams/${name}`, readStreamDescription, { signal });
    }

    /**
     * Tracker, forwards and token for this viewer. Without a tracker (503) the answer still names forwards. Throws
     * `unknownStream` when the stream is not there.
     * @param {string} name
     * @param {AbortSignal} [signal] ends the question early
     */
    async assignment(name, signal) {
        return this.get(`/tracker?stream=${name}`, readTrackerAssignment, { alsoAt: 503, signal });
    }

    /**
     * The coordinate's clock: the best of `rounds` round trips; null when none was answered.
     * @param {number} rounds
     * @returns {Promise<CoordinateClock | null>}
     */
    async clock(rounds) {
        /** @type {CoordinateClock | null} */
        let best = null;
        for (let round = 0; round < rounds; round += 1) {
            const sent = this.time.now();
            try {
                const wall = await this.get("/time", (fields) => fields.time("now"));
                const sample = CoordinateClock.ofRoundTrip(wall, sent, this.time.now());
                if (best === null || sample.isBetterThan(best)) best = sample;
            } catch {
                // The next round may do better.
            }
        }
        return best;
    }

    /**
     * Gets and reads an answer.
     * @template Answer
     * @param {string} path
     * @param {(fields: import("../wire/Fields.js").Fields) => Answer} read throws `WireError`
     * @param {{ alsoAt?: number, signal?: AbortSignal }} settings a status that has a good answer, too
     * @returns {Promise<Answer>}
     */
    async get(path, read, { alsoAt, signal } = {}) {
        const url = this.origin + path;
        const { bytesMax } = CoordinateAPI;
        const headers = { Accept: "application/json" };
        const response = await sendRequest({ url, headers, bytesMax, ...(signal && { signal }) }, this.time);
        const { status, problem } = response;
        if (problem !== null) throw new CoordinateFailure("unreachable", `${url}: ${problem}`, 0);
        if (status === 404) throw new CoordinateFailure("unknownStream", `${url}: there is no such stream`, status);
        const refusal = new CoordinateFailure("refused", `${url} answered ${status}`, status);
        if (!isSuccess(status) && status !== alsoAt) throw refusal;
        try {
            return read(fieldsOfResponse(response));
        } catch (error) {
            if (!isSuccess(status)) throw refusal;
            const reason = /** @type {Error} */ (error).message;
            throw new CoordinateFailure("malformed", `${url}: ${reason}; is this a coordinate?`, status);
        }
    }
}
