// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { BrowserShare } from "../../viewer/BrowserShare.js";
import { CoordinateAPI } from "../../viewer/CoordinateAPI.js";
import { TrackerSession } from "../../viewer/TrackerSession.js";
import { TestTracker } from "../support/TestTracker.js";
import { ManualClock, until } from "../support/waiting.js";

const other = "ff".repeat(16);
const third = "ee".repeat(16);
const child = { stripe: 1, peer: other };

/** A viewer at a tracker, whose time the test moves, and all that it was told. */
const joined = (name, body, { starts = true } = {}) => test(name, async () => {
    const tracker = await TestTracker.open();
    const clock = new ManualClock();
    const session = new TrackerSession(
        "test", new CoordinateAPI(tracker.url, clock), clock, new BrowserShare(clock, { channel: null }));
    const told = [];
    session.onPlace = (place) => told.push(["place", place.id]);
    session.onEvent = ({ kind, ...rest }) => told.push([kind, ...Object.values(rest)]);
    session.onUnreachable = () => told.push(["unreachable"]);
    session.onUndelivered = (peer) => told.push(["undelivered", peer]);
    session.capacity = () => 3;
    session.report = () => ({ capacity: 3, parents: session.place?.parents });
    try {
        if (starts) {
            session.start();
            clock.advance(0);
            await until(() => session.listener.events?.status === 200);
        }
        await body({ tracker, clock, session, told });
    } finally {
        session.vanish();
        await tracker.close();
    }
    assert.equal(clock.pending, 0, "timers that go on");
});

joined("who joins gets a place, a token, and the events since then", async ({ tracker, clock, session, told }) => {
    const [join] = tracker.joins;
    assert.deepEqual(join, {
        stream: "test", capacity: 3, nat: "unknown", transports: ["webrtc"], agent: "browser", version: 1,
    });
    tracker.tell("child", child);
    tracker.tell("signal", { from: other, link: "0123456789abcdef", type: "offer", sdp: "v=0" });
    tracker.tell("forward", { forwards: ["http://a"] });
    tracker.tell("news", {});
    tracker.tell("child", { stripe: "x" });
    tracker.tell("drop", child);
    await until(() => told.length === 5);
    assert.deepEqual(told, [
        ["place", tracker.id], ["child", child],
        ["signal", other, { link: "0123456789abcdef", type: "offer", text: "v=0" }], ["forwards", ["http://a"]],
        ["drop", child],
    ]);
    assert.equal(session.token, tracker.token);
    assert.equal(session.tracker?.name, "t1");
    assert.equal(session.leaveURL, `${tracker.url}/peers/${tracker.id}/leave?token=${tracker.token}`);
    clock.wall = () => Date.now() + 59_500;
    assert.equal(session.token, null);
});

joined("a stream that breaks goes on after the last event", async ({ tracker, clock, session, told }) => {
    tracker.tell("child", child);
    await until(() => told.length === 2);
    tracker.drop();
    await until(() => tracker.streams === 0);
    tracker.tell("drop", child);
    await until(() => session.listener.events === null);
    clock.advance(100);
    await until(() => told.length === 3);
    assert.deepEqual(told.at(-1), ["drop", child]);
    assert.deepEqual(tracker.listens.map(({ headers }) => headers["last-event-id"]), [undefined, "1"]);
    assert.equal(tracker.joins.length, 1);
});

joined("a resync is a place, and a parent brings a token", async ({ tracker, session, told }) => {
    tracker.tell("resync", { ...tracker.place, children: [child] });
    await until(() => session.places === 2);
    assert.deepEqual(session.place?.children, [child]);
    tracker.token = "other.token";
    const lease = { token: "other.token", tokenExpiresAt: Date.now() + 90_000 };
    tracker.tell("parent", { stripe: 1, peer: third, depth: 2, ...lease });
    await until(() => told.length === 3);
    assert.deepEqual(told[2], ["parent", { stripe: 1, peer: third, grandparent: null, forward: null, depth: 2 }]);
    assert.equal(session.token, "other.token");
});

joined("who is forgotten joins again with what it has, in its own time", async (world) => {
    const { tracker, clock, session, told } = world;
    session.children = () => [child];
    clock.share = 0.5;
    tracker.isKnown = false;
    tracker.drop();
    await until(() => session.listener.events === null);
    clock.advance(200);
    await until(() => tracker.listens.length === 2 && session.joining.isUnderWay);
    clock.advance(4_900);
    assert.equal(tracker.joins.length, 1);
    clock.advance(200);
    await until(() => tracker.streams === 1);
    const { resume } = tracker.joins[1];
    assert.deepEqual(resume, {
        id: tracker.id, token: tracker.token, role: 1, parents: [{ stripe: 0, forward: "any", depth: 1 }],
        children: [child],
    });
    assert.equal(told.filter(([kind]) => kind === "place").length, 2);
    // Events are counted anew.
    assert.equal(tracker.listens.at(-1)?.headers["last-event-id"], undefined);
});

