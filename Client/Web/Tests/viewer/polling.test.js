// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { BrowserShare } from "../../viewer/BrowserShare.js";
import { CoordinateAPI } from "../../viewer/CoordinateAPI.js";
import { TrackerSession } from "../../viewer/TrackerSession.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { TestTracker } from "../support/TestTracker.js";
import { ManualClock, until } from "../support/waiting.js";

const child = { stripe: 1, peer: "ff".repeat(16) };

/** Channels of one browser, which hear each other at once. */
class TestBrowser {
    channels = [];

    open() {
        const channel = {
            onmessage: null,
            postMessage: (message) => {
                for (const each of this.channels) if (each !== channel) each.onmessage?.({ data: message });
            },
            close: () => (this.channels = this.channels.filter((each) => each !== channel)),
        };
        this.channels.push(channel);
        return channel;
    }
}

test("four viewers of a browser hold an event stream of a tracker, whoever came first", () => {
    for (let seed = 0; seed < 50; seed += 1) {
        const generator = new SeededGenerator(seed);
        const [clock, browser] = [new ManualClock(), new TestBrowser()];
        const length = generator.integer(1, 12);
        const ids = generator.shuffled(Array.from({ length }, (_, index) => `id${index + 10}`));
        const shares = ids.map((id) => new BrowserShare(clock, { id, channel: browser.open() }));
        for (const share of shares) share.want("http://tracker");
        const first = [...ids].sort().slice(0, 4);
        const free = shares.filter(({ isCrowded }) => !isCrowded).map(({ id }) => id);
        assert.deepEqual(free.sort(), first, `seed ${seed}`);
        // One goes, and the next one takes its place; one dies, and is forgotten.
        const [gone, dead] = [shares.find(({ id }) => id === first[0]), shares.find(({ id }) => id === first[1])];
        gone?.stop();
        dead?.timer?.cancel();
        for (let step = 0; step < 6; step += 1) clock.advance(1_000);
        const rest = shares.filter((share) => share !== gone && share !== dead);
        const next = rest.map(({ id }) => id).sort().slice(0, 4);
        const expected = rest.map(({ id }) => next.includes(id));
        assert.deepEqual(rest.map(({ isCrowded }) => !isCrowded), expected, `seed ${seed}`);
        for (const share of shares) share.stop();
        assert.equal(clock.pending, 0);
    }
});

test("viewers at other trackers do not count, and neither does what is no announcement", () => {
    const [clock, browser] = [new ManualClock(), new TestBrowser()];
    const share = new BrowserShare(clock, { id: "z", channel: browser.open() });
    const others = browser.open();
    share.want("http://tracker");
    for (let index = 0; index < 9; index += 1) others.postMessage({ id: `a${index}`, origin: "http://another" });
    for (const message of [null, 7, "x", {}, { id: 7, origin: "http://tracker" }, { id: "z", origin: "http://tracker" },
        { id: "b", origin: null }, { id: "c", origin: {} }, { id: "d".repeat(99), origin: "http://tracker" }]) {
        others.postMessage(message);
    }
    assert.equal(share.isCrowded, false);
    for (let index = 0; index < 999; index += 1) others.postMessage({ id: `b${index}`, origin: "http://tracker" });
    assert.equal(share.fellows.size, BrowserShare.fellowsMax);
    assert.equal(share.isCrowded, true);
    share.stop();
});

test("the channel is a browser's own, and there may be none", async () => {
    const clock = new ManualClock();
    const shares = Array.from({ length: 5 }, (_, index) => new BrowserShare(clock, { id: String(index) }));
    for (const share of shares) share.want("http://tracker");
    await until(() => shares[4].isCrowded);
    assert.deepEqual(shares.map(({ isCrowded }) => isCrowded), [false, false, false, false, true]);
    for (const share of shares) share.stop();
    const original = globalThis.BroadcastChannel;
    for (const absent of [undefined, class { constructor() { throw new Error("SecurityError"); } }]) {
        globalThis.BroadcastChannel = /** @type {any} */ (absent);
        const share = new BrowserShare(clock);
        globalThis.BroadcastChannel = original;
        share.want("http://tracker");
        assert.equal(share.isCrowded, false);
        share.stop();
    }
});

/** A viewer that is told what happens, and its tracker. */
const joined = (name, body) => test(name, async () => {
    const tracker = await TestTracker.open();
    const [clock, browser] = [new ManualClock(), new TestBrowser()];
    const share = new BrowserShare(clock, { id: "z", channel: browser.open() });
    const session = new TrackerSession("test", new CoordinateAPI(tracker.url, clock), clock, share);
    const told = [];
    session.onEvent = ({ kind }) => told.push(kind);
    try {
        session.start();
        await body({ tracker, clock, session, told, browser });
    } finally {
        session.vanish();
        await tracker.close();
    }
    assert.equal(clock.pending, 0, "timers that go on");
});

