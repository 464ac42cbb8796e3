// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { CoordinateAPI, CoordinateFailure } from "../../viewer/CoordinateAPI.js";
import { systemClock } from "../../viewer/Clock.js";
import { sendRequest } from "../../viewer/HTTPRequest.js";
import { HTTPTransfer } from "../../viewer/HTTPTransfer.js";
import { json, TestServer } from "../support/TestServer.js";
import { vectors } from "../support/vectors.js";
import { ManualClock, until } from "../support/waiting.js";

const token = vectors("tokens.json").cases[0].text;

/** Runs a test with a server that is closed after it. */
const served = (name, body) => test(name, async () => {
    const server = await TestServer.open();
    try {
        await body(server);
    } finally {
        await server.close();
    }
});

served("an answer comes as a whole, with its status and pause, and the question carries the token", async (server) => {
    server.routes["POST /a"] = (_, response) => {
        response.writeHead(429, { "Retry-After": "7" });
        response.write("one ");
        response.end("two");
    };
    const request = { url: `${server.url}/a`, method: "POST", body: "{}", token, headers: { "Content-Type": "a/b" } };
    const answer = await sendRequest(request, systemClock);
    assert.deepEqual([answer.status, answer.retryAfterMs, answer.problem], [429, 7_000, null]);
    assert.equal(new TextDecoder().decode(answer.body), "one two");
    const [{ headers, body }] = server.requests;
    assert.deepEqual([headers.authorization, headers["content-type"], body], [`Bearer ${token}`, "a/b", "{}"]);
    assert.equal(headers.cookie, undefined);
});

served("a pause that is no number of seconds is none, and a long one is an hour", async (server) => {
    for (const [text, pause] of [["soon", null], ["-1", null], ["1.5", null], ["999999999", 3_600_000]]) {
        server.routes["GET /a"] = (_, response) => response.writeHead(503, { "Retry-After": text }).end();
        const answer = await sendRequest({ url: `${server.url}/a` }, systemClock);
        assert.deepEqual([answer.status, answer.retryAfterMs], [503, pause], String(text));
    }
});

served("what answers without end is read up to the bound, and no further", async (server) => {
    let isClosed = false;
    server.routes["GET /a"] = (_, response) => {
        response.writeHead(200);
        const more = () => response.write(new Uint8Array(10_000), () => !response.destroyed && setImmediate(more));
        more();
        response.on("close", () => (isClosed = true));
    };
    const answer = await sendRequest({ url: `${server.url}/a`, bytesMax: 50_000 }, systemClock);
    assert.equal(answer.status, 0);
    assert.match(String(answer.problem), /50000 bytes/);
    await until(() => isClosed);
});

served("an answer that takes too long, or breaks off, or goes elsewhere, is none", async (server) => {
    const clock = new ManualClock();
    server.routes["GET /never"] = () => {};
    const slow = sendRequest({ url: `${server.url}/never`, timeoutMs: 3_000 }, clock);
    await until(() => server.requests.length === 1);
    clock.advance(3_000);
    assert.match(String((await slow).problem), /3000 ms/);
    server.routes["GET /half"] = (_, response) => {
        response.writeHead(200, { "Content-Length": "10" });
        response.write("half", () => response.destroy());
    };
    const half = await sendRequest({ url: `${server.url}/half` }, systemClock);
    assert.deepEqual([half.status, half.problem === null], [0, false]);
    server.routes["GET /moved"] = (_, response) => response.writeHead(302, { Location: "/half" }).end();
    assert.equal((await sendRequest({ url: `${server.url}/moved` }, systemClock)).status, 0);
    for (const url of ["http://127.0.0.1:1/", "nonsense", "ftp://a/"]) {
        assert.equal((await sendRequest({ url }, systemClock)).status, 0, url);
    }
    const stopped = await sendRequest({ url: `${server.url}/never`, signal: AbortSignal.abort() }, systemClock);
    assert.equal(stopped.problem, "cancelled");
});