joined("who has lost a parent does not wait so long", async ({ tracker, clock, session }) => {
    tracker.isKnown = false;
    clock.share = 0.5;
    session.reportLost(0, other, "silent");
    await until(() => session.joining.isUnderWay);
    clock.advance(260);
    await until(() => tracker.streams === 1 && tracker.joins.length === 2);
    // Who has a place again tells what was lost.
    clock.advance(500);
    await until(() => tracker.reported.length === 2);
    assert.deepEqual(tracker.reported[1].lost, [{ stripe: 0, peer: other, reason: "silent" }]);
});

joined("reports come every 5 s, and at once after a loss, until they are taken", async (world) => {
    const { tracker, clock, session } = world;
    clock.advance(5_000);
    await until(() => tracker.reported.length === 1 && !session.reports.isReporting);
    assert.deepEqual(tracker.reported[0], { capacity: 3, parents: [{ stripe: 0, forward: "any", depth: 1 }] });
    tracker.reportStatus = 500;
    session.reportLost(0, other, "closed");
    session.reportLost(1, third, "stalled");
    await until(() => tracker.reported.length === 3 && !session.reports.isReporting);
    tracker.reportStatus = 200;
    clock.advance(500);
    await until(() => tracker.reported.length === 4 && !session.reports.isReporting);
    const both = [{ stripe: 0, peer: other, reason: "closed" }, { stripe: 1, peer: third, reason: "stalled" }];
    assert.deepEqual(tracker.reported.map(({ lost }) => lost), [undefined, both.slice(0, 1), both, both]);
    clock.advance(500);
    assert.equal(tracker.reported.length, 4);
});

joined("what a tracker does not understand is not repeated, and queues are bounded", async (world) => {
    const { tracker, clock, session } = world;
    tracker.reportStatus = 400;
    for (let stripe = 0; stripe < 20; stripe += 1) session.reportLost(stripe, other, "closed");
    assert.deepEqual(session.reports.lost.map(({ stripe }) => stripe), Array.from({ length: 16 }, (_, n) => n + 4));
    await until(() => tracker.reported.length === 1 && !session.reports.isReporting);
    assert.equal(session.reports.isUrgent, false);
    clock.advance(500);
    assert.equal(tracker.reported.length, 1);
});

joined("one neighbour a minute is accused", async ({ tracker, clock, session }) => {
    session.accuse(other, "x".repeat(100));
    session.accuse(third, "second");
    await until(() => tracker.reported.length === 1 && !session.reports.isReporting);
    assert.deepEqual(tracker.reported[0].accused, [{ peer: other, reason: "x".repeat(60) }]);
    clock.time += 61_000;
    session.accuse(third, "later");
    await until(() => tracker.reported.length === 2);
    assert.deepEqual(tracker.reported[1].accused, [{ peer: third, reason: "later" }]);
});

joined("signals are passed on, and it is told for whom in vain", async ({ tracker, session, told }) => {
    session.send(other, { link: "0123456789abcdef", type: "answer", text: "v=0" });
    await until(() => tracker.server.asked("POST", `/peers/${tracker.id}/signal`).length === 1);
    const [{ body, headers }] = tracker.server.asked("POST", `/peers/${tracker.id}/signal`);
    assert.deepEqual(JSON.parse(body), { to: other, link: "0123456789abcdef", type: "answer", sdp: "v=0" });
    assert.equal(headers.authorization, `Bearer ${tracker.token}`);
    tracker.signalStatus = 404;
    session.send(third, { link: "0123456789abcdef", type: "candidate", text: "" });
    await until(() => told.length === 2);
    assert.deepEqual(told[1], ["undelivered", third]);
    assert.equal(session.reports.signalCount, 0);
});

joined("a tracker that stops is resumed at when it says, a network change or not", async (world) => {
    const { tracker, clock, session } = world;
    tracker.tell("bye", { reason: "stopping", retryMs: 700 });
    await until(() => session.joining.isUnderWay && tracker.streams === 0);
    session.networkChanged();
    clock.advance(699);
    assert.equal(tracker.joins.length, 1);
    clock.advance(1);
    await until(() => tracker.joins.length === 2);
    assert.equal(tracker.joins[1].resume.id, tracker.id);
});

