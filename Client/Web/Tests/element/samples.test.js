// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { axisEnd, SampleRing } from "../../element/SampleRing.js";
import { neighbourLayout } from "../../element/neighbourLayout.js";
import { stripeColour } from "../../element/palette.js";

test("rates come from what was counted between two samples", () => {
    const ring = new SampleRing();
    ring.take({ bytesFromPeers: 1_000_000, bytesFromForwards: 0, uploadBytes: 0 }, 10_000);
    assert.equal(ring.samples.length, 0);
    ring.take({ bytesFromPeers: 1_250_000, bytesFromForwards: 125_000, uploadBytes: 500_000, bufferMs: 90 }, 11_000);
    assert.deepEqual(ring.samples, [{
        at: 11_000, fromPeers: 2_000_000, fromForwards: 1_000_000, upload: 4_000_000, latencyMs: null, bufferMs: 90,
    }]);
});

test("a viewer that starts again does not make rates below nothing", () => {
    const ring = new SampleRing();
    ring.take({ bytesFromPeers: 1_000_000 }, 0);
    ring.take({ bytesFromPeers: 20_000 }, 1_000);
    assert.equal(ring.samples[0].fromPeers, 0);
    ring.take({ bytesFromPeers: 145_000 }, 2_000);
    assert.equal(ring.samples[1].fromPeers, 1_000_000);
});

test("samples of two minutes are kept, and never more than a number however often they come", () => {
    const ring = new SampleRing();
    for (let at = 0; at <= 600_000; at += 1_000) ring.take({ bytesFromPeers: at }, at);
    assert.equal(ring.samples.length, 121);
    assert.equal(ring.samples[0].at, 480_000);
    assert.equal(ring.drawnMs, 120_000);
    for (let at = 600_001; at <= 900_000; at += 1) ring.take({ bytesFromPeers: at }, at);
    assert.ok(ring.samples.length <= 480);
    ring.clear();
    assert.equal(ring.drawnMs, 15_000);
});

test("an axis ends at a round number that is not below its values", () => {
    for (let value = 1; value < 1e9; value *= 1.37) {
        const end = axisEnd(value);
        assert.ok(end >= value * 0.999 && end <= value * 1.6, `${value} ${end}`);
    }
    assert.equal(axisEnd(0), 1);
    assert.equal(axisEnd(NaN), 1);
});

const size = { width: 300, height: 200, margin: 20 };
/** @param {string} peer @param {number[]} stripes @param {number[]} feeds */
const neighbour = (peer, stripes, feeds) => ({
    peer, stripes, feeds, relation: /** @type {const} */ ("both"), bytesIn: 1, bytesOut: 2, roundTripMs: null,
    kind: null,
});

test("who feeds a viewer is above it, whom it feeds below", () => {
    const { nodes, links } = neighbourLayout({
        parents: [{ stripe: 0, peer: "aa" }, { stripe: 1, forward: "http://f:9998" }, { stripe: 2, peer: "aa" }],
        neighbours: [neighbour("aa", [0, 2], []), neighbour("bb", [], [1]), neighbour("cc", [], [])],
    }, size);
    const at = (/** @type {string} */ key) => nodes.find((node) => node.key === key);
    assert.equal(nodes.length, 4);
    assert.equal(at("above:peer:aa")?.y, 20);
    assert.equal(at("above:forward:http://f:9998")?.y, 20);
    assert.equal(at("you")?.y, 100);
    assert.equal(at("below:peer:bb")?.y, 180);
    assert.equal(at("above:peer:aa")?.neighbour?.bytesIn, 1);
    assert.deepEqual(links.map(({ from, to, stripe }) => `${from.id}>${to.id}:${stripe}`).sort(), [
        ">bb:1", "aa>:0", "aa>:2", "http://f:9998>:1",
    ]);
    // Two stripes from one viewer do not lie on each other.
    assert.equal(new Set(links.filter(({ from }) => from.id === "aa").map(({ lane }) => lane)).size, 2);
});

test("a viewer that both feeds and is fed stands in both rows", () => {
    const both = { parents: [{ stripe: 0, peer: "aa" }], neighbours: [neighbour("aa", [0], [1])] };
    assert.equal(neighbourLayout(both, size).nodes.filter(({ id }) => id === "aa").length, 2);
});

test("a full row says how many more there are, and all of it stays within the picture", () => {
    const neighbours = Array.from({ length: 30 }, (_, index) => neighbour(`p${index + 10}`, [], [0]));
    const { nodes, links } = neighbourLayout({ neighbours }, size);
    assert.equal(nodes.filter(({ kind }) => kind === "peer").length, 5);
    assert.equal(nodes.find(({ kind }) => kind === "more")?.id, "25");
    assert.equal(links.length, 5);
    assert.ok(nodes.every(({ x, y }) => x >= 20 && x <= 280 && y >= 20 && y <= 180));
});

test("each stripe has a colour, on light ground another", () => {
    const colours = Array.from({ length: 8 }, (_, stripe) => stripeColour(stripe));
    assert.equal(new Set(colours).size, 8);
    assert.notEqual(stripeColour(0, true), colours[0]);
    assert.equal(stripeColour(8), colours[0]);
});
