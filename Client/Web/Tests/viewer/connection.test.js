// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { ChunkFetcher } from "../../viewer/ChunkFetcher.js";
import { systemClock } from "../../viewer/Clock.js";
import { ForwardConnection } from "../../viewer/ForwardConnection.js";
import { MadeChunk, madeInit, testHash } from "../support/MadeChunk.js";
import { chunk, encodedRecord, hello, init, manifest, piece, ping, state } from "../support/records.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { TestServer } from "../support/TestServer.js";
import { ManualClock, until } from "../support/waiting.js";

const path = "GET /stripe/test/0+1";

/** Runs a test with a forward that is closed after it. */
const served = (name, body) => test(name, async () => {
    const server = await TestServer.open();
    try {
        await body(server);
    } finally {
        await server.close();
    }
});

/** A connection to a server, and what it told. */
function connect(server, settings = {}, clock = systemClock) {
    const told = [];
    const connection = new ForwardConnection(
        {
            forward: server.url, stream: "test", stripes: [0, 1], why: "start", token: "a.b", from: null, ...settings,
        },
        {
            onEvent: (_, event) => told.push(event),
            onBytes: () => {},
            onEnd: (_, end) => told.push(end),
        }, testHash, clock);
    return { connection, told };
}

served("records come in any portions, and what was asked for was asked in one round trip", async (server) => {
    const made = new MadeChunk(1_000, { isKeyframe: true });
    const records = [hello(), init(), manifest(made, 0), manifest(made, 1), piece(made, 0), piece(made, 1), state(2),
        encodedRecord(99, Buffer.from("news")), ping(), init(), state(1)];
    const expected = [
        "hello", "initSegment", "manifest", "manifest", "piece", "piece", "state", "ping", "initSegment", "state",
    ];
    for (let seed = 0; seed < 10; seed += 1) {
        const generator = new SeededGenerator(seed);
        server.routes[path] = async (_, response) => {
            response.socket.setNoDelay(true);
            response.writeHead(200);
            const bytes = Buffer.concat(records);
            for (let start = 0; start < bytes.length;) {
                const end = start + generator.integer(1, generator.pick([3, 70, 3_000]));
                await new Promise((resolve) => response.write(bytes.subarray(start, end), resolve));
                start = end;
            }
        };
        const { connection, told } = connect(server, { from: 1_000, why: "root" });
        await until(() => told.length >= expected.length);
        assert.deepEqual(told.map(({ kind }) => kind), expected, `seed ${seed}`);
        assert.equal(told[0].hello.chunkMs, 200);
        assert.deepEqual(told[1], { kind: "initSegment", hash: testHash(madeInit), bytes: madeInit });
        assert.deepEqual(told[3].signed.bytes, made.signed[1].bytes);
        assert.deepEqual([told[5].sequence, told[5].index, told[5].bytes], [1_000, 1, made.piece(1)]);
        assert.equal(told[6].state, "waiting");
        assert.ok(connection.isOpen);
        connection.cancel();
    }
    const [{ method, query, headers }] = server.requests;
    assert.deepEqual([method, query], ["GET", { why: "root", from: "1000", token: "a.b" }]);
    // A browser would ask first whether it may.
    assert.equal(headers.authorization, undefined);
});

served("refusals are told apart, without waiting for what they say", async (server) => {
    const expected = [
        [401, {}, { kind: "unauthorized" }],
        [404, {}, { kind: "unknownStream" }],
        [403, {}, { kind: "poolExhausted", retryMs: 1_000 }],
        [429, { "Retry-After": "7" }, { kind: "poolExhausted", retryMs: 7_000 }],
        [429, { "Retry-After": "3000" }, { kind: "poolExhausted", retryMs: 60_000 }],
        [503, { "Retry-After": "7" }, { kind: "failed", reason: "the forward answered 503" }],
        [204, {}, { kind: "failed", reason: "the forward answered 204" }],
    ];
    for (const [status, headers, end] of expected) {
        server.routes[path] = (_, response) => response.writeHead(status, headers).flushHeaders();
        const { told } = connect(server);
        await until(() => told.length > 0);
        assert.deepEqual(told, [end]);
    }
});

served("a forward that is not there, breaks off, ends or says nothing has failed", async (server) => {
    server.routes[path] = (_, response) => response.writeHead(200).end(hello());
    const ended = connect(server);
    await until(() => ended.told.length === 2);
    assert.deepEqual(ended.told[1], { kind: "failed", reason: "the forward ended the stream" });
    server.routes[path] = (_, response) => {
        response.writeHead(200);
        response.write(hello(), () => response.destroy());
    };
    const broken = connect(server);
    await until(() => broken.told.length === 2);
    assert.equal(broken.told[1].kind, "failed");
    for (const forward of ["http://127.0.0.1:1", "nonsense", "file:///etc"]) {
        const absent = connect(server, { forward });
        await until(() => absent.told.length === 1);
        assert.equal(absent.told[0].kind, "failed", forward);
    }
    const clock = new ManualClock();
    server.routes[path] = () => {};
    const count = server.requests.length;
    const mute = connect(server, {}, clock);
    await until(() => server.requests.length > count);
    clock.advance(1_000);
    assert.deepEqual(mute.told.map(({ kind }) => kind), ["failed"]);
});

