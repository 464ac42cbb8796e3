// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { factGroups } from "../../element/facts.js";
import { givingWords, liveStanding, wordsFor } from "../../element/words.js";

/** @type {import("../../viewer/ViewerTypes.js").ViewerState[]} */
const states = [
    "starting", "playing", "rebuffering", "paused", "waiting", "ended", "unknown", "unreachable", "unsupported",
    "stopped",
];
/** @type {import("../../viewer/ViewerTypes.js").ViewerActivity[]} */
const activities = [
    "finding", "joining", "buffering", "watching", "repairing", "forward", "searching-tracker", "offline", "resuming",
    "waiting", "ended", "retrying",
];

test("there are words for every state and activity", () => {
    for (const state of states) {
        for (const activity of activities) {
            const { short, title } = wordsFor(state, activity);
            assert.ok(short !== "" && title !== "", `${state} ${activity}`);
        }
    }
    // What a later engine may say.
    assert.ok(wordsFor(/** @type {any} */ ("new"), /** @type {any} */ ("new")).short !== "");
});

test("what happens is said in plain words", () => {
    assert.equal(wordsFor("playing", "watching").short, "Smooth");
    assert.equal(wordsFor("rebuffering", "buffering").short, "Catching up…");
    assert.equal(wordsFor("playing", "repairing").short, "A viewer nearby left, others take over");
    assert.equal(wordsFor("playing", "repairing").tone, "good");
    assert.equal(wordsFor("waiting", "waiting").title, "Waiting for the broadcaster");
    assert.equal(wordsFor("playing", "offline").short, "You are offline; we go on as soon as you are back");
    assert.equal(wordsFor("unreachable", "offline").title, "You are offline");
    assert.equal(wordsFor("ended", "offline").title, "The broadcast has ended");
});

test("behind is measured from the buffer aimed at", () => {
    assert.ok(liveStanding({ liveLatencyMs: 3_400, targetMs: 3_000 }, 0).isLive);
    assert.deepEqual(liveStanding({ liveLatencyMs: 7_100, targetMs: 3_000 }, 0), { isLive: false, behindSeconds: 4 });
    const paused = liveStanding({ liveLatencyMs: 3_000, targetMs: 3_000 }, 9_800);
    assert.deepEqual(paused, { isLive: false, behindSeconds: 10 });
    assert.ok(liveStanding({}, 0).isLive);
    assert.ok(liveStanding({ liveLatencyMs: null }, 0).isLive);
});

test("the switch for giving tells what it costs", () => {
    const facts = { gives: true, isMetered: false, usesPeers: true, children: 1, uploadBitrate: 2_000_000 };
    assert.match(givingWords(facts), /2\.00 Mbit\/s right now.*upload/);
    assert.match(givingWords({ ...facts, children: 0 }), /^When others need it/);
    assert.match(givingWords({ ...facts, gives: false, isMetered: true }), /paid by volume/);
    assert.match(givingWords({ ...facts, gives: false }), /only watch.*upload/);
    assert.match(givingWords({ ...facts, usesPeers: false }), /no other viewers/);
});

test("facts of a viewer that knows nothing yet are dashes, and each has a name of its own", () => {
    const names = factGroups({}).flatMap(({ facts }) => facts.map(([name]) => name));
    assert.equal(new Set(names).size, names.length);
    for (const { facts } of factGroups({})) {
        for (const [name, value] of facts) assert.doesNotMatch(value, /undefined|null|NaN|\[/, name);
    }
});
