// @ts-check
import { Fields } from "../wire/Fields.js";
import { HTTPTransfer } from "./HTTPTransfer.js";

/**
 * @typedef {object} HTTPResponse a whole answer, or why there is none
 * @property {number} status 0 without a whole answer
 * @property {Uint8Array} body empty without one
 * @property {number | null} retryAfterMs how long to wait before asking again, if the service says so
 * @property {string | null} problem why there is no whole answer; for people
 */

/** Most bytes of an answer that are collected when the request does not say: 4 MiB. */
const responseBytesMax = 4 << 20;

/**
 * Asks, and waits for the whole answer. Never throws: what goes wrong is in the answer, whose status is 0 then. Memory
 * is bounded by `bytesMax`: reading stops there.
 * @param {import("./HTTPTransfer.js").HTTPRequest} request
 * @param {import("./Clock.js").Clock} clock
 * @returns {Promise<HTTPResponse>}
 */
export function sendRequest(request, clock) {
    const bytesMax = request.bytesMax ?? responseBytesMax;
    return new Promise((resolve) => {
        let status = 0;
        let count = 0;
        /** @type {number | null} */
        let retryAfterMs = null;
        /** @type {Uint8Array[]} */
        const portions = [];
        /** @type {(problem: string) => HTTPResponse} */
        const none = (problem) => ({ status: 0, body: new Uint8Array(0), retryAfterMs: null, problem });
        const transfer = new HTTPTransfer(
            request,
            {
                onHead: (code, pauseMs) => {
                    status = code;
                    retryAfterMs = pauseMs;
                },
                onBytes: (bytes) => {
                    count += bytes.length;
                    portions.push(bytes);
                    if (count <= bytesMax) return;
                    transfer.cancel();
                    resolve(none(`the answer has more than ${bytesMax} bytes`));
                },
                onEnd: (problem) => {
                    if (problem !== null) return resolve(none(problem));
                    resolve({ status, body: joined(portions, count), retryAfterMs, problem });
                },
            },
            clock,
        );
    });
}

/**
 * Whether a status says that what was asked for was done.
 * @param {number} status
 */
export function isSuccess(status) {
    return status >= 200 && status < 300;
}

/**
 * The fields of a JSON object in an answer. Throws `WireError`.
 * @param {HTTPResponse} response
 */
export function fieldsOfResponse({ body }) {
    return Fields.parse(new TextDecoder().decode(body));
}

/**
 * A base URL without the slash that may end it, so that a path can follow.
 * @param {string} url
 */
export function baseOfURL(url) {
    return url.endsWith("/") ? url.slice(0, -1) : url;
}

/**
 * Portions as one.
 * @param {Uint8Array[]} portions
 * @param {number} count bytes of all
 */
function joined(portions, count) {
    if (portions.length === 1) return portions[0];
    const bytes = new Uint8Array(count);
    let filled = 0;
    for (const portion of portions) {
        bytes.set(portion, filled);
        filled += portion.length;
    }
    return bytes;
}
