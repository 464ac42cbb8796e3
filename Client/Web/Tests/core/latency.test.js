// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { LatencyHistogram } from "../../core/LatencyHistogram.js";
import { SeededGenerator } from "../support/SeededGenerator.js";

test("percentiles are those of the nearest rank, within a percent", () => {
    const histogram = new LatencyHistogram();
    assert.equal(histogram.percentile(0.5), null);
    assert.deepEqual(histogram.percentiles(), {});
    for (let value = 1; value <= 100; value += 1) histogram.add(value);
    assert.deepEqual(histogram.percentiles(), { p50: 50, p95: 95, p99: 99 });
    for (let step = 0; step < 1_000; step += 1) histogram.add(3_000);
    assert.ok(Math.abs((histogram.percentile(0.5) ?? 0) - 3_000) <= 30);
});

test("absurd latencies neither throw nor grow the histogram", () => {
    const histogram = new LatencyHistogram();
    const size = histogram.counts.length;
    for (const value of [-Infinity, -1, 0, Number.MAX_SAFE_INTEGER, Infinity, NaN]) histogram.add(value);
    assert.equal(histogram.count, 5);
    assert.equal(histogram.percentile(0), 0);
    assert.equal(histogram.counts.length, size);
    assert.equal(histogram.counts.at(-1), 2);
});

test("every time is found again within 0.8 percent, up to half an hour", () => {
    for (let seed = 0; seed < 2_000; seed += 1) {
        const generator = new SeededGenerator(seed);
        const time = generator.integer(0, 2 ** generator.integer(0, 21) - 1) + generator.share();
        const histogram = new LatencyHistogram();
        histogram.add(time);
        const found = /** @type {number} */ (histogram.percentile(1));
        assert.ok(Math.abs(found - time) <= 1 + 0.004 * time, `seed ${seed}: ${time} became ${found}`);
    }
});

test("two that are merged are as one that counted everything", () => {
    const generator = new SeededGenerator(3);
    const [all, one, other] = [new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()];
    for (let step = 0; step < 500; step += 1) {
        const time = generator.integer(0, 5_000);
        all.add(time);
        (generator.integer(0, 1) === 0 ? one : other).add(time);
    }
    one.merge(other);
    assert.deepEqual(one, all);
});
