// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { SourceQueue } from "../../media/SourceQueue.js";

const bytes = (count = 10) => new Uint8Array(count);
const header = (mimeType, kinds = "video,audio") => ({ mimeType, kinds, init: bytes(3) });
const kindsOf = (queue) => {
    const found = [];
    for (let next = queue.next(0, null); next !== null; next = queue.next(0, null)) found.push(next.kind);
    return found;
};
const push = (queue, { isKeyframe = false, newHeader = null, count = 10 } = {}) =>
    queue.push({ header: newHeader, bytes: bytes(count), isKeyframe });

test("a buffer is made for the first init, and gets chunks from a keyframe on", () => {
    const queue = new SourceQueue();
    push(queue, { newHeader: header("a") });
    push(queue, { isKeyframe: true });
    push(queue);
    assert.deepEqual(kindsOf(queue), ["rebuild", "append", "append", "append"]);
    assert.deepEqual([queue.dropped, queue.bytes], [1, 0]);
});

test("other parameters go on, other codecs change the type, other tracks need another buffer", () => {
    const queue = new SourceQueue();
    push(queue, { newHeader: header("a"), isKeyframe: true });
    kindsOf(queue);
    push(queue, { newHeader: header("a"), isKeyframe: true });
    assert.deepEqual(kindsOf(queue), ["append", "append"]);
    push(queue, { newHeader: header("b"), isKeyframe: true });
    assert.deepEqual(kindsOf(queue), ["changeType", "append", "append"]);
    push(queue, { newHeader: header("c", "video"), isKeyframe: true });
    assert.deepEqual(kindsOf(queue), ["rebuild", "append", "append"]);
});

test("after a failure everything begins anew with the next keyframe", () => {
    const queue = new SourceQueue();
    queue.rebuild();
    assert.deepEqual(kindsOf(queue), []);
    push(queue, { newHeader: header("a"), isKeyframe: true });
    push(queue);
    queue.rebuild();
    push(queue);
    push(queue, { isKeyframe: true });
    assert.deepEqual(kindsOf(queue), ["rebuild", "append", "append"]);
});

test("what waits is bounded", () => {
    const queue = new SourceQueue(1_000);
    push(queue, { newHeader: header("a"), isKeyframe: true });
    for (let step = 0; step < 50; step += 1) {
        push(queue, { isKeyframe: step % 10 === 0, count: 300 });
        assert.ok(queue.bytes <= 1_000);
    }
    assert.ok(queue.dropped > 0);
    assert.deepEqual(kindsOf(queue).slice(0, 2), ["rebuild", "append"]);
});

test("what was played is removed, and more when the buffer is full", () => {
    const queue = new SourceQueue();
    push(queue, { newHeader: header("a"), isKeyframe: true });
    assert.equal(queue.next(11, 0)?.kind, "rebuild");
    assert.deepEqual(queue.next(20, 1), { kind: "remove", start: 0, end: 14 });
    assert.equal(queue.next(20, 14)?.kind, "append");
    const chunk = queue.next(20, 14);
    assert.ok(chunk?.kind === "append");
    queue.refused(chunk.bytes, 20);
    assert.deepEqual(queue.next(20, 14), { kind: "remove", start: 0, end: 19 });
    assert.deepEqual(queue.next(20, 19), chunk);
    assert.equal(queue.next(20, 19), null);
    assert.equal(queue.bytes, 0);
});

test("what finds no room at all is dropped, and inits are not", () => {
    const queue = new SourceQueue();
    push(queue, { newHeader: header("a"), isKeyframe: true });
    push(queue);
    push(queue, { newHeader: header("a"), isKeyframe: true });
    queue.giveUp();
    assert.deepEqual([queue.bytes, queue.needsKeyframe, queue.dropped], [6, true, 3]);
    push(queue);
    assert.deepEqual(kindsOf(queue), ["rebuild", "append", "append"]);
});
