// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { CoordinateAPI } from "../../viewer/CoordinateAPI.js";
import { ForwardFeed } from "../../viewer/ForwardFeed.js";
import { testHash } from "../support/MadeChunk.js";
import { hello, ping } from "../support/records.js";
import { json, TestServer } from "../support/TestServer.js";
import { vectors } from "../support/vectors.js";
import { ManualClock, until } from "../support/waiting.js";

const [token, fresh] = vectors("tokens.json").cases.map(({ text }) => text);

/** A forward that sends its hello, and what the test writes. */
async function openForward() {
    const forward = await TestServer.open();
    const made = {
        forward, url: forward.url, answers: [], status: 200, headers: {}, first: hello(), refuses: "nobody",
        get asked() {
            return forward.asked("GET", "/stripe/test/0+1");
        },
    };
    forward.routes["GET /stripe/test/0+1"] = ({ query }, response) => {
        made.answers.push(response);
        const status = query.token === made.refuses ? 401 : made.status;
        response.writeHead(status, made.headers);
        response.flushHeaders();
        if (status === 200) response.write(made.first);
    };
    return made;
}

/** A feed of both stripes from two forwards, whose time the test moves, and what it told. */
const fed = (name, body) => test(name, async () => {
    const clock = new ManualClock();
    const [coordinate, one, other] = [await TestServer.open(), await openForward(), await openForward()];
    const assignment = { tracker: null, forwards: [one.url, other.url], region: "r", token, tokenExpiresAt: 9 };
    const stream = { name: "test", state: "live", sequence: 9, chunkMs: 200, stripes: 2, publicKey: "k" };
    coordinate.routes["GET /tracker"] = (_, response) => json(response, assignment);
    coordinate.routes["GET /streams/test"] = (_, response) => json(response, stream);
    const feed = new ForwardFeed("test", new CoordinateAPI(coordinate.url, clock), testHash, clock);
    const told = [];
    feed.onEvent = ({ kind }) => told.push(kind);
    feed.onOpen = (isOpen) => told.push(isOpen ? "open" : "closed");
    feed.onRefused = (retryMs) => told.push(retryMs);
    feed.onMisbehaviour = () => told.push("misbehaviour");
    feed.onKey = (key) => told.push(`key ${key}`);
    try {
        await body({ clock, coordinate, one, other, assignment, stream, feed, told });
    } finally {
        feed.stop();
        for (const server of [coordinate, one.forward, other.forward]) await server.close();
    }
    assert.equal(clock.pending, 0, "timers that go on");
});

/** Moves time on, a little with each look, until something holds. */
const passing = (clock, condition) => until(() => {
    clock.advance(10);
    return condition();
}, String(condition));

/** Lives on the first forward. */
async function settle({ feed, one, told, assignment }) {
    feed.start(assignment);
    feed.take([0, 1], "root");
    await until(() => feed.forward === one.url);
    assert.deepEqual(told.splice(0), ["closed", "open", "hello"]);
}

fed("the best forward is asked from the first chunk that is wanted", async (world) => {
    const { feed, one, other, clock, told } = world;
    feed.firstWanted = () => 77;
    await settle(world);
    assert.deepEqual(one.asked.map(({ query }) => query), [{ why: "root", from: "77", token }]);
    assert.deepEqual(feed.forwards, [one.url]);
    // The same again changes nothing.
    feed.take([0, 1], "owner");
    clock.advance(900);
    assert.deepEqual([one.asked.length, other.asked.length, told.length], [1, 0, 0]);
    feed.take([], "start");
    assert.deepEqual([feed.forward, feed.forwards, told], [null, [one.url, other.url], ["closed"]]);
    clock.advance(20_000);
    assert.equal(one.asked.length, 1);
});

fed("a second of silence, and the next forward is asked", async (world) => {
    const { feed, one, other, clock, told } = world;
    await settle(world);
    clock.advance(900);
    one.answers[0].write(ping());
    await until(() => told.length === 1);
    clock.advance(900);
    assert.equal(feed.forward, one.url);
    clock.advance(200);
    await until(() => feed.forward === other.url);
    assert.deepEqual(told, ["ping", "closed", "open", "hello"]);
    assert.equal(feed.reconnects, 1);
});

fed("bytes that are no whole record keep a forward for 5 s", async (world) => {
    const { feed, one, other, clock } = world;
    one.first = Buffer.concat([hello(), Buffer.from([0, 64, 0, 0, 99])]);
    await settle(world);
    const received = feed.received.bind(feed);
    let portions = 0;
    feed.received = () => {
        portions += 1;
        received();
    };
    for (let step = 1; step <= 8; step += 1) {
        one.answers[0].write(Buffer.of(1));
        await until(() => portions === step);
        clock.advance(800);
        assert.equal(feed.connection?.forward, step < 8 ? one.url : other.url, `after ${0.8 * step} s`);
    }
});

fed("a break, and the next forward is asked at once", async (world) => {
    const { feed, one, other, told } = world;
    await settle(world);
    one.answers[0].destroy();
    await until(() => feed.forward === other.url);
    assert.deepEqual(told, ["closed", "open", "hello"]);
    assert.match(String(feed.lastProblem), new RegExp(one.url));
});

fed("a token that is refused is asked for again, and a tracker's counts more", async (world) => {
    const { feed, one, other, clock, coordinate, assignment, told } = world;
    one.refuses = token;
    other.refuses = token;
    feed.start({ ...assignment });
    feed.take([0, 1], "start");
    assignment.token = fresh;
    await until(() => one.asked.length === 1 && other.asked.length === 1);
    await passing(clock, () => feed.forward !== null);
    assert.equal([...one.asked, ...other.asked].filter(({ query }) => query.token === fresh).length, 1);
    assert.equal(coordinate.asked("GET", "/tracker").length, 1);
    // Nobody but the coordinate says whose signature counts, and it is asked while nothing comes.
    assert.ok(told.includes("key k"));
    const [now, next] = feed.forward === one.url ? [one, other] : [other, one];
    feed.trackerToken = () => "from.tracker";
    now.answers.at(-1)?.destroy();
    await until(() => feed.forward === next.url);
    assert.equal(next.asked.at(-1)?.query.token, "from.tracker");
});