/** Moves time on, a little with each look, until something holds. */
const passing = (clock, condition) => until(() => {
    clock.advance(20);
    return condition();
}, String(condition));

joined("where four others hold an event stream, events are polled for, each once", async (world) => {
    const { tracker, clock, session, told, browser } = world;
    const others = Array.from({ length: 4 }, (_, index) =>
        new BrowserShare(clock, { id: `a${index}`, channel: browser.open() }));
    for (const other of others) other.want(tracker.url);
    await passing(clock, () => tracker.listens.length >= 3);
    assert.ok(tracker.listens.every(({ query }) => query.poll === "1"));
    assert.deepEqual(tracker.listens.slice(0, 3).map(({ headers }) => headers["last-event-id"]), [undefined, "0", "0"]);
    tracker.tell("child", child);
    tracker.tell("drop", child);
    await passing(clock, () => told.length === 2);
    const count = tracker.listens.length;
    await passing(clock, () => tracker.listens.length > count + 1);
    assert.equal(tracker.listens.at(-1)?.headers["last-event-id"], "2");
    assert.deepEqual(told, ["child", "drop"]);
    // One of them goes: there is room for a stream, which goes on where the polls ended.
    others[0].stop();
    await passing(clock, () => tracker.streams === 1);
    assert.equal(tracker.listens.at(-1)?.headers["last-event-id"], "2");
    tracker.tell("child", child);
    await until(() => told.length === 3);
    // And one comes.
    const late = new BrowserShare(clock, { id: "b", channel: browser.open() });
    late.want(tracker.url);
    await passing(clock, () => tracker.streams === 0 && tracker.listens.at(-1)?.query.poll === "1");
    assert.equal(session.places, 1);
    assert.equal(tracker.joins.length, 1);
    for (const other of [...others, late]) other.stop();
});

joined("polls come every 300 ms, one at a time", async ({ tracker, clock, session, browser }) => {
    const answers = [];
    session.listener.unopened = 2;
    session.origin = tracker.url;
    tracker.server.routes[`GET /peers/${tracker.id}/events`] = (_, response) => answers.push(response);
    assert.equal(browser.channels.length, 1);
    clock.advance(0);
    await until(() => answers.length === 1);
    clock.advance(1_000);
    answers[0].writeHead(200).end();
    // It took longer than a pause: the next one follows at once.
    await until(() => session.listener.events?.transfer === null);
    clock.advance(0);
    await until(() => answers.length === 2);
    clock.advance(100);
    answers[1].writeHead(200).end();
    await until(() => session.listener.events?.transfer === null);
    clock.advance(199);
    assert.equal(session.listener.events?.transfer, null);
    clock.advance(1);
    await until(() => answers.length === 3);
});

joined("where a stream does not open within 4 s twice, events are polled for", async (world) => {
    const { tracker, clock, session, told } = world;
    tracker.opensStreams = false;
    clock.advance(0);
    await until(() => tracker.listens.length === 1);
    clock.advance(4_000);
    clock.advance(200);
    await until(() => tracker.listens.length === 2);
    assert.equal(session.listener.mustPoll, false);
    clock.advance(4_000);
    clock.advance(300);
    await until(() => tracker.listens.length === 3);
    assert.deepEqual(tracker.listens.map(({ query }) => query.poll), [undefined, undefined, "1"]);
    tracker.tell("child", child);
    await passing(clock, () => told.length === 1);
    // A stream is tried again after a while, and after a longer while.
    const streams = () => tracker.listens.filter(({ query }) => query.poll !== "1").length;
    for (const [attempt, seconds] of [[3, 60], [4, 120]]) {
        clock.time += 1_000 * (seconds - 1);
        await passing(clock, () => streams() === attempt);
        assert.equal(tracker.listens.at(-2)?.query.poll, "1");
        clock.advance(4_000);
        await passing(clock, () => tracker.listens.at(-1)?.query.poll === "1");
    }
    // And when the network is another.
    tracker.opensStreams = true;
    session.networkChanged();
    await until(() => tracker.streams === 1);
});

joined("where polls are not answered either it is not for the streams", async ({ tracker, clock, session }) => {
    tracker.server.routes[`GET /peers/${tracker.id}/events`] = () => {};
    clock.advance(0);
    const ask = async (count, ms) => {
        await until(() => tracker.listens.length === count);
        clock.advance(ms);
        clock.advance(1_000);
    };
    await ask(1, 4_000);
    await ask(2, 4_000);
    await ask(3, 2_000);
    await until(() => tracker.listens.length === 4);
    assert.deepEqual(tracker.listens.map(({ query }) => query.poll), [undefined, undefined, "1", undefined]);
    assert.equal(session.listener.mustPoll, false);
});
