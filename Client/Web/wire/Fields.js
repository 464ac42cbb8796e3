// @ts-check
import { parseID } from "./Hexadecimal.js";
import { checked, WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/** Longest URL. */
const urlLengthMax = 2_048;

/**
 * Reads the fields of a JSON object that came from a network. Every method throws `WireError`; unknown fields are
 * ignored.
 */
export class Fields {
    /** @param {unknown} value */
    constructor(value) {
        if (typeof value !== "object" || value === null || Array.isArray(value)) {
            throw new WireError("a JSON object is expected");
        }
        this.fields = /** @type {Record<string, unknown>} */ (value);
    }

    /**
     * Parses JSON text.
     * @param {string} text
     * @returns {Fields}
     */
    static parse(text) {
        let value;
        try {
            value = JSON.parse(text);
        } catch {
            throw new WireError("malformed JSON");
        }
        return new Fields(value);
    }

    /**
     * Whether the field is there and not null.
     * @param {string} name
     */
    has(name) {
        return Object.hasOwn(this.fields, name) && this.fields[name] !== null && this.fields[name] !== undefined;
    }

    /**
     * A field as it is; undefined when it is missing.
     * @param {string} name
     */
    value(name) {
        return this.has(name) ? this.fields[name] : undefined;
    }

    /**
     * A whole number in a range.
     * @param {string} name
     * @param {number} most
     * @param {number} [least]
     * @returns {number}
     */
    integer(name, most, least = 0) {
        const value = this.value(name);
        if (typeof value !== "number") throw new WireError(`${name} must be a number`);
        return checked(value, name, least, most);
    }

    /**
     * A time by the wall clock, in milliseconds.
     * @param {string} name
     */
    time(name) {
        return this.integer(name, WireLimits.integerMax);
    }

    /**
     * A string.
     * @param {string} name
     * @param {number} lengthMax
     * @returns {string}
     */
    text(name, lengthMax) {
        const value = this.value(name);
        if (typeof value !== "string") throw new WireError(`${name} must be a string`);
        if (value.length > lengthMax) throw new WireError(`${name} is longer than ${lengthMax}`);
        return value;
    }

    /**
     * An access token: opaque here, but never longer than one, and of its characters.
     * @param {string} name
     */
    token(name) {
        const token = this.text(name, WireLimits.tokenTextMax);
        if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token)) throw new WireError(`${name} is no access token`);
        return token;
    }

    /**
     * The id of a viewer.
     * @param {string} name
     */
    id(name) {
        const id = parseID(this.value(name));
        if (id === null) throw new WireError(`${name} must be 32 hexadecimal digits`);
        return id;
    }

    /** Which stripe. */
    stripe() {
        return this.integer("stripe", WireLimits.stripeCountMax - 1);
    }

    /**
     * One of some words.
     * @template {string} Word
     * @param {string} name
     * @param {readonly Word[]} words
     * @returns {Word}
     */
    word(name, words) {
        const found = words.find((word) => word === this.value(name));
        if (found === undefined) throw new WireError(`${name} must be one of ${words.join(", ")}`);
        return found;
    }

    /**
     * A list, of which each entry is read by `read`.
     * @template Entry
     * @param {string} name
     * @param {number} countMax
     * @param {(value: unknown) => Entry} read
     * @returns {Entry[]}
     */
    list(name, countMax, read) {
        const value = this.value(name);
        if (!Array.isArray(value)) throw new WireError(`${name} must be a list`);
        if (value.length > countMax) throw new WireError(`${name} has more than ${countMax} entries`);
        return value.map(read);
    }

    /**
     * The base URL of a service.
     * @param {string} name
     * @returns {string}
     */
    serviceURL(name) {
        return checkedServiceURL(this.text(name, urlLengthMax));
    }

    /**
     * A list of base URLs of services.
     * @param {string} name
     * @returns {string[]}
     */
    serviceURLs(name) {
        return this.urls(name).map(checkedServiceURL);
    }

    /**
     * A list of URLs.
     * @param {string} name
     */
    urls(name) {
        return this.list(name, 64, (value) => {
            if (typeof value !== "string" || value.length > urlLengthMax) throw new WireError(`${name} must hold URLs`);
            return value;
        });
    }
}

/**
 * Returns the base URL of a service: never one that is relative, or of another scheme than HTTP's, whoever names it.
 * Throws `WireError`.
 * @param {string} text
 */
function checkedServiceURL(text) {
    if (!/^https?:\/\/[^\s/]\S*$/i.test(text)) throw new WireError(`${text.slice(0, 40)} is no URL of a service`);
    return text;
}
