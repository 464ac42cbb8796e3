// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { StallCounter } from "../../media/StallCounter.js";

/** Tells a counter twice a second until `end` how long the publisher had been silent, as `silence` says. */
function told(counter, start, end, silence) {
    for (let now = start; now <= end; now += 500) counter.note(silence(now), now);
}

test("a pause while the stream goes on is a stall, as soon as that is certain", () => {
    const counter = new StallCounter();
    told(counter, 0, 10_000, () => 0);
    counter.add(700, 3_000, 10_200);
    assert.deepEqual([counter.rebuffers, counter.rebufferMs, counter.stalls], [1, 700, 0]);
    told(counter, 10_500, 12_500, () => 0);
    assert.deepEqual([counter.stalls, counter.stallMs], [1, 700]);
    told(counter, 13_000, 20_000, () => 0);
    assert.equal(counter.stalls, 1);
});

test("a pause because the publisher is silent is none, whenever that becomes known", () => {
    for (const knownAt of [4_000, 7_000, 11_000]) {
        const counter = new StallCounter();
        // Silent from 2 s on, for 6 s; the picture is 3 s behind, and stands still from 5 s to 11 s.
        told(counter, 0, 11_000, (now) => (now < knownAt ? 0 : Math.min(now - 2_000, 6_000)));
        counter.add(6_000, 3_000, 11_000);
        told(counter, 11_500, 16_000, () => 6_000);
        assert.deepEqual([counter.rebuffers, counter.stalls], [1, 0], `known at ${knownAt}`);
        // An old silence excuses nothing later.
        told(counter, 16_500, 30_000, () => 6_000);
        counter.add(500, 3_000, 30_100);
        told(counter, 30_500, 33_000, () => 6_000);
        assert.equal(counter.stalls, 1);
    }
});
