// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { Backlog } from "../../core/Backlog.js";
import { ChildQueue } from "../../core/ChildQueue.js";
import { UplinkMeter } from "../../core/UplinkMeter.js";
import { UploadBudget } from "../../core/UploadBudget.js";
import { SeededGenerator } from "../support/SeededGenerator.js";

const emptyView = {
    children: 0, links: 0, stuckLinks: 0, isHeldBack: false, waitingMs: 0, stripeBytesPerSecond: 30_000,
};

/** A viewer's uplink and its children, as a fluid: what one child does not get waits for it. */
class Uplink {
    constructor(settings, bytesPerSecond) {
        this.meter = new UplinkMeter(settings);
        this.bytesPerSecond = bytesPerSecond;
        /** What one child needs, in bytes a second. */
        this.stripe = 30_000;
        /** Children that the tracker could give it. */
        this.demand = 20;
        /** For each child, milliseconds of stream that wait. */
        this.children = [];
        this.now = 1_000;
        /** Every capacity that was declared, in order. */
        this.declared = [this.meter.capacity];
        this.stuckTicks = 0;
    }

    run(ms) {
        for (let passed = 0; passed < ms; passed += 100) this.tick();
    }

    tick() {
        const { children, meter, stripe } = this;
        this.now += 100;
        // The tracker follows at once; a child that leaves takes what waits for it along.
        const count = Math.min(meter.capacity, this.demand);
        children.splice(count);
        while (children.length < count) children.push({ waiting: 0, backlog: new Backlog() });
        let room = this.bytesPerSecond / 10;
        for (const [index, child] of children.entries()) {
            const wants = stripe / 10 + (child.waiting * stripe) / 1_000;
            const gets = Math.min(wants, room / (count - index));
            room -= gets;
            meter.carried(Math.floor(gets));
            child.waiting = stripe > 0 ? Math.min(3_000, Math.max(0, ((wants - gets) / stripe) * 1_000)) : 0;
            child.backlog.note(Math.floor(child.waiting), this.now);
        }
        const stuckLinks = children.filter(({ backlog }) => backlog.isStuck).length;
        const waitingMs = Math.max(0, ...children.map(({ waiting }) => waiting));
        this.stuckTicks += stuckLinks > 0 ? 1 : 0;
        const view = { ...emptyView, children: count, links: count, stuckLinks, waitingMs };
        meter.look({ ...view, stripeBytesPerSecond: stripe }, this.now);
        if (meter.capacity !== this.declared.at(-1)) this.declared.push(meter.capacity);
    }

    /** How often less was declared than before. */
    get retreats() {
        return this.declared.filter((capacity, index) => capacity < this.declared[index - 1]).length;
    }
}

test("before anything is measured it is two, within its bounds", () => {
    assert.equal(new UplinkMeter().capacity, 2);
    assert.equal(new UplinkMeter({ limitBytesPerSecond: 0 }).capacity, 0);
    assert.equal(new UplinkMeter({ childrenMax: 0 }).capacity, 0);
    assert.equal(new UplinkMeter({ start: 20, childrenMax: 20 }).capacity, 8);
});

test("who is never full rises step by step, who has no more children declares no more", () => {
    const uplink = new Uplink({}, 10_000_000);
    uplink.run(4_000);
    assert.equal(uplink.meter.capacity, 2);
    uplink.run(60_000);
    assert.deepEqual(uplink.declared, [2, 3, 4, 5, 6, 7, 8]);
    const content = new Uplink({}, 10_000_000);
    content.demand = 1;
    content.run(60_000);
    assert.deepEqual(content.declared, [2]);
});

test("children that take nothing prove nothing", () => {
    const meter = new UplinkMeter();
    for (let step = 1; step <= 100; step += 1) meter.look({ ...emptyView, children: 8, links: 8 }, step * 1_000);
    assert.equal(meter.capacity, 2);
});

test("an uplink that breaks down is told within three seconds", () => {
    const uplink = new Uplink({ start: 4 }, 10_000_000);
    uplink.demand = 4;
    uplink.run(10_000);
    assert.ok(uplink.meter.capacity >= 4);
    uplink.bytesPerSecond = 45_000;
    uplink.run(3_000);
    // 80 % of one and a half stripes.
    assert.equal(uplink.meter.capacity, 1);
    assert.ok(Math.abs(uplink.meter.fullBytesPerSecond - 45_000) < 5_000);
    uplink.run(30_000);
    assert.deepEqual([uplink.meter.capacity, uplink.retreats], [1, 1]);
});

