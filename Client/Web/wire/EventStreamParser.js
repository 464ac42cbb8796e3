// @ts-check
import { WireError } from "./WireError.js";

/** Longest message in characters: the longest that a tracker sends is a signal with its SDP, escaped. */
const messageLengthMax = 128 * 1_024;

/**
 * @typedef {object} ServerSentEvent one message of an event stream
 * @property {number | null} id to go on after when the stream breaks; null leaves the last one in force
 * @property {string} name
 * @property {string} data one line of text, here always JSON
 */

/**
 * Takes an event stream apart, in whatever portions it arrives (HTML Standard §9.2.6). Unlike the browser's
 * `EventSource` it works with `fetch`, which shows the status and the problem of a refusal.
 *
 * Bounded: a message longer than `lengthMax` characters ends the stream with an error, for it could grow without end.
 */
export class EventStreamParser {
    /** @param {number} lengthMax */
    constructor(lengthMax = messageLengthMax) {
        this.lengthMax = lengthMax;
        this.decoder = new TextDecoder();
        this.line = "";
        this.length = 0;
        this.name = "";
        /** @type {string[]} */
        this.data = [];
        /** @type {number | null} */
        this.id = null;
        this.wasCarriageReturn = false;
    }

    /**
     * Takes the next bytes and returns the messages that they complete. Throws `WireError`; the parser is of no use
     * after.
     * @param {Uint8Array} bytes
     * @returns {ServerSentEvent[]}
     */
    receive(bytes) {
        const decoded = this.decoder.decode(bytes, { stream: true });
        if (decoded === "") return [];
        // The line feed of a pair that was cut in two.
        const text = this.wasCarriageReturn && decoded.startsWith("\n") ? decoded.slice(1) : decoded;
        this.wasCarriageReturn = decoded.endsWith("\r");
        const lines = text.split(/\r\n|\r|\n/);
        const unfinished = /** @type {string} */ (lines.pop());
        const events = [];
        for (const line of lines) {
            this.extend(line);
            const event = this.endLine();
            if (event !== null) events.push(event);
        }
        this.extend(unfinished);
        return events;
    }

    /**
     * Adds to the line under way.
     * @param {string} part of a line
     */
    extend(part) {
        this.length += part.length;
        if (this.length > this.lengthMax) throw new WireError("a message of the event stream is too long");
        this.line += part;
    }

    /**
     * A line has ended: the message that it completes, if any.
     * @returns {ServerSentEvent | null}
     */
    endLine() {
        // An empty line of data costs memory, too.
        this.length += 1;
        const line = this.line;
        this.line = "";
        if (line === "") return this.endMessage();
        const colon = line.indexOf(":") < 0 ? line.length : line.indexOf(":");
        const value = line.slice(colon + 1).replace(/^ /, "");
        switch (line.slice(0, colon)) {
            case "event":
                this.name = value;
                break;
            case "data":
                this.data.push(value);
                break;
            case "id":
                if (/^[0-9]{1,15}$/.test(value)) this.id = Number(value);
                break;
            default:
                // A comment, `retry`, or what is not known.
                break;
        }
        return null;
    }

    /**
     * A blank line has come: the message before it, if it had data.
     * @returns {ServerSentEvent | null}
     */
    endMessage() {
        const { data, id, name } = this;
        this.length = 0;
        this.name = "";
        this.data = [];
        this.id = null;
        return data.length === 0 ? null : { id, name: name === "" ? "message" : name, data: data.join("\n") };
    }
}