served("what no honest forward sends is noticed, and nothing after it taken", async (server) => {
    const made = new MadeChunk(1_000);
    const wrong = [
        [Buffer.from("garbage, more than the head of a record")],
        [ping()],
        [hello({ stream: "other" })],
        [hello({ stripes: 99 })],
        [encodedRecord(1, Buffer.from("{"))],
        [hello(), hello()],
        [hello(), chunk(made)],
        [hello(), init("00".repeat(16))],
        [hello(), state(9)],
        [hello(), Buffer.from([255, 255, 255, 255, 2])],
        [hello(), encodedRecord(3, Buffer.alloc(200))],
    ];
    for (const records of wrong) {
        server.routes[path] = (_, response) => {
            response.writeHead(200);
            response.write(Buffer.concat([...records, ping(), ping()]));
        };
        const { connection, told } = connect(server);
        await until(() => connection.isOver);
        assert.deepEqual(told.map(({ kind }) => kind), [...records.slice(1).map(() => "hello"), "misbehaved"]);
    }
});

served("who cancels in the midst of a portion hears nothing more of it", async (server) => {
    let isClosed = false;
    server.routes[path] = (_, response) => {
        response.writeHead(200).on("close", () => (isClosed = true));
        response.write(Buffer.concat([hello(), ping(), ping(), state(3)]));
    };
    const told = [];
    const connection = new ForwardConnection(
        { forward: `${server.url}/`, stream: "test", stripes: [0, 1], why: "start", token: "a.b", from: null },
        {
            onBytes: () => told.push("bytes"),
            onEvent: (_, { kind }) => {
                told.push(kind);
                if (kind === "ping") connection.cancel();
            },
            onEnd: () => told.push("end"),
        }, testHash, systemClock);
    await until(() => isClosed);
    assert.deepEqual(told, ["bytes", "hello", "ping"]);
});

served("single pieces are fetched, or, of many, the whole chunk", async (server) => {
    const made = new MadeChunk(1_000);
    const told = [];
    const fetcher = new ChunkFetcher("test", systemClock);
    fetcher.onRecord = ({ kind }) => told.push(kind);
    for (const index of [0, 2]) {
        server.routes[`GET /chunk/test/1000/${index}`] = (_, response) =>
            response.writeHead(200).end(Buffer.concat([manifest(made, index % 2), piece(made, index)]));
    }
    server.routes["GET /chunk/test/1000"] = (_, response) =>
        response.writeHead(200).end(Buffer.concat([manifest(made, 0), manifest(made, 1), chunk(made)]));
    const request = { forward: `${server.url}/`, sequence: 1_000, why: /** @type {const} */ ("owner"), token: "a.b" };
    fetcher.fetch({ ...request, indices: [0, 2] });
    await until(() => told.length === 4 && fetcher.running === 0);
    assert.deepEqual([...told].sort(), ["manifest", "manifest", "piece", "piece"]);
    assert.deepEqual(server.requests[0].query, { why: "owner", token: "a.b" });
    for (const indices of [[], [0, 1, 2, 3]]) {
        told.length = 0;
        fetcher.fetch({ ...request, indices });
        await until(() => told.length === 3 && fetcher.running === 0);
        assert.deepEqual(told, ["manifest", "manifest", "chunk"]);
    }
    // What is not there, and what follows garbage, is not taken.
    told.length = 0;
    fetcher.fetch({ ...request, indices: [1] });
    server.routes["GET /chunk/test/1000"] = (_, response) =>
        response.writeHead(200).end(Buffer.concat([manifest(made, 0), Buffer.alloc(9, 255), manifest(made, 1)]));
    fetcher.fetch({ ...request, indices: [] });
    await until(() => fetcher.running === 0);
    assert.deepEqual(told, ["manifest"]);
});

served("eight requests at most are under way, and none outlives its fetcher", async (server) => {
    const answers = [];
    const told = [];
    const made = new MadeChunk(5);
    for (let sequence = 1; sequence <= 20; sequence += 1) {
        server.routes[`GET /chunk/test/${sequence}`] = (_, response) => answers.push(response);
    }
    const fetcher = new ChunkFetcher("test", systemClock);
    fetcher.onRecord = (record) => told.push(record);
    const ask = () => {
        for (let sequence = 1; sequence <= 20; sequence += 1) {
            fetcher.fetch({ forward: server.url, sequence, indices: [], why: "start", token: "a.b" });
        }
    };
    ask();
    await until(() => answers.length === 8);
    assert.equal(fetcher.running, 8);
    // What hangs is given up when the network changes.
    fetcher.networkChanged();
    await until(() => fetcher.running === 0);
    ask();
    await until(() => answers.length === 16);
    fetcher.stop();
    for (const response of answers) response.writeHead(200).end(chunk(made));
    await until(() => fetcher.running === 0);
    ask();
    assert.deepEqual([told.length, fetcher.running], [0, 0]);
});
