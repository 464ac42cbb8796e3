// @ts-check
import { EventStreamParser } from "../wire/EventStreamParser.js";
import { HTTPTransfer } from "./HTTPTransfer.js";

/**
 * @typedef {object} TrackerEventsSettings
 * @property {string} url of the viewer's events
 * @property {string} token
 * @property {number | null} after the last event that is known; null for none
 * @property {boolean} isPolling asks again and again for what is there, rather than hold a connection
 */

/** One event stream of a tracker, or what stands for it where connections are few: polls, one at a time. */
export class TrackerEvents {
    /** Milliseconds until a stream must be open, and for a poll. */
    static openMs = 4_000;
    static pollTimeoutMs = 2_000;
    /** Milliseconds from one poll to the next, unless it takes longer. */
    static pollMs = 300;

    /**
     * @param {TrackerEventsSettings} settings
     * @param {import("./Clock.js").Clock} clock
     */
    constructor({ url, token, after, isPolling }, clock) {
        this.url = url;
        this.token = token;
        this.lastEventID = after;
        this.isPolling = isPolling;
        this.clock = clock;
        /** @type {(event: import("../wire/EventStreamParser.js").ServerSentEvent) => void} */
        this.onEvent = () => {};
        /** A poll was answered, maybe without events. */
        this.onPoll = () => {};
        /**
         * Over, with the status: 0 without an answer.
         * @type {(status: number) => void}
         */
        this.onEnd = () => {};
        /** True once something came. */
        this.hasSpoken = false;
        /** True when no answer began in time. */
        this.hasTimedOut = false;
        this.status = 0;
        this.isOver = false;
        /** @type {HTTPTransfer | null} */
        this.transfer = null;
        /** @type {import("./Clock.js").Timer | null} */
        this.timer = null;
    }

    start() {
        this.ask();
    }

    /** Ends it. Nobody is told. */
    cancel() {
        this.isOver = true;
        this.timer?.cancel();
        this.transfer?.cancel();
        this.transfer = null;
    }

    /** Opens the stream, or polls once. */
    ask() {
        const asked = this.clock.now();
        const parser = new EventStreamParser();
        this.status = 0;
        /** @type {Record<string, string>} */
        const headers = { Accept: "text/event-stream" };
        if (this.lastEventID !== null) headers["Last-Event-ID"] = String(this.lastEventID);
        const { token, isPolling } = this;
        const limits = isPolling
            ? { timeoutMs: TrackerEvents.pollTimeoutMs }
            : { timeoutMs: 0, connectTimeoutMs: TrackerEvents.openMs };
        const request = { url: isPolling ? `${this.url}?poll=1` : this.url, headers, token, ...limits };
        const transfer = new HTTPTransfer(
            request,
            {
                onHead: (status) => {
                    this.status = status;
                    // What a refusal says in its body is for people.
                    if (status !== 200) this.end();
                },
                onBytes: (bytes) => this.received(bytes, parser),
                onEnd: (problem) => {
                    this.hasTimedOut = transfer.hasTimedOut;
                    if (problem !== null && isPolling) this.status = 0;
                    if (this.status !== 200 || !isPolling) return this.end();
                    this.polled(asked);
                },
            },
            this.clock,
        );
        this.transfer = transfer;
    }

    /**
     * Takes the next bytes.
     * @param {Uint8Array} bytes
     * @param {EventStreamParser} parser
     */
    received(bytes, parser) {
        let events;
        try {
            events = parser.receive(bytes);
        } catch {
            return this.end();
        }
        for (const event of events) {
            if (this.isOver) return;
            this.hasSpoken = true;
            if (event.id !== null) this.lastEventID = event.id;
            this.onEvent(event);
        }
    }

    /**
     * A poll was answered.
     * @param {number} asked when
     */
    polled(asked) {
        if (this.isOver) return;
        this.transfer = null;
        this.hasSpoken = true;
        // All since the join has come, and that was nothing. Without an event to go on after, the next answer would be
        // everything that counts.
        this.lastEventID ??= 0;
        this.onPoll();
        if (this.isOver) return;
        const pauseMs = Math.max(0, TrackerEvents.pollMs - (this.clock.now() - asked));
        this.timer = this.clock.after(pauseMs, () => this.ask());
    }

    /** It is over. */
    end() {
        if (this.isOver) return;
        this.cancel();
        this.onEnd(this.status);
    }
}
