// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { CoordinateClock } from "../../core/CoordinateClock.js";
import { pageTime } from "../../media/PageTime.js";
import { PlaybackClock } from "../../viewer/PlaybackClock.js";

/** A clock of a machine that is so many milliseconds ahead. */
function clockAhead(ms) {
    const { now } = Date;
    Date.now = () => now() + ms;
    try {
        return new PlaybackClock();
    } finally {
        Date.now = now;
    }
}

test("a machine whose clock is wrong has the coordinate's time as soon as that has told it", () => {
    for (const ahead of [-600_000, 30_000, 600_000]) {
        const clock = clockAhead(ahead);
        const guess = clock.now;
        assert.ok(Math.abs(guess - Date.now() - ahead) < 1_000);
        assert.equal(clock.errorMs, null);
        clock.correct(CoordinateClock.ofRoundTrip(Date.now(), performance.now() - 10, performance.now()));
        assert.ok(Math.abs(clock.now - Date.now()) < 1_000, `${ahead}`);
        assert.ok(Math.abs(clock.localTime(clock.now) - pageTime()) < 100);
    }
});

test("a small correction never makes the time go back, a large one does", () => {
    const clock = new PlaybackClock();
    const at = performance.now();
    clock.correct(new CoordinateClock(at, 1_000_000, 20));
    const before = clock.now;
    clock.correct(new CoordinateClock(at, 999_985, 5));
    assert.ok(clock.now >= before);
    // Less precise than the one that is in force, and no reason to change.
    clock.correct(new CoordinateClock(at, 1_000_010, 15));
    assert.equal(clock.errorMs, 5);
    // The machine has slept, and its clock with it.
    clock.correct(new CoordinateClock(performance.now(), 4_600_000, 30));
    assert.ok(clock.now >= 4_600_000);
    clock.correct(new CoordinateClock(performance.now(), 2_000_000, 30));
    assert.ok(clock.now < 2_001_000);
});
