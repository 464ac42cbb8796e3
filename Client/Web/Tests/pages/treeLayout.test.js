// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { TreeSpots } from "../../pages/TreeSpots.js";
import { SwarmModel } from "../../pages/SwarmModel.js";
import { readOverlay } from "../../pages/topologyAnswers.js";
import { treeLayout } from "../../pages/treeLayout.js";
import { SeededGenerator } from "../support/SeededGenerator.js";

/**
 * A tree in which everybody hangs below somebody who came before, or below a forward.
 * @param {SeededGenerator} random @param {number} count
 */
function grownTree(random, count) {
    /** @type {Map<string, string | null>} */
    const parents = new Map();
    for (let index = 0; index < count; index += 1) {
        const ids = [...parents.keys()];
        const id = (random.integer(0, 65_535) * 65_536 + index).toString(16).padStart(10, "0");
        parents.set(id, ids.length < 3 || random.integer(1, 20) === 1 ? null : random.pick(ids));
    }
    return parents;
}

/** @param {Map<string, string | null>} parents */
const laidOut = (parents) => treeLayout([...parents.keys()], (id) => parents.get(id) ?? null);

test("everybody is on the ring of its depth, and nobody on another's place", () => {
    const seed = Date.now() % 1_000_000;
    const random = new SeededGenerator(seed);
    for (let round = 0; round < 30; round += 1) {
        const parents = grownTree(random, random.integer(1, 200));
        const places = laidOut(parents);
        assert.equal(places.size, parents.size, `seed ${seed}`);
        const rings = new Map();
        const seen = new Set();
        for (const { id, parent, depth, radius, x, y, angle } of places.values()) {
            assert.equal(parent, parents.get(id) ?? null, `seed ${seed}`);
            assert.equal(depth, parent === null ? 1 : (places.get(parent)?.depth ?? 0) + 1, `seed ${seed}`);
            assert.equal(rings.get(depth) ?? radius, radius, `seed ${seed}`);
            rings.set(depth, radius);
            assert.ok(Math.hypot(x, y) <= 1.000_001 && angle >= 0 && angle <= 2 * Math.PI, `seed ${seed}`);
            seen.add(`${depth} ${angle.toFixed(9)}`);
        }
        assert.equal(seen.size, places.size, `seed ${seed}`);
    }
});

test("the order of ids that come in does not matter", () => {
    const parents = grownTree(new SeededGenerator(7), 80);
    const reversed = treeLayout([...parents.keys()].reverse(), (id) => parents.get(id) ?? null);
    assert.deepEqual(laidOut(parents), new Map([...laidOut(parents).keys()].map((id) => [id, reversed.get(id)])));
});

test("who comes or goes lets nobody jump over another", () => {
    const seed = Date.now() % 1_000_000;
    const random = new SeededGenerator(seed);
    for (let round = 0; round < 30; round += 1) {
        const parents = grownTree(random, 60);
        const before = laidOut(parents);
        const leaves = [...parents.keys()].filter((id) => ![...parents.values()].includes(id));
        const gone = random.pick(leaves);
        parents.delete(gone);
        const after = laidOut(parents);
        const order = (/** @type {typeof before} */ places) => [...places.values()].filter(({ id }) => id !== gone)
            .sort((one, other) => one.depth - other.depth || one.angle - other.angle).map(({ id }) => id);
        assert.deepEqual(order(before), order(after), `seed ${seed}`);
    }
});

test("circles, unknown parents and very long chains are laid out all the same", () => {
    const circle = new Map([["a", "b"], ["b", "c"], ["c", "a"], ["d", "a"], ["e", "e"], ["f", "nobody"]]);
    const places = laidOut(circle);
    assert.equal(places.size, 6);
    assert.equal([...places.values()].filter(({ parent }) => parent === null).length, 3);
    const chain = new Map(Array.from({ length: 5_000 }, (_, index) => [
        String(index).padStart(5, "0"), index === 0 ? null : String(index - 1).padStart(5, "0"),
    ]));
    assert.equal(laidOut(chain).get("04999")?.depth, 5_000);
    const orphan = treeLayout(["a", "b"], (id) => (id === "b" ? "x" : null), (id) => (id === "b" ? 3 : 1));
    assert.equal(orphan.get("b")?.depth, 3);
    assert.equal(treeLayout([], () => null).size, 0);
});

/** @param {string[]} ids @param {[string, string | null][]} links */
function part(ids, links) {
    return readOverlay({
        peers: ids.length, truncated: false,
        nodes: ids.map((id) => ({ id, role: 0, capacity: 2, depths: [1, 1], region: "r" })),
        links: links.map(([to, from]) => ({ stripe: 0, to, ...(from === null ? { forward: "http://f" } : { from }) })),
    });
}

test("newcomers grow out of their parent and glide to their place", () => {
    const model = new SwarmModel();
    const spots = new TreeSpots();
    const take = (/** @type {ReturnType<typeof part>} */ answer, /** @type {number} */ now, jumps = false) =>
        spots.take(model, model.take(new Map([["t", answer]]), now), { now, jumps });
    take(part(["aa"], [["aa", null]]), 0, true);
    const old = spots.byKey.get("0:aa");
    assert.ok(old !== undefined && old.x === old.toX && !spots.isMoving && old.bornAt === -Infinity);
    take(part(["aa", "bb"], [["aa", null], ["bb", "aa"]]), 1_000);
    const born = spots.byKey.get("0:bb");
    const parent = spots.byKey.get("0:aa");
    assert.ok(born !== undefined && parent !== undefined && born.parent === parent);
    assert.deepEqual([born.x, born.y, born.bornAt], [parent.x, parent.y, 1_000]);
    assert.ok(parent.isInner && !born.isInner);
    for (let now = 1_000; spots.isMoving; now += 16) {
        assert.ok(now < 6_000);
        spots.move(16, now);
    }
    assert.deepEqual([born.x, born.y], [born.toX, born.toY]);
    take(part(["aa"], [["aa", null]]), 7_000);
    assert.equal(spots.lost.length, 1);
    assert.equal(TreeSpots.freshness(spots.lost[0], 7_000), 1);
    spots.move(16, 9_000);
    assert.equal(spots.lost.length, 0);
});

test("arrow keys lead through a tree", () => {
    const model = new SwarmModel();
    const spots = new TreeSpots();
    const answer = part(["aa", "bb", "cc", "dd"], [["aa", null], ["bb", "aa"], ["cc", "aa"], ["dd", "aa"]]);
    spots.take(model, model.take(new Map([["t", answer]]), 0), { now: 0, jumps: true });
    const root = spots.neighbour(null, "ArrowRight");
    assert.equal(root?.id, "aa");
    const child = spots.neighbour(root, "ArrowDown");
    assert.equal(child?.parent, root);
    assert.equal(spots.neighbour(child, "ArrowUp"), root);
    assert.equal(spots.neighbour(spots.neighbour(child, "ArrowRight"), "ArrowLeft"), child);
    assert.equal(spots.neighbour(root, "ArrowUp"), root);
    const near = spots.nearest(0, (child?.x ?? 0) + 0.01, child?.y ?? 0, 0.05);
    assert.equal(near, child);
    assert.equal(spots.nearest(0, 5, 5, 0.05), null);
});