served("who cancels hears nothing any more, in the midst of portions too", async (server) => {
    let isClosed = false;
    server.routes["GET /a"] = (_, response) => {
        response.writeHead(200).on("close", () => (isClosed = true));
        const more = () => response.write("x".repeat(1_000), () => !response.destroyed && setImmediate(more));
        more();
    };
    const heard = [];
    const clock = new ManualClock();
    const transfer = new HTTPTransfer({ url: `${server.url}/a`, timeoutMs: 9_000, connectTimeoutMs: 1_000 }, {
        onHead: () => heard.push("head"),
        onBytes: () => {
            heard.push("bytes");
            if (heard.length === 4) transfer.cancel();
        },
        onEnd: () => heard.push("end"),
    }, clock);
    await until(() => heard.length === 4 && isClosed);
    assert.deepEqual(heard, ["head", "bytes", "bytes", "bytes"]);
    assert.equal(clock.pending, 0);
});

served("a head that does not come in time ends it, one that came does not", async (server) => {
    const clock = new ManualClock();
    const ends = [];
    const start = (path) => new HTTPTransfer({ url: server.url + path, timeoutMs: 0, connectTimeoutMs: 1_000 }, {
        onHead: (status) => ends.push(status), onBytes: () => {}, onEnd: () => ends.push(path),
    }, clock);
    server.routes["GET /mute"] = () => {};
    server.routes["GET /open"] = (_, response) => response.writeHead(200).flushHeaders();
    const open = start("/open");
    await until(() => ends.length === 1);
    const mute = start("/mute");
    await until(() => server.requests.length === 2);
    clock.advance(1_000);
    assert.deepEqual(ends, [200, "/mute"]);
    assert.deepEqual([open.hasTimedOut, mute.hasTimedOut], [false, true]);
    open.cancel();
});

const description = { name: "test", state: "live", sequence: 9, chunkMs: 200, stripes: 2, publicKey: "k" };
const assignment = {
    tracker: { name: "t1", region: "r", url: "http://10.0.0.1:9090" }, forwards: ["http://10.0.0.2:9998"], region: "r",
    token, tokenExpiresAt: 5,
};

served("a coordinate tells the stream, where to go, also without a tracker, and the time", async (server) => {
    server.routes["GET /streams/test"] = (_, response) => json(response, description);
    server.routes["GET /tracker"] = (_, response) => json(response, assignment);
    server.routes["GET /time"] = (_, response) => json(response, { now: 1_700_000_000_000 });
    const api = new CoordinateAPI(`${server.url}/`, systemClock);
    assert.deepEqual(await api.stream("test"), description);
    assert.deepEqual(await api.assignment("test"), assignment);
    assert.deepEqual(server.asked("GET", "/tracker")[0].query, { stream: "test" });
    server.routes["GET /tracker"] = (_, response) => json(response, { ...assignment, tracker: undefined }, 503);
    assert.deepEqual(await api.assignment("test"), { ...assignment, tracker: null });
    const sent = performance.now();
    const clock = await api.clock(3);
    assert.equal(server.asked("GET", "/time").length, 3);
    assert.ok(clock && clock.errorMs < performance.now() - sent + 1);
    assert.ok(Math.abs(clock.wallAt(sent) - 1_700_000_000_000) <= performance.now() - sent + 1);
});

served("a coordinate that fails is told apart by how", async (server) => {
    const kindOf = async (api) => {
        try {
            await api.assignment("test");
            return "none";
        } catch (error) {
            assert.ok(error instanceof CoordinateFailure, String(error));
            return error.kind;
        }
    };
    const api = new CoordinateAPI(server.url, systemClock);
    assert.equal(await kindOf(api), "unknownStream");
    const expected = [[200, "?", "malformed"], [200, "[]", "malformed"], [503, '{"title":"stopping"}', "refused"],
        [500, "", "refused"]];
    for (const [status, body, kind] of expected) {
        server.routes["GET /tracker"] = (_, response) => response.writeHead(status).end(body);
        assert.equal(await kindOf(api), kind, `${status} ${body}`);
    }
    await server.close();
    assert.equal(await kindOf(api), "unreachable");
    assert.equal(await api.clock(2), null);
});
