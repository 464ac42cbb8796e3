// @ts-check
import { RecordParser } from "../wire/RecordParser.js";
import { WireLimits } from "../wire/WireLimits.js";
import { baseOfURL, sendRequest } from "./HTTPRequest.js";

/**
 * @typedef {object} ChunkRequest what is asked of a forward
 * @property {string} forward its base URL
 * @property {number} sequence
 * @property {number[]} indices the pieces; all of the chunk when there are none
 * @property {import("../core/PeerTime.js").ForwardReason} why
 * @property {string} token
 */

/** Gets single chunks and pieces from a forward's `/chunk`. */
export class ChunkFetcher {
    /** Requests under way; more are not made: their pieces would come too late anyway. */
    static requestsMax = 8;
    /** More pieces than this are asked for as a whole chunk. */
    static piecesMax = 3;
    static timeoutMs = 2_000;
    static bytesMax = WireLimits.chunkBytesMax + (1 << 18);

    /**
     * @param {string} stream
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(stream, clock) {
        this.stream = stream;
        this.clock = clock;
        /** @type {(record: import("../wire/Record.js").StreamRecord) => void} */
        this.onRecord = () => {};
        this.running = 0;
        this.abort = new AbortController();
        this.isStopped = false;
    }

    /** Ends it, and what is under way. */
    stop() {
        this.isStopped = true;
        this.abort.abort();
    }

    /** What is under way may hang: it is given up, so that new requests find room. */
    networkChanged() {
        if (this.isStopped) return;
        this.abort.abort();
        this.abort = new AbortController();
    }

    /**
     * Asks for pieces of one chunk.
     * @param {ChunkRequest} request
     */
    fetch({ forward, sequence, indices, why, token }) {
        const base = `${baseOfURL(forward)}/chunk/${this.stream}/${sequence}`;
        const isWhole = indices.length === 0 || indices.length > ChunkFetcher.piecesMax;
        const paths = isWhole ? [""] : indices.map((index) => `/${index}`);
        // A header would cost a round trip: the browser asks first whether it may send one.
        for (const path of paths) void this.get(`${base}${path}?why=${why}&token=${token}`);
    }

    /**
     * Gets records.
     * @param {string} url
     */
    async get(url) {
        if (this.running >= ChunkFetcher.requestsMax || this.isStopped) return;
        this.running += 1;
        const { timeoutMs, bytesMax } = ChunkFetcher;
        const { signal } = this.abort;
        const answer = await sendRequest({ url, timeoutMs, bytesMax, signal }, this.clock);
        this.running -= 1;
        if (answer.status !== 200) return;
        const parser = new RecordParser();
        parser.append(answer.body);
        while (!signal.aborted) {
            const record = nextRecord(parser);
            if (record === null) return;
            this.onRecord(record);
        }
    }
}

/**
 * The next record; null after the last, and after one that cannot be read.
 * @param {RecordParser} parser
 */
function nextRecord(parser) {
    try {
        return parser.next();
    } catch {
        return null;
    }
}
