// @ts-check
import { Fields } from "../wire/Fields.js";
import { RecordParser } from "../wire/RecordParser.js";
import { readStreamDescription } from "../wire/StreamDescription.js";
import { baseOfURL } from "./HTTPRequest.js";
import { HTTPTransfer } from "./HTTPTransfer.js";

/**
 * What the records of a stripe say.
 *
 * - `initSegment`: its hash has been checked.
 * - `manifest`: nothing about it has been checked.
 * @typedef {{ kind: "hello", hello: import("../wire/StreamDescription.js").StreamDescription }
 *   | { kind: "initSegment", hash: string, bytes: Uint8Array }
 *   | { kind: "manifest", signed: import("../wire/SignedManifest.js").SignedManifest }
 *   | { kind: "piece", sequence: number, index: number, bytes: Uint8Array }
 *   | { kind: "state", state: import("../wire/Record.js").StreamState }
 *   | { kind: "ping" }} ForwardEvent
 */

/**
 * How a connection ended.
 *
 * - `unauthorized`: the token was refused.
 * - `unknownStream`: the forward has no such stream.
 * - `poolExhausted`: it has no room for viewers with this reason, and says when to ask again.
 * - `misbehaved`: it sent what no honest forward sends.
 * - `failed`: it broke, was refused, or fell silent.
 * @typedef {{ kind: "unauthorized" } | { kind: "unknownStream" } | { kind: "poolExhausted", retryMs: number }
 *   | { kind: "misbehaved", reason: string } | { kind: "failed", reason: string }} ForwardEnd
 */

/**
 * @typedef {object} StripeRequest what is asked of a forward
 * @property {string} forward its base URL
 * @property {string} stream
 * @property {number[]} stripes
 * @property {import("../core/PeerTime.js").ForwardReason} why
 * @property {string} token
 * @property {number | null} from the first chunk; null for the newest group
 */

/**
 * @typedef {object} ForwardDelegate who hears of a connection; nothing is called any more once it is cancelled
 * @property {(connection: ForwardConnection, event: ForwardEvent) => void} onEvent
 * @property {(connection: ForwardConnection) => void} onBytes bytes came, whatever they say
 * @property {(connection: ForwardConnection, end: ForwardEnd) => void} onEnd
 */

/**
 * One response of a forward's `/stripe/NAME/K`, for one stripe or several: the HTTP exchange, its records, and the
 * checks that need no memory of other chunks.
 */
export class ForwardConnection {
    /** Milliseconds until the head of the answer. */
    static connectTimeoutMs = 1_000;
    /** When a forward that has no room does not say when to ask again, and the longest pause that counts. */
    static retryMs = 1_000;
    static retryMsMax = 60_000;

    /**
     * Begins at once.
     * @param {StripeRequest} request
     * @param {ForwardDelegate} delegate
     * @param {import("../core/ChunkStore.js").Hash} hash the first 16 bytes of the SHA-256
     * @param {import("./Clock.js").Clock} clock
     */
    constructor({ forward, stream, stripes, why, token, from }, delegate, hash, clock) {
        this.forward = forward;
        this.stream = stream;
        this.delegate = delegate;
        this.hash = hash;
        /** True once the hello was read. */
        this.isOpen = false;
        this.isOver = false;
        this.parser = new RecordParser();
        const first = from === null ? "" : `&from=${from}`;
        // A header would cost a round trip: the browser asks first whether it may send one.
        const query = `?why=${why}${first}&token=${token}`;
        const url = `${baseOfURL(forward)}/stripe/${stream}/${stripes.join("+")}${query}`;
        this.transfer = new HTTPTransfer(
            { url, timeoutMs: 0, connectTimeoutMs: ForwardConnection.connectTimeoutMs },
            {
                onHead: (status, retryAfterMs) => this.begun(status, retryAfterMs),
                onBytes: (bytes) => this.received(bytes),
                onEnd: (problem) => this.finish({ kind: "failed", reason: problem ?? "the forward ended the stream" }),
            },
            clock,
        );
    }

    /** Ends it. Nobody is told. */
    cancel() {
        this.isOver = true;
        this.transfer.cancel();
    }

    /**
     * The answer has begun. What a refusal says in its body is for people.
     * @param {number} status
     * @param {number | null} retryAfterMs
     */
    begun(status, retryAfterMs) {
        switch (status) {
            case 200:
                return undefined;
            case 401:
                return this.finish({ kind: "unauthorized" });
            case 404:
                return this.finish({ kind: "unknownStream" });
            // 403: no root, or not any more.
            case 403:
            case 429: {
                const { retryMs, retryMsMax } = ForwardConnection;
                return this.finish({ kind: "poolExhausted", retryMs: Math.min(retryAfterMs ?? retryMs, retryMsMax) });
            }
            default:
                return this.finish({ kind: "failed", reason: `the forward answered ${status}` });
        }
    }

    /**
     * The next portion came.
     * @param {Uint8Array} bytes
     */
    received(bytes) {
        if (this.isOver) return;
        this.delegate.onBytes(this);
        this.parser.append(bytes);
        while (!this.isOver) {
            let record;
            try {
                record = this.parser.next();
            } catch (error) {
                return this.misbehaved(/** @type {Error} */ (error).message);
            }
            if (record === null) return undefined;
            this.take(record);
        }
        return undefined;
    }

    /**
     * Takes one record.
     * @param {import("../wire/Record.js").StreamRecord} record
     */
    take(record) {
        if (!this.isOpen) return this.takeHello(record);
        const { onEvent } = this.delegate;
        switch (record.kind) {
            case "initSegment":
                if (this.hash(record.bytes) !== record.hash) return this.misbehaved("an init with a wrong hash");
                return onEvent(this, record);
            case "manifest":
            case "piece":
            case "state":
                return onEvent(this, record);
            case "ping":
                return onEvent(this, { kind: "ping" });
            default:
                return this.misbehaved("a record that a stripe does not carry");
        }
    }

    /**
     * Takes the first record.
     * @param {import("../wire/Record.js").StreamRecord} record
     */
    takeHello(record) {
        const hello = record.kind === "hello" ? helloOf(record.text) : null;
        if (hello?.name !== this.stream) return this.misbehaved("the stream does not begin with its hello");
        this.isOpen = true;
        return this.delegate.onEvent(this, { kind: "hello", hello });
    }

    /** @param {string} reason */
    misbehaved(reason) {
        this.finish({ kind: "misbehaved", reason });
    }

    /** @param {ForwardEnd} end */
    finish(end) {
        if (this.isOver) return;
        this.cancel();
        this.delegate.onEnd(this, end);
    }
}

/**
 * What a hello says; null when it cannot be read.
 * @param {Uint8Array} text
 */
function helloOf(text) {
    try {
        return readStreamDescription(Fields.parse(new TextDecoder().decode(text)));
    } catch {
        return null;
    }
}