joined("who was thrown out comes as somebody new", async ({ tracker, clock, session, told }) => {
    tracker.tell("bye", { reason: "banned", retryMs: 0 });
    await until(() => told.length === 2);
    assert.deepEqual([told[1], session.token === null, session.leaveURL], [["unreachable"], false, null]);
    clock.advance(4_999);
    assert.equal(tracker.joins.length, 1);
    clock.advance(1);
    await until(() => tracker.joins.length === 2);
    assert.equal(tracker.joins[1].resume, undefined);
});

joined("a swarm ends with its stream, and is looked for again", async ({ tracker, clock, told }) => {
    tracker.tell("bye", { reason: "ended", retryMs: 0 });
    await until(() => told.length === 2);
    assert.deepEqual(told[1], ["ended"]);
    clock.advance(2_000);
    await until(() => tracker.joins.length === 2);
});

joined("a tracker that says nothing for 12 s is listened to anew", async ({ tracker, clock, told }) => {
    tracker.tell("child", child);
    await until(() => told.length === 2);
    clock.advance(12_500);
    clock.advance(200);
    await until(() => tracker.listens.length === 2 && tracker.streams === 1);
    assert.equal(tracker.listens[1].headers["last-event-id"], "1");
});

joined("without a place the pauses grow, and forwards are lived off", async ({ tracker, clock, session, told }) => {
    tracker.joinStatus = 503;
    session.start();
    clock.advance(0);
    const pauses = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
        await until(() => session.joining.failures === attempt && session.joining.isUnderWay);
        pauses.push(session.joining.retry.at - clock.now());
        clock.advance(pauses.at(-1));
    }
    assert.deepEqual(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
    assert.deepEqual(told, [["unreachable"]]);
    tracker.joinStatus = 201;
    session.networkChanged();
    clock.advance(0);
    await until(() => tracker.streams === 1);
    assert.equal(session.joining.failures, 0);
}, { starts: false });

joined("a tracker that says when to come back is asked then", async ({ tracker, clock, session }) => {
    tracker.joinStatus = 429;
    clock.share = 0.5;
    session.start();
    clock.advance(0);
    const pauses = [];
    for (const [attempt, seconds] of ["3", "7200", "0", "soon"].entries()) {
        tracker.joinHeaders = { "Retry-After": seconds };
        await until(() => session.joining.failures === attempt + 1 && session.joining.isUnderWay);
        pauses.push(session.joining.retry.at - clock.now());
        clock.advance(pauses.at(-1));
    }
    assert.deepEqual(pauses, [3_000 + 425, 60_000 + 7_550, 850, 1_650]);
    // It is the address that was refused: from another network it may ask at once.
    await until(() => session.joining.failures === 5 && session.joining.isUnderWay);
    tracker.joinStatus = 201;
    session.networkChanged();
    clock.advance(0);
    await until(() => tracker.streams === 1);
}, { starts: false });

joined("after a network change all begins again at once", async ({ tracker, clock, session, told }) => {
    tracker.tell("child", child);
    await until(() => told.length === 2);
    session.networkChanged();
    await until(() => tracker.listens.length === 2 && tracker.streams === 1);
    assert.equal(tracker.listens[1].headers["last-event-id"], "1");
    // Even when the tracker has forgotten it meanwhile.
    tracker.isKnown = false;
    clock.share = 0.5;
    session.networkChanged();
    await until(() => session.joining.isUnderWay);
    clock.advance(250);
    await until(() => tracker.joins.length === 2 && tracker.streams === 1);
    // And in the midst of a join that hangs.
    tracker.isKnown = false;
    tracker.server.routes["GET /tracker"] = () => {};
    tracker.drop();
    await until(() => session.listener.events === null);
    clock.advance(200);
    await until(() => session.joining.isUnderWay);
    clock.advance(10_000);
    await until(() => tracker.server.asked("GET", "/tracker").length === 3);
    session.networkChanged();
    clock.advance(0);
    await until(() => tracker.server.asked("GET", "/tracker").length === 4);
});

joined("who leaves says so", async ({ tracker, session }) => {
    await session.leave();
    assert.equal(tracker.server.asked("DELETE", `/peers/${tracker.id}`).length, 1);
    assert.equal(session.leaveURL, null);
    await session.leave();
    session.reportLost(0, other, "closed");
    assert.equal(tracker.server.asked("DELETE", `/peers/${tracker.id}`).length, 1);
    await until(() => tracker.streams === 0);
});
