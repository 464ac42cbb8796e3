// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { EventStreamParser } from "../../wire/EventStreamParser.js";
import { Fields } from "../../wire/Fields.js";
import { linkSignalFields, parseRelayedSignal } from "../../wire/LinkSignal.js";
import { parsePeerEvent } from "../../wire/PeerEvent.js";
import { RecordParser } from "../../wire/RecordParser.js";
import { WireError } from "../../wire/WireError.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { hex, vectors } from "../support/vectors.js";

const utf8 = (text) => new TextEncoder().encode(text);
const id = "00112233445566778899aabbccddeeff";
const other = "ff".repeat(16);
const token = vectors("tokens.json").cases[0].text;

/** One event of each kind, as a tracker writes its data, and what is read. */
const events = [
    ["parent", { stripe: 1, peer: id, grandparent: other, depth: 3, token, tokenExpiresAt: 5 }, {
        parent: { stripe: 1, peer: id, grandparent: other, forward: null, depth: 3 }, token, tokenExpiresAt: 5,
    }],
    ["parent", { stripe: 0, forward: "any", depth: 1, token, tokenExpiresAt: 5 }, {
        parent: { stripe: 0, peer: null, grandparent: null, forward: "any", depth: 1 }, token, tokenExpiresAt: 5,
    }],
    ["child", { stripe: 0, peer: id.toUpperCase() }, { child: { stripe: 0, peer: id } }],
    ["drop", { stripe: 7, peer: id }, { child: { stripe: 7, peer: id } }],
    ["signal", { from: id, link: "0123456789abcdef", type: "offer", sdp: "v=0\r\n" }, {
        from: id, signal: { link: "0123456789abcdef", type: "offer", text: "v=0\r\n" },
    }],
    ["signal", { from: id, link: "0123456789abcdef", type: "candidate", candidate: "" }, {
        from: id, signal: { link: "0123456789abcdef", type: "candidate", text: "" },
    }],
    ["forward", { forwards: ["http://192.0.2.1:9998"] }, { forwards: ["http://192.0.2.1:9998"] }],
    ["resync", {
        id, token, tokenExpiresAt: 9, events: `/peers/${id}/events`, role: 1,
        parents: [{ stripe: 0, forward: "http://192.0.2.1:9998", depth: 1 }], children: [{ stripe: 1, peer: other }],
        ice: [{ urls: ["stun:192.0.2.1:3478"] }], forwards: [], publicKey: "",
    }, {
        place: {
            id, token, tokenExpiresAt: 9, events: `/peers/${id}/events`, role: 1,
            parents: [{ stripe: 0, peer: null, grandparent: null, forward: "http://192.0.2.1:9998", depth: 1 }],
            children: [{ stripe: 1, peer: other }], ice: [{ urls: ["stun:192.0.2.1:3478"] }], forwards: [],
        },
    }],
    ["ping", { now: 1_700_000_000_000 }, { now: 1_700_000_000_000 }],
    ["bye", { reason: "stopping", retryMs: 500 }, { reason: "stopping", retryMs: 500 }],
];

test("events of a tracker are read, and fields that are not known ignored", () => {
    for (const [name, fields, expected] of events) {
        const data = JSON.stringify({ ...fields, news: [1, { a: null }] });
        assert.deepEqual(parsePeerEvent({ id: 1, name, data }), { name, ...expected });
    }
    assert.equal(parsePeerEvent({ id: 1, name: "news", data: "?" }), null);
});

test("an event with a field that is missing, or of another kind, is refused", () => {
    for (const [name, fields] of events) {
        for (const field of Object.keys(fields)) {
            if (["role", "depth", "grandparent", "publicKey"].includes(field)) continue;
            for (const value of [undefined, null, {}, [[]], true, -1, 1.5, "\u0000".repeat(20_000)]) {
                const data = JSON.stringify({ ...fields, [field]: value });
                assert.throws(() => parsePeerEvent({ id: 1, name, data }), WireError, `${name}: ${field}`);
            }
        }
        for (const data of ["", "null", "[]", "7", '"x"', "{", "{}"]) {
            assert.throws(() => parsePeerEvent({ id: 1, name, data }), WireError, `${name}: ${data}`);
        }
    }
});

test("a parent is either a peer or a forward", () => {
    const both = { stripe: 0, peer: id, forward: "any", depth: 1, token, tokenExpiresAt: 5 };
    assert.throws(() => parsePeerEvent({ id: 1, name: "parent", data: JSON.stringify(both) }), WireError);
});

