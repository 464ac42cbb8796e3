// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { PeerMessageKind } from "../../wire/PeerMessage.js";
import { SwarmWorld, idOf } from "../support/SwarmWorld.js";

const range = (count, first = 0) => Array.from({ length: count }, (_, index) => first + index);

/** Nobody has missed anything, or waited for it. */
function expectPlaying(world, viewers, what = "") {
    for (const viewer of viewers) {
        const counters = world.counters(viewer);
        const told = `viewer ${viewer} ${what}: ${JSON.stringify(counters)}`;
        assert.equal(counters.missing + counters.late, 0, told);
        assert.equal(counters.stalls, 0, told);
        assert.ok(world.playsWithoutHole(viewer), told);
    }
}

/** A world in which `count` viewers have found their places. */
function settled(seed, count, { loss = 0, linkDelayMs = 10, afterMs = 5_000, ...settings } = {}) {
    const world = new SwarmWorld(seed);
    Object.assign(world, { loss, linkDelayMs });
    world.run(3_000);
    world.plant(count, settings);
    world.run(afterMs);
    return world;
}

const isMedia = (bytes) => bytes[0] === PeerMessageKind.piece || bytes[0] === PeerMessageKind.manifest;

test("viewers feed each other", () => {
    const world = settled(1, 20, { afterMs: 12_000 });
    expectPlaying(world, range(20));
    let fromPeers = 0;
    let fromForwards = 0;
    for (const { accusations, blames, inits, lost, machine } of world.members) {
        fromPeers += machine.counters.bytesFromPeers;
        fromForwards += machine.counters.bytesFromForwards;
        assert.deepEqual([...lost, ...accusations, ...blames], []);
        assert.equal(inits, 1);
    }
    assert.ok(fromPeers / (fromPeers + fromForwards) > 0.8);
    // No more than two roots for each stripe once all is settled.
    assert.equal(world.members.reduce((sum, { taking }) => sum + taking.length, 0), 4);
});

test("nothing is downloaded twice", () => {
    const world = settled(2, 12);
    const total = ({ bytesFromForwards, bytesFromPeers }) => bytesFromForwards + bytesFromPeers;
    const before = world.members.map(({ machine }) => ({ ...machine.counters }));
    world.run(10_000);
    for (const [index, { machine }] of world.members.entries()) {
        // 50 chunks, give or take what is on its way.
        assert.ok(total(machine.counters) - total(before[index]) <= 52 * world.chunkBytes, `viewer ${index}`);
        assert.equal(machine.counters.bytesUseless, before[index].bytesUseless, `viewer ${index}`);
    }
});

for (const seed of range(4)) {
    test(`when a parent dies nobody below sees it, seed ${seed}`, () => {
        const world = settled(seed, 14);
        const victim = world.generator.integer(0, 13);
        world.kill(victim);
        world.run(10_000);
        expectPlaying(world, range(14).filter((viewer) => viewer !== victim), `seed ${seed}, victim ${victim}`);
        for (const { lost } of world.members) {
            // Only who was fed by the victim itself says so.
            assert.ok(lost.every(({ peer, reason }) => peer === idOf(victim) && reason === "silent"), `seed ${seed}`);
        }
    });
}

test("several deaths at once, one after the other, and newcomers in between leave no hole", () => {
    for (const seed of range(2)) {
        const world = settled(seed, 16, { loss: 0.02 });
        const gone = new Set();
        for (let round = 0; round < 4; round += 1) {
            // Roots as well; the tracker of this world knows no other place than below a forward.
            for (let death = 0; death < 2; death += 1) {
                const victim = world.generator.integer(0, world.members.length - 1);
                gone.add(victim);
                world.kill(victim);
            }
            world.plant(2);
            world.run(4_000);
        }
        world.run(3_000);
        expectPlaying(world, range(world.members.length).filter((viewer) => !gone.has(viewer)), `seed ${seed}`);
    }
});

for (const seed of range(2)) {
    test(`lossy links deliver in time, seed ${seed}`, () => {
        const world = settled(seed, 10, { loss: 0.05, linkDelayMs: 20, afterMs: 15_000 });
        expectPlaying(world, range(10), `seed ${seed}`);
    });
}

for (const seed of range(2)) {
    test(`holes are filled before they are due, seed ${seed}`, () => {
        const world = settled(seed, 8, { afterMs: 3_000 });
        // Every twentieth piece never leaves.
        for (const member of world.members) member.dropsOneIn = 20;
        world.run(15_000);
        expectPlaying(world, range(8), `seed ${seed}`);
        assert.ok(world.members.some(({ machine }) => machine.counters.piecesRequested > 0));
        assert.ok(world.members.every(({ accusations }) => accusations.length === 0));
    });
}

test("while the tracker is away neighbours help, or else the forward, and not chunk by chunk", () => {
    const world = settled(3, 10);
    world.kill(0);
    world.assign = () => {};
    world.fetch = () => {};
    world.run(8_000);
    expectPlaying(world, range(9, 1));
});

test("when the forward is away nobody is blamed", () => {
    const world = settled(1, 14);
    world.cutForward();
    world.run(6_000);
    world.forwardIsUp = true;
    world.run(8_000);
    const newest = world.published.at(-1).sequence;
    for (const { accusations, lost, machine, played } of world.members) {
        assert.deepEqual([...lost, ...accusations], []);
        assert.ok(machine.snapshot.stripes.every(({ primary }) => primary !== null));
        // Everybody plays again.
        assert.ok(played.at(-1) + 20 > newest);
    }
    // And the roots alone take from the forward.
    assert.equal(world.members.reduce((sum, { taking }) => sum + taking.length, 0), 4);
});

