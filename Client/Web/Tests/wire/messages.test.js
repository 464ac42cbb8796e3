// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { Base64 } from "../../wire/Base64.js";
import { hexadecimal, parseID } from "../../wire/Hexadecimal.js";
import { encodePeerMessage, encodedPeerMessageCount, parsePeerMessage } from "../../wire/PeerMessage.js";
import { RecordParser } from "../../wire/RecordParser.js";
import { parseRecordBody, RecordKind } from "../../wire/Record.js";
import { WireError } from "../../wire/WireError.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { hex, vectors } from "../support/vectors.js";

test("messages are those of the vectors", () => {
    const { cases, refused, skipped } = vectors("messages.json");
    for (const { kind, message } of cases) {
        const parsed = parsePeerMessage(hex(message));
        assert.equal(parsed?.kind, kind);
        assert.equal(encodedPeerMessageCount(parsed), message.length / 2);
        assert.equal(hexadecimal(encodePeerMessage(parsed)), message);
    }
    for (const message of skipped) assert.equal(parsePeerMessage(hex(message)), null);
    for (const { name, message } of refused) assert.throws(() => parsePeerMessage(hex(message)), WireError, name);
});

/** Any message but a manifest, with every field at random. */
function randomMessage(generator) {
    const stripe = generator.integer(0, 7);
    const sequence = generator.integer(1, Number.MAX_SAFE_INTEGER);
    const indices = Array.from({ length: generator.integer(0, 256) }, () => generator.integer(0, 4_095));
    return generator.pick([
        { kind: "subscribe", stripe, from: sequence - 1 },
        { kind: "unsubscribe", stripe, from: sequence - 1 },
        { kind: "request", stripe, sequence, indices },
        { kind: "initSegment", hash: hexadecimal(generator.bytes(16)), bytes: generator.bytes(200) },
        { kind: "piece", sequence, index: generator.integer(0, 4_095), bytes: generator.bytes(300) },
        { kind: "alive", head: sequence - 1, starving: generator.integer(0, 255) },
        { kind: "refuse", stripe, reason: generator.pick(["full", "leaving"]) },
        { kind: "bye" },
        {
            kind: "relay", direction: generator.pick(["to", "from"]), peer: hexadecimal(generator.bytes(16)),
            signal: generator.bytes(100),
        },
    ]);
}

test("every message survives the wire", () => {
    for (let seed = 0; seed < 20; seed += 1) {
        const generator = new SeededGenerator(seed);
        for (let step = 0; step < 20; step += 1) {
            const message = randomMessage(generator);
            const bytes = encodePeerMessage(message);
            assert.equal(bytes.length, encodedPeerMessageCount(message));
            assert.deepEqual(parsePeerMessage(bytes), message, `seed ${seed}`);
        }
    }
});

test("what every reader would refuse is not written", () => {
    const id = "0".repeat(32);
    const wrong = [
        { kind: "subscribe", stripe: 8, from: 0 },
        { kind: "subscribe", stripe: 0, from: 2 ** 53 },
        { kind: "subscribe", stripe: 0, from: -1 },
        { kind: "request", stripe: 0, sequence: 0, indices: [] },
        { kind: "request", stripe: 0, sequence: 1, indices: [4_096] },
        { kind: "request", stripe: 0, sequence: 1, indices: new Array(257).fill(0) },
        { kind: "piece", sequence: 1, index: 0, bytes: new Uint8Array(16_385) },
        { kind: "piece", sequence: 1, index: 0, bytes: new Uint8Array(0) },
        { kind: "initSegment", hash: id, bytes: new Uint8Array(65_521) },
        { kind: "initSegment", hash: "00", bytes: new Uint8Array(1) },
        { kind: "alive", head: 1.5, starving: 0 },
        { kind: "relay", direction: "to", peer: id, signal: new Uint8Array(20_481) },
        { kind: "relay", direction: "to", peer: "x".repeat(32), signal: new Uint8Array(1) },
    ];
    for (const message of wrong) {
        assert.throws(() => encodePeerMessage(message), WireError, JSON.stringify(message).slice(0, 80));
    }
});