fed("a forward without room is left alone until somebody asks", async (world) => {
    const { feed, one, other, clock, told, assignment } = world;
    one.status = 429;
    one.headers = { "Retry-After": "7" };
    feed.start(assignment);
    feed.take([0, 1], "start");
    await until(() => told.includes(7_000));
    clock.advance(25_000);
    assert.deepEqual([one.asked.length, other.asked.length], [1, 0]);
    one.status = 200;
    feed.take([0, 1], "start");
    clock.advance(100);
    await until(() => feed.forward === one.url);
});

fed("a forward that sends garbage is left alone for a while", async (world) => {
    const { feed, one, other, clock, told } = world;
    await settle(world);
    one.answers[0].write("garbage, more than the head of a record");
    await until(() => feed.forward === other.url);
    assert.deepEqual(told, ["closed", "misbehaviour", "open", "hello"]);
    feed.blame("a piece with a wrong hash");
    assert.equal(feed.forward, null);
    // Of two that did so, the first has had more time to think about it.
    await passing(clock, () => feed.forward === one.url);
});

fed("one that lives and sends nothing new is left when the stream goes on without it", async (world) => {
    const { feed, one, other, clock, coordinate, stream, told } = world;
    await settle(world);
    const pings = clock.every(100, () => one.answers[0].write(ping()));
    const listen = async (ms) => {
        for (let step = 0; step < ms / 100; step += 1) {
            const count = told.length;
            clock.advance(100);
            await until(() => told.length > count);
        }
    };
    const asked = () => coordinate.asked("GET", "/streams/test").length;
    // As long as chunks come nobody is asked.
    for (let step = 0; step < 4; step += 1) {
        await listen(600);
        feed.noteChunk();
    }
    assert.equal(asked(), 0);
    // Nor is it left when there is nothing to send.
    await listen(2_500);
    await until(() => asked() === 2);
    assert.equal(feed.forward, one.url);
    stream.sequence += 1;
    await passing(clock, () => feed.forward === other.url);
    pings.cancel();
    assert.match(String(feed.lastProblem), /no whole chunks/);
});

fed("the tracker's wishes come first", async (world) => {
    const { feed, one, other, clock, assignment } = world;
    await settle(world);
    feed.prefer(null, ["http://127.0.0.1:1"]);
    assert.deepEqual(feed.chooser.all, ["http://127.0.0.1:1", one.url, other.url]);
    assert.equal(feed.forward, one.url);
    feed.prefer(other.url, []);
    await until(() => feed.forward === other.url);
    feed.learn(assignment);
    assert.deepEqual(feed.chooser.all, [other.url, one.url]);
    const many = Array.from({ length: 99 }, (_, index) => `http://127.0.0.1:${index + 1}`);
    feed.prefer(one.url, [...many, ...many]);
    await until(() => feed.forward === one.url);
    assert.equal(feed.chooser.all.length, 16);
    assert.equal(clock.pending, 2);
});

fed("where every forward is refused pauses grow, and the coordinate is asked for others", async (world) => {
    const { feed, one, clock, coordinate, assignment } = world;
    // As mixed content, a missing permission and a closed port look to a page.
    const absent = { ...assignment, forwards: ["http://127.0.0.1:1", "nonsense"] };
    feed.start(absent);
    feed.take([0, 1], "start");
    coordinate.routes["GET /tracker"] = (_, response) => json(response, absent);
    await passing(clock, () => feed.chooser.failures > 9);
    assert.ok(feed.connections < 15, "without pauses");
    coordinate.routes["GET /tracker"] = (_, response) => json(response, assignment);
    await passing(clock, () => feed.forward === one.url);
});

fed("it lives on what it knows while the coordinate is away, and finds its way without anything", async (world) => {
    const { feed, one, other, clock, coordinate } = world;
    const answer = coordinate.routes["GET /tracker"];
    coordinate.routes = {};
    feed.start(null);
    feed.take([0, 1], "start");
    await passing(clock, () => coordinate.asked("GET", "/tracker").length > 3);
    coordinate.routes["GET /tracker"] = answer;
    await passing(clock, () => feed.forward === one.url);
    coordinate.routes = {};
    one.answers[0].destroy();
    await passing(clock, () => feed.forward === other.url);
});

fed("after a network change the same forward is asked at once, and the coordinate", async (world) => {
    const { feed, one, other, clock, coordinate, told } = world;
    await settle(world);
    coordinate.routes["GET /tracker"] = () => {};
    feed.networkChanged();
    clock.advance(0);
    await until(() => feed.forward === one.url && coordinate.requests.length === 1);
    assert.deepEqual([told, other.asked.length], [["closed", "open", "hello"], 0]);
    assert.equal(feed.chooser.failures, 0);
    // A question that hangs does not stand in the way of the next.
    feed.networkChanged();
    clock.advance(0);
    await until(() => coordinate.requests.length === 2);
    // Nor does a pause after failures.
    for (const each of [one, other]) each.status = 503;
    one.answers.at(-1)?.destroy();
    await passing(clock, () => feed.chooser.failures >= 6 && feed.connection === null);
    for (const each of [one, other]) each.status = 200;
    feed.networkChanged();
    assert.notEqual(feed.connection, null);
    await until(() => feed.forward !== null);
});
