// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { PlaybackPace } from "../../media/PlaybackPace.js";
import { ShownChunks } from "../../media/ShownChunks.js";

const range = (start, end) => ({ start, end });
const still = { now: 0, currentTime: 0, isPaused: false, isStarved: false, buffered: [], latencyMs: null };

/** Plays for so many seconds from a latency on, all of it buffered; returns what the latency was, second by second. */
function played(pace, latencyMs, seconds, aheadSeconds = 2.5) {
    const seen = [];
    let latency = latencyMs;
    let currentTime = 100;
    for (let step = 0; step < seconds * 10; step += 1) {
        const buffered = [range(0, currentTime + aheadSeconds)];
        const { rate, seekTo } = pace.look({ ...still, now: step * 100, currentTime, buffered, latencyMs: latency });
        assert.ok(rate >= 0.95 && rate <= 1.1);
        if (seekTo !== null) latency -= (seekTo - currentTime) * 1_000;
        currentTime = seekTo ?? currentTime + rate / 10;
        latency += (1 - rate) * 100;
        if (step % 10 === 9) seen.push(latency);
    }
    return seen;
}

test("a newcomer begins with the first picture, and falls back to its place by rate alone", () => {
    const pace = new PlaybackPace(3_000);
    const first = { ...still, buffered: [range(5, 5.2)] };
    assert.deepEqual(pace.look(first), { seekTo: 5.01, rate: 1 });
    const latencies = played(pace, 500, 70);
    assert.ok(Math.abs(latencies[9] - 1_000) < 120, `${latencies[9]}`);
    for (const latency of latencies.slice(-10)) assert.ok(Math.abs(latency - 3_000) < 100, `${latency}`);
    // It stays there at its own speed.
    assert.ok(Math.abs(latencies[69] - latencies[65]) < 1);
});

test("who is late hurries while there is something ahead, or jumps when it is far", () => {
    const pace = new PlaybackPace(1_000);
    played(pace, 1_000, 2);
    assert.ok(played(pace, 2_200, 30).at(-1) < 1_060);
    const [, second] = played(pace, 9_000, 2, 9);
    assert.ok(second < 1_500, `${second}`);
    // Nothing is ahead: hurrying would only make it stand still again.
    const poor = new PlaybackPace(1_000);
    played(poor, 1_000, 1);
    assert.ok(Math.abs(played(poor, 2_000, 3, 0.2).at(-1) - 2_000) < 1);
});

test("a stall takes a newcomer nearer to its place, and never beyond", () => {
    const pace = new PlaybackPace(3_000);
    pace.stalled(1_000);
    assert.equal(pace.targetMs, null);
    played(pace, 400, 1);
    pace.stalled(1_700);
    assert.equal(pace.targetMs, 1_700);
    pace.stalled(9_000);
    assert.equal(pace.targetMs, 3_000);
});

test("gaps are skipped when the player has come to them", () => {
    const pace = new PlaybackPace(3_000);
    const view = { ...still, currentTime: 3, isStarved: true, buffered: [range(0, 3), range(3.5, 4)], latencyMs: 900 };
    assert.equal(pace.look(view).seekTo, 3.51);
    assert.equal(pace.look({ ...view, isStarved: false }).seekTo, null);
    assert.equal(pace.look({ ...view, buffered: [range(0, 3), range(3.015, 4)] }).seekTo, null);
    assert.deepEqual(pace.look({ ...view, isPaused: true }), { seekTo: null, rate: 1 });
});

test("the latency is that of what is shown", () => {
    const shown = new ShownChunks();
    const chunk = (start, publishedAt) => shown.add(/** @type {any} */ ({ start, duration: 0.2, publishedAt }));
    assert.equal(shown.latencyMs(1, 5_000), null);
    chunk(1, 10_000);
    chunk(1.2, 10_200);
    // The end of a chunk is what was published last.
    assert.equal(Math.round(shown.latencyMs(1.1, 12_000) ?? 0), 2_100);
    assert.equal(Math.round(shown.latencyMs(1.2, 12_000) ?? 0), 2_000);
    assert.equal(shown.latencyMs(9, 12_000), null);
    shown.moved(1, 1.25, 12_000);
    shown.moved(1.25, 1.3, 12_050);
    assert.equal(shown.latency.count, 1);
    assert.ok(Math.abs((shown.latency.percentile(0.5) ?? 0) - 1_950) <= 4);
    // Jumped over: never shown.
    shown.moved(5, 5.1, 13_000);
    assert.equal(shown.latency.count, 1);
});
