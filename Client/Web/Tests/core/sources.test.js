// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { SourceChooser } from "../../core/SourceChooser.js";

const chooser = (...sources) => {
    const made = new SourceChooser(0);
    made.update(sources);
    return made;
};
const connect = (source) => ({ kind: "connect", source });
const wait = (until) => ({ kind: "wait", until });

test("without sources there is nothing to connect to", () => {
    assert.deepEqual(chooser().next(0), { kind: "starve" });
});

test("the best one is taken first, and the next one at once after a break", () => {
    const two = chooser("a", "b");
    assert.deepEqual(two.next(0), connect("a"));
    two.received(10);
    two.failed(20);
    assert.equal(two.current, null);
    assert.deepEqual(two.next(20), connect("b"));
});

test("a second of silence is a break", () => {
    const two = chooser("a", "b");
    two.next(0);
    two.received(100);
    assert.deepEqual(two.next(1_099), wait(1_100));
    assert.deepEqual(two.next(1_100), connect("b"));
});

test("a whole round of failures is followed by growing pauses up to a second, a chunk ends them", () => {
    const one = chooser("a");
    let now = 0;
    const pauses = [];
    for (let step = 0; step < 7; step += 1) {
        assert.deepEqual(one.next(now), connect("a"));
        one.failed(now);
        const next = one.next(now);
        assert.ok(next.kind === "wait");
        pauses.push(next.until - now);
        now = next.until;
    }
    assert.deepEqual(pauses, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
    one.next(now);
    one.delivered(now);
    one.failed(now);
    assert.deepEqual(one.next(now), wait(now + 100));
});

test("one that sent wrong bytes is left alone while there is another", () => {
    const two = chooser("a", "b");
    two.next(0);
    two.misbehaved(0);
    assert.deepEqual(two.next(0), connect("b"));
    two.failed(10);
    assert.deepEqual(two.next(1_000), connect("b"));
    two.failed(40_000);
    assert.deepEqual(two.next(41_000), connect("a"));
});

test("when all have sent wrong bytes the one of longest ago is tried", () => {
    const two = chooser("a", "b");
    two.next(0);
    two.misbehaved(0);
    two.next(0);
    two.misbehaved(1);
    assert.deepEqual(two.next(2_000), connect("a"));
});

test("a new list keeps what works, an empty one what is known, and a move goes where it is told", () => {
    const list = chooser("a", "b", "c");
    list.next(0);
    list.update([]);
    list.update(["c", "a", "d"]);
    assert.deepEqual([list.current, list.next(10).kind], ["a", "wait"]);
    list.failed(20);
    assert.deepEqual(list.next(20), connect("d"));
    list.moveTo("x", 30);
    assert.equal(list.current, "d");
    list.moveTo("c", 30);
    assert.deepEqual(list.next(30), connect("c"));
});
