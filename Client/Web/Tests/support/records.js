// @ts-check
import { bytesOfHexadecimal } from "../../wire/Hexadecimal.js";
import { RecordKind } from "../../wire/Record.js";
import { madeInit, testHash } from "./MadeChunk.js";

/** One record as a forward sends it. */
export function encodedRecord(kind, ...parts) {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length);
    head[4] = kind;
    return Buffer.concat([head, body]);
}

/** A number of 8 bytes. */
const u64 = (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
};

/** The hello of a stripe. */
export const hello = (fields = {}) => encodedRecord(RecordKind.hello, Buffer.from(JSON.stringify({
    stream: "test", state: "live", sequence: 9, chunkMs: 200, stripes: 2, publicKey: "k", path: [], ...fields,
})));

/** The init of every made chunk. */
export const init = (hash = testHash(madeInit)) =>
    encodedRecord(RecordKind.initSegment, Buffer.from(bytesOfHexadecimal(hash) ?? []), madeInit);

/** A manifest of a made chunk. */
export const manifest = (made, stripe) => encodedRecord(RecordKind.manifest, made.signed[stripe].bytes);

/** A piece of a made chunk. */
export function piece(made, index) {
    const number = Buffer.alloc(2);
    number.writeUInt16BE(index);
    return encodedRecord(RecordKind.piece, u64(made.sequence), number, made.piece(index));
}

/** A made chunk as a whole. */
export const chunk = (made) => encodedRecord(RecordKind.chunk, u64(made.sequence), made.bytes);

/** The stream's state: 1 live, 2 waiting, 3 ended. */
export const state = (number) => encodedRecord(RecordKind.state, Buffer.of(number));

/** A sign of life. */
export const ping = () => encodedRecord(RecordKind.ping, u64(1));