test("garbage throws WireError or gives a message that is written alike", () => {
    const { cases } = vectors("messages.json");
    for (let seed = 0; seed < 50; seed += 1) {
        const generator = new SeededGenerator(seed);
        for (let step = 0; step < 40; step += 1) {
            let bytes = hex(generator.pick(cases).message).slice(0, 20_000);
            if (generator.integer(0, 4) === 0) bytes = generator.bytes(generator.integer(0, 300));
            for (let flip = generator.integer(0, 3); flip > 0 && bytes.length > 0; flip -= 1) {
                bytes[generator.integer(0, bytes.length - 1)] = generator.integer(0, 255);
            }
            const cut = generator.integer(0, 2) === 0 ? bytes.slice(0, generator.integer(0, bytes.length)) : bytes;
            let message = null;
            try {
                message = parsePeerMessage(cut);
            } catch (error) {
                assert.ok(error instanceof WireError, `seed ${seed}: ${error}`);
            }
            if (message !== null) assert.deepEqual(encodePeerMessage(message), cut, `seed ${seed}`);
        }
    }
});

/** All records that come out of `bytes`, given in portions of up to `most` bytes. */
function parseAll(bytes, generator, most) {
    const parser = new RecordParser();
    const records = [];
    for (let start = 0; start < bytes.length; ) {
        const end = Math.min(bytes.length, start + generator.integer(1, most));
        parser.append(bytes.subarray(start, end));
        for (let record = parser.next(); record !== null; record = parser.next()) records.push(record);
        start = end;
    }
    return { parser, records };
}

test("records are those of the vectors, in any portions", () => {
    const { cases, skipped } = vectors("records.json");
    for (let seed = 0; seed < 10; seed += 1) {
        const generator = new SeededGenerator(seed);
        // Records of unknown kinds in between are skipped.
        const stream = hex(cases.map(({ record }, index) => record + skipped[index % skipped.length]).join(""));
        const { parser, records } = parseAll(stream, generator, generator.pick([1, 7, 1_000, 100_000]));
        assert.deepEqual(records.map(({ kind }) => kind), cases.map(({ kind }) => kind), `seed ${seed}`);
        for (const [index, { body, kind }] of cases.entries()) {
            assert.deepEqual(records[index], parseRecordBody(RecordKind[kind], hex(body)), `seed ${seed}`);
        }
        assert.ok(parser.isBetweenRecords);
        assert.equal(parser.bufferedCount, 0);
    }
});

test("record streams that the vectors refuse are refused for good", () => {
    for (const { name, record } of vectors("records.json").refused) {
        const parser = new RecordParser();
        parser.append(hex(record));
        assert.throws(() => { while (parser.next() !== null); }, WireError, name);
        parser.append(hex("000000010601"));
        assert.throws(() => parser.next(), WireError, name);
        assert.equal(parser.bufferedCount, 0);
        assert.ok(!parser.isBetweenRecords);
    }
});

test("a record of unknown kind is not stored", () => {
    const parser = new RecordParser();
    parser.append(hex("0000ffff63"));
    assert.equal(parser.next(), null);
    for (let step = 0; step < 255; step += 1) {
        parser.append(new Uint8Array(257));
        assert.equal(parser.next(), null);
        assert.equal(parser.bufferedCount, 0);
        assert.equal(parser.isBetweenRecords, step === 254);
    }
});

test("base64 is strict, as in the vectors", () => {
    const { cases, refusedStandard, refusedUrl } = vectors("base64.json");
    for (const { bytes, standard, url } of cases) {
        assert.equal(Base64.standard.encode(hex(bytes)), standard);
        assert.equal(Base64.url.encode(hex(bytes)), url);
        assert.deepEqual(Base64.standard.decode(standard), hex(bytes));
        assert.deepEqual(Base64.url.decode(url), hex(bytes));
    }
    for (const text of refusedStandard) assert.equal(Base64.standard.decode(text), null, text);
    for (const text of refusedUrl) assert.equal(Base64.url.decode(text), null, text);
});

test("an id has 32 hexadecimal digits", () => {
    assert.equal(parseID("0123456789ABCDEF".repeat(2)), "0123456789abcdef".repeat(2));
    for (const wrong of ["", "0".repeat(31), "0".repeat(33), "g".repeat(32), 7, null, undefined]) {
        assert.equal(parseID(wrong), null);
    }
});