test("events never come from another host", () => {
    const place = events.find(([name]) => name === "resync")[1];
    for (const path of ["//evil.example/x", "http://evil.example/", "peers", "/a b", "/a\nb"]) {
        const data = JSON.stringify({ ...place, events: path });
        assert.throws(() => parsePeerEvent({ id: 1, name: "resync", data }), WireError, path);
    }
});

test("tokens are opaque, and the vectors' are good", () => {
    for (const { text } of vectors("tokens.json").cases) assert.equal(new Fields({ text }).token("text"), text);
    for (const text of ["", "a", "a.b.c", "a.b=", "a b.c", `${"a".repeat(140)}.bbbbb`, 7]) {
        assert.throws(() => new Fields({ text }).token("text"), WireError, String(text));
    }
});

test("a signal that a neighbour passes on is written and read", () => {
    const signal = { link: "0123456789abcdef", type: /** @type {const} */ ("answer"), text: "v=0" };
    assert.deepEqual(parseRelayedSignal(utf8(JSON.stringify(linkSignalFields(signal)))), signal);
    for (const wrong of [
        { ...signal, link: "0" }, { ...signal, text: "" }, { ...signal, text: "x".repeat(16_385) },
        { ...signal, text: "ü".repeat(8_193) }, { ...signal, type: "candidate", text: "x".repeat(513) },
    ]) {
        assert.throws(() => parseRelayedSignal(utf8(JSON.stringify(linkSignalFields(wrong)))), WireError);
    }
    assert.throws(() => parseRelayedSignal(new Uint8Array([255, 0])), WireError);
});

test("an event stream is read in any portions, with any line ends", () => {
    const expected = events.map(([name, fields], index) => ({ id: index + 1, name, data: JSON.stringify(fields) }));
    for (let seed = 0; seed < 30; seed += 1) {
        const generator = new SeededGenerator(seed);
        const end = generator.pick(["\n", "\r", "\r\n"]);
        const text = expected.map(({ id, name, data }) =>
            [`: hello`, `id: ${id}`, `event: ${name}`, `retry: 1`, `data:${data}`, "", ""].join(end)).join("");
        const bytes = utf8(`\ufeff${text}`);
        const parser = new EventStreamParser();
        const found = [];
        for (let start = 0; start < bytes.length; ) {
            const next = start + generator.integer(1, generator.pick([1, 5, 500]));
            found.push(...parser.receive(bytes.subarray(start, next)));
            start = next;
        }
        assert.deepEqual(found, expected, `seed ${seed}`);
    }
});

test("messages of several lines, without a name, without data", () => {
    const parser = new EventStreamParser();
    const found = parser.receive(utf8("data: a\ndata:  b\ndata\n\nevent: x\n\nid: 9\ndata: c\n\nid: -1\ndata: d\n\n"));
    assert.deepEqual(found, [
        { id: null, name: "message", data: "a\n b\n" },
        { id: 9, name: "message", data: "c" },
        { id: null, name: "message", data: "d" },
    ]);
});

test("a message of an event stream is bounded, however it comes", () => {
    for (const portion of ["x".repeat(100), "data\n", ":\n", "\u00fc"]) {
        const parser = new EventStreamParser(1_000);
        assert.throws(() => {
            for (let step = 0; step < 1_001; step += 1) parser.receive(utf8(portion));
        }, WireError, portion.slice(0, 5));
    }
    const parser = new EventStreamParser(1_000);
    for (let step = 0; step < 1_000; step += 1) parser.receive(utf8("data: x\n\n"));
});

test("garbage throws WireError and nothing else", () => {
    const records = vectors("records.json").cases;
    for (let seed = 0; seed < 200; seed += 1) {
        const generator = new SeededGenerator(seed);
        const [name, fields] = generator.pick(events);
        const text = JSON.stringify(fields).split("");
        for (let flip = 0; flip < 3; flip += 1) {
            text[generator.integer(0, text.length - 1)] = String.fromCharCode(generator.integer(1, 127));
        }
        const record = hex(generator.pick(records).record).slice(0, 5_000);
        for (let flip = 0; flip < 3; flip += 1) record[generator.integer(0, record.length - 1)] ^= 1 << flip;
        const parser = new RecordParser();
        parser.append(record);
        for (const attempt of [
            () => parsePeerEvent({ id: null, name, data: text.join("") }),
            () => parseRelayedSignal(utf8(text.join(""))),
            () => new EventStreamParser().receive(generator.bytes(500)),
            () => { while (parser.next() !== null); },
        ]) {
            try {
                attempt();
            } catch (error) {
                assert.ok(error instanceof WireError, `seed ${seed}: ${error}`);
            }
        }
    }
});