test("a limit is a bound and not a promise", () => {
    // 80 % of 100 kB/s feed two children of 40 kB/s.
    const uplink = new Uplink({ limitBytesPerSecond: 100_000, start: 1 }, 10_000_000);
    uplink.stripe = 40_000;
    uplink.run(60_000);
    assert.deepEqual(uplink.declared, [1, 2]);
    // A rate that varies a little costs nobody its parent; one that stays higher does.
    uplink.stripe = 42_000;
    uplink.run(5_000);
    assert.equal(uplink.meter.capacity, 2);
    uplink.stripe = 45_000;
    uplink.run(200);
    assert.equal(uplink.meter.capacity, 1);
});

test("one child that takes nothing is its own fault, unless the limit holds it back", () => {
    const view = { ...emptyView, children: 2, links: 2, stuckLinks: 1 };
    const meter = new UplinkMeter();
    for (let step = 0; step < 300; step += 1) meter.look(view, step * 100);
    assert.equal(meter.capacity, 2);
    meter.look({ ...view, isHeldBack: true }, 40_000);
    assert.ok(meter.capacity < 2);
});

test("a child that catches up is not stuck", () => {
    const backlog = new Backlog();
    let now = 1_000;
    for (let ms = 5_000; ms > 0; ms -= 20) {
        now += 100;
        backlog.note(ms, now);
        assert.ok(!backlog.isStuck, `${ms}`);
    }
    for (let step = 0; step < 20; step += 1) backlog.note(3_000, (now += 100));
    assert.ok(backlog.isStuck);
    backlog.note(100, now);
    assert.ok(!backlog.isStuck);
});

test("whatever the uplink: its children are served in the end, it is used, and it does not go up and down", () => {
    for (let seed = 0; seed < 40; seed += 1) {
        const generator = new SeededGenerator(seed);
        const stripes = generator.share() * 12;
        const limit = generator.integer(0, 1) === 0 ? generator.integer(0, 400_000) : null;
        const uplink = new Uplink({ limitBytesPerSecond: limit }, stripes * 30_000);
        uplink.run(1_800_000);
        const bound = (share) => Math.min(8, limit === null ? 8 : Math.floor((limit * share) / 30_000));
        const what = `seed ${seed}, ${stripes} stripes, limit ${limit}: ${uplink.declared}`;
        // It may be in the middle of trying one more.
        assert.ok(uplink.meter.capacity <= Math.min(bound(0.85), Math.floor(stripes * 1.02) + 1), what);
        assert.ok(uplink.meter.capacity >= Math.min(bound(0.8), Math.floor(stripes * 0.79)) - 1, what);
        // Half an hour has room for tries after 1, 2, 4, 8 and 10 minutes.
        assert.ok(uplink.retreats <= 7 && uplink.stuckTicks <= 7 * 50, what);
    }
});

test("a budget gives a quarter of a second at once, and its rate over time", () => {
    const budget = new UploadBudget(100_000);
    let sent = 0;
    for (let now = 0; now <= 10_000; now += 10) {
        budget.refill(now);
        while (budget.hasRoom) {
            budget.spend(1_000);
            sent += 1_000;
        }
    }
    assert.ok(sent >= 1_000_000 && sent <= 1_030_000, String(sent));
    assert.ok(!new UploadBudget(0).hasRoom && new UploadBudget(null).hasRoom);
});

test("a queue keeps its order and its bound, and drops what is asked for no longer", () => {
    const queue = new ChildQueue();
    queue.subscribe(0, 5, true);
    queue.subscribe(1, 5, false);
    assert.deepEqual([queue.wants(0, 4), queue.wants(0, 5), queue.wants(2, 5), queue.rank], [false, true, false, 0]);
    for (let sequence = 1; sequence <= 5_000; sequence += 1) {
        queue.push({ sequence, stripe: sequence % 2, index: null });
    }
    assert.deepEqual([queue.count, queue.dropped, queue.first?.sequence], [4_096, 904, 905]);
    for (let sequence = 905; sequence < 4_000; sequence += 1) assert.equal(queue.popFirst()?.sequence, sequence);
    queue.unsubscribe(0, 4_500);
    assert.deepEqual([queue.count, queue.wants(0, 4_499), queue.wants(0, 4_500)], [750, true, false]);
    queue.dropBefore(4_900);
    assert.deepEqual([queue.count, queue.first?.sequence, queue.last?.sequence], [50, 4_901, 4_999]);
    // The tracker gave it another parent: it is fed for five seconds more.
    queue.assign(1);
    queue.drop(1, 1_000);
    assert.equal(queue.rank, 0);
    assert.deepEqual([queue.expire(4_400, 6_000), queue.expire(4_400, 6_001)], [[], [1]]);
    assert.deepEqual(queue.expire(4_511, 6_001), []);
    assert.ok(!queue.isSubscribed);
});
