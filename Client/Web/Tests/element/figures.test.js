// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import {
    bitrateText, bytesText, countText, durationText, hostText, shareText, shortId,
} from "../../element/figures.js";

test("bytes and rates have three digits and the unit that fits", () => {
    assert.equal(bytesText(0), "0 B");
    assert.equal(bytesText(999), "999 B");
    assert.equal(bytesText(1_000), "1.00 kB");
    assert.equal(bytesText(999_499), "999 kB");
    assert.equal(bytesText(999_999), "1.00 MB");
    assert.equal(bytesText(12_345_678), "12.3 MB");
    assert.equal(bytesText(9e18), "9000000 TB");
    assert.equal(bitrateText(2_380_000), "2.38 Mbit/s");
});

test("what is not known is a dash, not NaN", () => {
    for (const text of [bytesText, bitrateText, durationText, shareText, countText]) {
        for (const unknown of [null, undefined, NaN, Infinity]) assert.equal(text(unknown), "–");
    }
    assert.equal(shortId(null), "–");
    assert.equal(hostText(null), "–");
});

test("durations go from milliseconds to hours without a gap between", () => {
    assert.equal(durationText(0), "0 ms");
    assert.equal(durationText(999), "999 ms");
    assert.equal(durationText(999.6), "1.0 s");
    assert.equal(durationText(59_940), "59.9 s");
    assert.equal(durationText(59_960), "1 min 0 s");
    assert.equal(durationText(3_599_600), "1 h 0 min");
    assert.equal(durationText(7_380_000), "2 h 3 min");
});

test("what is not everything never reads 100 %", () => {
    assert.equal(shareText(1), "100 %");
    assert.equal(shareText(0.9999), "99 %");
    assert.equal(shareText(0.99999, 2), "99.99 %");
    assert.equal(shareText(0.937), "94 %");
    assert.equal(shareText(1.5), "100 %");
    assert.equal(shareText(-1), "0 %");
});

test("thousands are set apart", () => {
    assert.equal(countText(1_234_567), "1\u202f234\u202f567");
    assert.equal(countText(999), "999");
});

test("of a service its host is shown", () => {
    assert.equal(hostText("http://10.1.0.3:9998/x"), "10.1.0.3:9998");
    assert.equal(hostText("any"), "any");
});
