// @ts-check
import { ByteReader } from "./ByteReader.js";
import { ByteWriter } from "./ByteWriter.js";
import { SignedManifest } from "./SignedManifest.js";
import { checked, WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/**
 * What viewers say to each other over a link: one message of the data channel (PROTOCOL.md §11).
 *
 * - `subscribe`: send `stripe` from the chunk `from` on; 0 for the newest keyframe.
 * - `unsubscribe`: send no chunk of `stripe` from `from` on; 0 for nothing more at all.
 * - `request`: send these pieces of one chunk; without indices its manifest and all pieces of `stripe`.
 * - `initSegment`: an init segment and its hash, which the receiver must check.
 * - `manifest`: the signed manifest of one chunk in one stripe.
 * - `piece`: one piece of a chunk; `index` counts from 0 within the chunk.
 * - `alive`: the newest sequence the sender has a manifest of, and which stripes do not reach it (bit *s*).
 * - `refuse`: a subscription or request is not served.
 * - `bye`: the sender leaves.
 * - `relay`: a signal, as JSON text in UTF-8, on its way `to` the peer or `from` it.
 * @typedef {{ kind: "subscribe", stripe: number, from: number }
 *   | { kind: "unsubscribe", stripe: number, from: number }
 *   | { kind: "request", stripe: number, sequence: number, indices: number[] }
 *   | { kind: "initSegment", hash: string, bytes: Uint8Array }
 *   | { kind: "manifest", signed: SignedManifest }
 *   | { kind: "piece", sequence: number, index: number, bytes: Uint8Array }
 *   | { kind: "alive", head: number, starving: number }
 *   | { kind: "refuse", stripe: number, reason: Refusal }
 *   | { kind: "bye" }
 *   | { kind: "relay", direction: Direction, peer: string, signal: Uint8Array }} PeerMessage
 * @typedef {"full" | "leaving"} Refusal `full`: no upload is left
 * @typedef {"to" | "from"} Direction
 */

/** The byte that names the kind of a message on the wire. */
export const PeerMessageKind = Object.freeze({
    subscribe: 1,
    unsubscribe: 2,
    request: 3,
    initSegment: 4,
    manifest: 5,
    piece: 6,
    alive: 7,
    refuse: 8,
    bye: 9,
    relay: 10,
});

/** Label of the data channel, with the version of these messages. */
export const channelLabel = "p2plive/1";

/** Bounds of messages. */
export const PeerMessageLimits = Object.freeze({
    /** Longest message in bytes: a signed manifest of the most pieces. */
    bytesMax: 1 + WireLimits.signedManifestBytesMax,
    /** Most pieces that one request names. */
    requestedPiecesMax: 256,
    /** Longest init that links carry; viewers take longer ones from a forward. */
    initBytesMax: 65_520,
    /** Longest signal. */
    signalBytesMax: 20 << 10,
});

/** @type {readonly Refusal[]} */
const refusals = ["full", "leaving"];
/** @type {readonly Direction[]} */
const directions = ["to", "from"];

/**
 * The bytes of a message. Throws `WireError` for a value that every reader would refuse.
 * @param {PeerMessage} message
 * @returns {Uint8Array}
 */
export function encodePeerMessage(message) {
    checkPeerMessage(message);
    const writer = new ByteWriter(encodedPeerMessageCount(message));
    writer.u8(PeerMessageKind[message.kind]);
    switch (message.kind) {
        case "subscribe":
        case "unsubscribe":
            writer.u8(message.stripe);
            writer.u64(message.from);
            break;
        case "request":
            writer.u8(message.stripe);
            writer.u64(message.sequence);
            for (const index of message.indices) writer.u16(index);
            break;
        case "initSegment":
            writer.digits(message.hash, "initHash");
            writer.write(message.bytes);
            break;
        case "manifest":
            writer.write(message.signed.bytes);
            break;
        case "piece":
            writer.u64(message.sequence);
            writer.u16(message.index);
            writer.write(message.bytes);
            break;
        case "alive":
            writer.u64(message.head);
            writer.u8(message.starving);
            break;
        case "refuse":
            writer.u8(message.stripe);
            writer.u8(refusals.indexOf(message.reason) + 1);
            break;
        case "bye":
            break;
        case "relay":
            writer.u8(directions.indexOf(message.direction) + 1);
            writer.digits(message.peer, "peer");
            writer.write(message.signal);
            break;
    }
    return writer.bytes;
}

/**
 * Bytes of a message.
 * @param {PeerMessage} message
 * @returns {number}
 */
export function encodedPeerMessageCount(message) {
    switch (message.kind) {
        case "request":
            return 10 + 2 * message.indices.length;
        case "initSegment":
            return 1 + WireLimits.shortHashBytes + message.bytes.length;
        case "manifest":
            return 1 + message.signed.bytes.length;
        case "piece":
            return 11 + message.bytes.length;
        case "refuse":
            return 3;
        case "bye":
            return 1;
        case "relay":
            return 18 + message.signal.length;
        default:
            return 10;
    }
}

/**
 * Reads a message that takes up all of `bytes`. Throws `WireError`.
 * @param {Uint8Array} bytes inits, pieces and signals in the message are parts of it, uncopied
 * @returns {PeerMessage | null} null for a kind that this version does not know, which a reader skips
 */
export function parsePeerMessage(bytes) {
    const count = bytes.length;
    if (count > PeerMessageLimits.bytesMax) throw new WireError(`a message of ${count} bytes is too long`);
    const reader = new ByteReader(bytes);
    const message = readPeerMessage(reader.u8("kind"), reader);
    if (message === null) return null;
    reader.end();
    checkPeerMessage(message);
    return message;
}

/**
 * Reads the fields of a message of some kind, unchecked.
 * @param {number} kind
 * @param {ByteReader} reader
 * @returns {PeerMessage | null}
 */
function readPeerMessage(kind, reader) {
    switch (kind) {
        case PeerMessageKind.subscribe:
            return { kind: "subscribe", stripe: reader.u8("stripe"), from: reader.u64("from") };
        case PeerMessageKind.unsubscribe:
            return { kind: "unsubscribe", stripe: reader.u8("stripe"), from: reader.u64("from") };
        case PeerMessageKind.request:
            return readRequest(reader);
        case PeerMessageKind.initSegment:
            return { kind: "initSegment", hash: reader.digits("initHash"), bytes: reader.rest() };
        case PeerMessageKind.manifest:
            return { kind: "manifest", signed: SignedManifest.parse(reader.rest()) };
        case PeerMessageKind.piece: {
            const sequence = reader.u64("sequence");
            return { kind: "piece", sequence, index: reader.u16("index"), bytes: reader.rest() };
        }
        case PeerMessageKind.alive:
            return { kind: "alive", head: reader.u64("head"), starving: reader.u8("starving") };
        case PeerMessageKind.refuse:
            return { kind: "refuse", stripe: reader.u8("stripe"), reason: readWord(reader, "reason", refusals) };
        case PeerMessageKind.bye:
            return { kind: "bye" };
        case PeerMessageKind.relay: {
            const direction = readWord(reader, "direction", directions);
            return { kind: "relay", direction, peer: reader.digits("peer"), signal: reader.rest() };
        }
        default:
            return null;
    }
}

/**
 * Reads a request, unchecked but for its length.
 * @param {ByteReader} reader
 * @returns {PeerMessage}
 */
function readRequest(reader) {
    const stripe = reader.u8("stripe");
    const sequence = reader.u64("sequence");
    const count = Math.ceil(reader.remaining / 2);
    checked(count, "indices", 0, PeerMessageLimits.requestedPiecesMax);
    const indices = Array.from({ length: count }, () => reader.u16("index"));
    return { kind: "request", stripe, sequence, indices };
}

/**
 * A byte that stands for one of two words, the first of them being 1.
 * @template {string} Word
 * @param {ByteReader} reader
 * @param {string} field
 * @param {readonly Word[]} words
 * @returns {Word}
 */
function readWord(reader, field, words) {
    return words[checked(reader.u8(field), field, 1, words.length) - 1];
}

/**
 * Throws `WireError` for a field out of its range.
 * @param {PeerMessage} message
 */
function checkPeerMessage(message) {
    const { integerMax, pieceBytesMax, piecesMax, stripeCountMax } = WireLimits;
    if ("stripe" in message) checked(message.stripe, "stripe", 0, stripeCountMax - 1);
    switch (message.kind) {
        case "subscribe":
        case "unsubscribe":
            checked(message.from, "from", 0, integerMax);
            break;
        case "request":
            checked(message.sequence, "sequence", 1, integerMax);
            checked(message.indices.length, "indices", 0, PeerMessageLimits.requestedPiecesMax);
            for (const index of message.indices) checked(index, "index", 0, piecesMax - 1);
            break;
        case "initSegment":
            checked(message.bytes.length, "init length", 1, PeerMessageLimits.initBytesMax);
            break;
        case "piece":
            checked(message.sequence, "sequence", 1, integerMax);
            checked(message.index, "index", 0, piecesMax - 1);
            checked(message.bytes.length, "piece length", 1, pieceBytesMax);
            break;
        case "alive":
            checked(message.head, "head", 0, integerMax);
            checked(message.starving, "starving", 0, 255);
            break;
        case "relay":
            checked(message.signal.length, "signal", 1, PeerMessageLimits.signalBytesMax);
            break;
        default:
            break;
    }
}