test("a viewer that sends wrong bytes is accused", () => {
    const world = settled(4, 10, { afterMs: 3_000 });
    world.members[0].mutate = (bytes) => {
        if (bytes[0] !== PeerMessageKind.piece || bytes.length <= 20) return bytes;
        const changed = bytes.slice();
        changed[15] ^= 1;
        return changed;
    };
    world.run(8_000);
    expectPlaying(world, range(9, 1));
    const accused = world.members.flatMap(({ accusations }) => accusations.map(({ peer }) => peer));
    assert.ok(accused.length > 0 && accused.every((peer) => peer === idOf(0)));
});

test("a parent that only says that it lives is left", () => {
    const world = settled(5, 10, { afterMs: 3_000 });
    world.members[0].mutate = (bytes) => (isMedia(bytes) ? null : bytes);
    world.run(10_000);
    expectPlaying(world, range(9, 1));
    const losses = world.members.flatMap(({ lost }) => lost);
    assert.ok(losses.some(({ peer, reason }) => peer === idOf(0) && reason === "stalled"));
});

test("refused starters begin at their parents", () => {
    const world = settled(6, 4, { afterMs: 3_000 });
    world.refusesStarters = true;
    const joiner = world.add();
    world.assign(joiner, 0, 0);
    world.assign(joiner, 1, 1);
    world.run(6_000);
    expectPlaying(world, [joiner]);
    assert.equal(world.members[joiner].machine.counters.bytesFromForwards, 0);
});

test("a process that stood still accuses nobody", () => {
    const world = settled(7, 10, { afterMs: 3_000 });
    // A leaf of both trees sleeps: nobody depends on it.
    const leaf = 9;
    world.members[leaf].asleepUntil = world.now + 1_200;
    world.run(6_000);
    assert.deepEqual(world.members[leaf].lost, []);
    expectPlaying(world, range(10).filter((viewer) => viewer !== leaf));
});

test("a publisher's pause is nobody's fault", () => {
    const world = settled(8, 10, { afterMs: 3_000 });
    world.isPublishing = false;
    world.run(5_000);
    world.isPublishing = true;
    world.run(5_000);
    for (const [index, { accusations, lost }] of world.members.entries()) {
        assert.deepEqual([...lost, ...accusations], []);
        assert.equal(world.counters(index).missing, 0);
    }
});

test("upload stays below its cap", () => {
    const rate = 20_000;
    const world = settled(9, 8, { afterMs: 10_000, uploadBytesPerSecond: rate });
    for (const { machine } of world.members) assert.ok(machine.counters.uploadBytes <= rate * 10 + 40_000);
});

test("one move changes parents without a gap or a duplicate", () => {
    const world = settled(10, 10);
    const { machine } = world.members[9];
    const before = machine.counters.bytesUseless;
    world.assign(9, 0, 2);
    world.run(5_000);
    expectPlaying(world, range(10));
    assert.ok(machine.counters.bytesUseless - before <= world.chunkBytes);
    assert.equal(machine.snapshot.stripes[0].primary, idOf(2));
});

test("a grandparent is reached through the parent", () => {
    const world = settled(2, 10, { afterMs: 3_000 });
    // By now the tracker knows who stands behind whom.
    for (const child of range(10)) {
        const parent = world.members[child].machine.snapshot.stripes[0].primary;
        world.assign(child, 0, parent === "forward" ? null : Number.parseInt(parent, 16));
    }
    world.run(5_000);
    assert.ok(world.members.some(({ relayedConnects }) => relayedConnects > 0));
});

test("siblings share an upload that is not enough", () => {
    const world = new SwarmWorld(3);
    world.run(3_000);
    const parent = world.add({ uploadBytesPerSecond: 30_000 });
    const children = [world.add(), world.add()];
    for (const stripe of [0, 1]) world.assign(parent, stripe, null);
    world.run(1_000);
    for (const child of children) {
        world.assign(child, 0, parent);
        world.assign(child, 1, null);
    }
    // Until one has had enough of it.
    const isPatient = () => children.every((child) => world.members[child].lost.length === 0);
    for (let step = 0; step < 120 && isPatient(); step += 1) world.run(100);
    const received = children.map((child) => world.members[child].machine.counters.bytesFromPeers);
    assert.ok(Math.min(...received) > 0 && Math.min(...received) * 3 > Math.max(...received), String(received));
});

test("a parent in whose place a forward sends is left", () => {
    const world = new SwarmWorld(4);
    world.run(3_000);
    // A quarter of what four children of one stripe take. Nothing is ever missing for long, for a forward helps out.
    const parent = world.add({ uploadBytesPerSecond: 30_000 });
    const children = [world.add(), world.add(), world.add(), world.add()];
    const grandchild = world.add();
    for (const stripe of [0, 1]) world.assign(parent, stripe, null);
    world.run(1_000);
    for (const child of children) {
        world.assign(child, 0, parent);
        world.assign(child, 1, null);
    }
    world.assign(grandchild, 0, children[0], 2);
    world.assign(grandchild, 1, null);
    world.run(20_000);
    for (const child of children) {
        const { lost } = world.members[child];
        assert.ok(lost.some(({ peer, reason }) => peer === idOf(parent) && reason === "stalled"), JSON.stringify(lost));
    }
    // What the child gets late it passes on in time.
    assert.deepEqual(world.members[grandchild].lost, []);
});
