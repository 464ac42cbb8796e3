// @ts-check
import { ByteReader } from "./ByteReader.js";
import { SignedManifest } from "./SignedManifest.js";
import { checked, WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/**
 * One element of a record stream, as a forward sends them (PROTOCOL.md §4). A viewer reads them and writes none.
 *
 * - `hello`: first record of a connection, a JSON text in UTF-8.
 * - `initSegment`: an init segment and its hash, which the reader must check.
 * - `manifest`: the signed manifest of one chunk in one stripe.
 * - `chunk`: a whole chunk.
 * - `piece`: one piece of a chunk; `index` counts from 0 within the chunk.
 * - `state`: the stream's state changed.
 * - `ping`: a sign of life, with the sender's wall time in milliseconds.
 * @typedef {{ kind: "hello", text: Uint8Array }
 *   | { kind: "initSegment", hash: string, bytes: Uint8Array }
 *   | { kind: "manifest", signed: SignedManifest }
 *   | { kind: "chunk", sequence: number, bytes: Uint8Array }
 *   | { kind: "piece", sequence: number, index: number, bytes: Uint8Array }
 *   | { kind: "state", state: StreamState }
 *   | { kind: "ping", time: number }} StreamRecord
 * @typedef {"live" | "waiting" | "ended"} StreamState
 */

/** The byte that names the kind of a record on the wire. */
export const RecordKind = Object.freeze({
    hello: 1,
    initSegment: 2,
    manifest: 3,
    chunk: 4,
    piece: 5,
    state: 6,
    ping: 7,
});

/** Bytes before the body: the length (4) and the kind (1). */
export const recordHeaderBytes = 5;

/** @type {readonly StreamState[]} */
const streamStates = ["live", "waiting", "ended"];

/**
 * Longest body of a kind in bytes; null for a kind that this version does not know.
 * @param {number} kind
 * @returns {number | null}
 */
export function recordBodyBytesMax(kind) {
    switch (kind) {
        case RecordKind.hello:
            return WireLimits.helloBytesMax;
        case RecordKind.initSegment:
            return WireLimits.shortHashBytes + WireLimits.initBytesMax;
        case RecordKind.manifest:
            return WireLimits.signedManifestBytesMax;
        case RecordKind.chunk:
            return 8 + WireLimits.chunkBytesMax;
        case RecordKind.piece:
            return 10 + WireLimits.pieceBytesMax;
        case RecordKind.state:
            return 1;
        case RecordKind.ping:
            return 8;
        default:
            return null;
    }
}

/**
 * Reads the body of a record of a kind that is known. Throws `WireError`.
 * @param {number} kind
 * @param {Uint8Array} body the record holds parts of it, uncopied
 * @returns {StreamRecord}
 */
export function parseRecordBody(kind, body) {
    const reader = new ByteReader(body);
    const record = readRecord(kind, reader);
    reader.end();
    return record;
}

/**
 * Reads and checks the fields of a record of some kind.
 * @param {number} kind
 * @param {ByteReader} reader
 * @returns {StreamRecord}
 */
function readRecord(kind, reader) {
    const { chunkBytesMax, initBytesMax, integerMax, pieceBytesMax, piecesMax } = WireLimits;
    const sequence = () => checked(reader.u64("sequence"), "sequence", 1, integerMax);
    /** @type {(field: string, most: number) => Uint8Array} */
    const rest = (field, most) => {
        checked(reader.remaining, field, 1, most);
        return reader.rest();
    };
    switch (kind) {
        case RecordKind.hello:
            return { kind: "hello", text: reader.rest() };
        case RecordKind.initSegment:
            return { kind: "initSegment", hash: reader.digits("initHash"), bytes: rest("init length", initBytesMax) };
        case RecordKind.manifest:
            return { kind: "manifest", signed: SignedManifest.parse(reader.rest()) };
        case RecordKind.chunk:
            return { kind: "chunk", sequence: sequence(), bytes: rest("chunk length", chunkBytesMax) };
        case RecordKind.piece: {
            const number = sequence();
            const index = checked(reader.u16("index"), "index", 0, piecesMax - 1);
            return { kind: "piece", sequence: number, index, bytes: rest("piece length", pieceBytesMax) };
        }
        case RecordKind.state:
            return { kind: "state", state: streamStates[checked(reader.u8("state"), "state", 1, 3) - 1] };
        case RecordKind.ping:
            return { kind: "ping", time: checked(reader.u64("wall time"), "wall time", 0, integerMax) };
        default:
            throw new WireError(`there is no record of kind ${kind}`);
    }
}
