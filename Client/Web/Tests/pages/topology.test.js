// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { sceneLayout } from "../../pages/sceneLayout.js";
import { SwarmModel } from "../../pages/SwarmModel.js";
import { readOverlay, readTopology } from "../../pages/topologyAnswers.js";
import { agoText, carriedShare, nodeFacts, spokenNode, wayWords } from "../../pages/topologyWords.js";

/** @param {string} id @param {object} [more] */
const node = (id, more = {}) => ({ id, role: 0, capacity: 2, depths: [1, 2], region: "berlin", ...more });
/** @param {object[]} nodes @param {object[]} links @param {object} [more] */
const overlay = (nodes, links, more = {}) =>
    readOverlay({ peers: nodes.length, truncated: false, nodes, links, ...more });

test("answers are read as far as they make sense", () => {
    for (const answer of [null, 3, {}, { nodes: {}, links: 3 }]) {
        assert.deepEqual(readOverlay(answer), { peers: 0, isTruncated: false, repairs: 0, nodes: [], links: [] });
        assert.deepEqual(readTopology(answer), { trackers: [], forwards: [] });
    }
    const { nodes, links } = overlay(
        [node("AA"), node("zz"), node("bb", { role: 99, depths: [1, -3, "x"], continuity: Infinity }), null],
        [
            { stripe: 0, to: "AA", forward: "f1" }, { stripe: -1, to: "AA", from: "bb" },
            { stripe: 1, to: "bb", from: "aa" }, { stripe: 0, to: "bb" }, { stripe: 0, to: "bb", from: 3, forward: 4 },
        ]);
    assert.deepEqual(nodes.map(({ id, role }) => [id, role]), [["aa", 0], ["bb", null]]);
    assert.deepEqual(nodes[1].depths, [1, null, null]);
    assert.equal(nodes[1].continuity, null);
    assert.deepEqual(links, [
        { stripe: 0, to: "aa", from: null, forward: "f1" }, { stripe: 1, to: "bb", from: "aa", forward: null },
    ]);
    const tracker = { name: "t", region: "r", url: "http://t:9090/", peers: 3 };
    const { trackers } = readTopology({ trackers: [tracker, { name: "odd", url: "javascript:alert(1)" }, {}] });
    assert.deepEqual(trackers, [
        { name: "t", region: "r", url: "http://t:9090", viewers: 3, egress: null },
        { name: "odd", region: "", url: null, viewers: 0, egress: null },
    ]);
});

test("more than can be drawn is cut off", () => {
    const many = Array.from({ length: 9_000 }, (_, index) => node((index + 4_096).toString(16)));
    assert.equal(overlay(many, []).nodes.length, 2_000);
});

const first = overlay([node("aa"), node("bb"), node("cc")], [
    { stripe: 0, to: "aa", forward: "f1" }, { stripe: 0, to: "bb", from: "aa" },
    { stripe: 0, to: "cc", from: "bb" },
]);

test("a parent that goes and is replaced is a repair; of the first picture nothing is told", () => {
    const model = new SwarmModel();
    assert.equal(model.take(new Map([["t", first]]), 0).added.length, 3);
    assert.deepEqual(model.events, []);
    assert.deepEqual(model.path("cc", 0), ["aa", "bb", "cc"]);
    assert.deepEqual(model.feedingForwards(), new Map([[0, new Set(["f1"])]]));
    const then = overlay([node("aa"), node("cc")], [
        { stripe: 0, to: "aa", forward: "f1" }, { stripe: 0, to: "cc", from: "aa" },
    ]);
    const { added, lost } = model.take(new Map([["t", then]]), 5);
    assert.deepEqual(added.map(({ to, from }) => [to, from]), [["cc", "aa"]]);
    assert.deepEqual(lost.map(({ to, from }) => [to, from]), [["bb", "aa"], ["cc", "bb"]]);
    assert.deepEqual(model.events.map(({ kind, text }) => [kind, text]), [
        ["repair", "cc lost bb, fed by aa now"], ["left", "bb left"],
    ]);
    assert.deepEqual(model.childrenOf("aa").map(({ to }) => to), ["cc"]);
});

test("a tracker that does not answer is as it was, one that is gone is forgotten", () => {
    const model = new SwarmModel();
    model.take(new Map([["t", first], ["u", overlay([node("dd")], [])]]), 0);
    assert.equal(model.peers, 4);
    assert.deepEqual(model.take(new Map([["t", null], ["u", null]]), 1), { added: [], lost: [] });
    assert.equal(model.nodes.size, 4);
    model.take(new Map([["t", null]]), 2);
    assert.equal(model.nodes.size, 3);
    assert.deepEqual(model.events.map(({ text }) => text), ["dd left"]);
});

test("repairs are those that trackers counted, and of a part those that nobody sees are told", () => {
    const model = new SwarmModel();
    const part = (/** @type {number} */ repairs) =>
        overlay([node("aa")], [], { peers: 9_000, truncated: true, swarm: { repairs } });
    model.take(new Map([["t", part(7)], ["u", part(1)]]), 0);
    assert.equal(model.repairs, 8);
    assert.deepEqual(model.events, []);
    model.take(new Map([["t", part(9)], ["u", part(4)]]), 1);
    assert.deepEqual(model.events.map(({ text }) => text), ["5 repairs further down"]);
});

test("of a part of a swarm nobody comes or goes, and a storm is one line", () => {
    const model = new SwarmModel();
    model.take(new Map([["t", overlay([node("aa")], [], { peers: 9_000, truncated: true })]]), 0);
    model.take(new Map([["t", overlay([node("bb")], [], { peers: 9_000, truncated: true })]]), 1);
    assert.deepEqual(model.events, []);
    assert.equal(model.peers, 9_000);
    assert.ok(model.isTruncated);
    const many = Array.from({ length: 90 }, (_, index) => node((index + 256).toString(16)));
    model.take(new Map([["t", overlay(many, [])]]), 2);
    assert.deepEqual(model.events.map(({ text }) => text), ["90 viewers joined", "bb left"]);
    for (let round = 0; round < 100; round += 1) {
        model.take(new Map([["t", overlay(many.slice(round % 2), [])]]), round);
    }
    assert.equal(model.events.length, 60);
});

test("ways that come round end, and links to nobody are dropped", () => {
    const model = new SwarmModel();
    model.take(new Map([["t", overlay([node("aa"), node("bb")], [
        { stripe: 0, to: "aa", from: "bb" }, { stripe: 0, to: "bb", from: "aa" }, { stripe: 0, to: "ee", from: "aa" },
    ])]]), 0);
    assert.deepEqual(model.path("aa", 0), ["bb", "aa"]);
    assert.equal(model.links.size, 2);
});

test("viewers are counted by depth for those who do not see the picture", () => {
    const model = new SwarmModel();
    const viewers = [node("aa"), node("bb", { depths: [2, 1] }), node("cc", { depths: [1] })];
    model.take(new Map([["t", overlay(viewers, [])]]), 0);
    assert.deepEqual(model.depthCounts(), [[0, 2, 1], [1, 1, 1]]);
});

test("a viewer in words", () => {
    const [known] = overlay([node("aa", { bytesFromPeers: 900, bytesFromForwards: 100, uploadBytes: 5 })], []).nodes;
    assert.deepEqual(nodeFacts(known, 2).map(([name, value]) => `${name}: ${value}`), [
        "Passes on: stripe 1", "Feeds: 2 of 2", "Region: berlin", "From viewers: 90 %", "Received: 1.00 kB",
        "Passed on: 5 B",
    ]);
    const [bare] = overlay([node("bb", { role: null, region: "" })], []).nodes;
    assert.deepEqual(nodeFacts(bare, 0).map(([name]) => name), ["Passes on", "Feeds"]);
    assert.equal(carriedShare([known]), 0.9);
    assert.equal(carriedShare([bare]), null);
    assert.equal(wayWords(["abcdef99", "123456"], "f1"), "f1 → abcdef → 123456");
    assert.equal(wayWords(["abcdef99"], "any"), "a forward → abcdef");
    assert.equal(wayWords(["abcdef99"], null), "… → abcdef");
    assert.equal(spokenNode(known, 2), "Viewer aa, depth 1 in stripe 1, depth 2 in stripe 2, passes on stripe 1 to 2");
    assert.equal(agoText(500), "now");
    assert.equal(agoText(61_000), "1 min");
});

test("services and discs lie within the picture, whatever its size", () => {
    const services = (/** @type {number} */ count) => Array.from({ length: count }, (_, index) => ({
        name: `s${index}`, region: "r", url: `http://s${index}`, viewers: 0, egress: null,
    }));
    for (const [width, height] of [[390, 960], [900, 640], [1_600, 900], [320, 700]]) {
        for (const count of [0, 1, 2, 9, 60]) {
            const layout = sceneLayout({ width, height }, { trackers: services(count), forwards: services(count) }, 2);
            for (const { x } of layout.services) assert.ok(x >= 30 && x <= width - 30, `${width} ${count} ${x}`);
            const [one, other] = layout.discs;
            assert.ok(Math.hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius);
            for (const { x, y, radius } of layout.discs) {
                assert.ok(x >= radius && x <= width - radius && y >= radius && y <= height - radius + 1);
            }
        }
    }
    const crowd = { trackers: services(9), forwards: services(1) };
    const shown = sceneLayout({ width: 390, height: 900 }, crowd, 2).services;
    assert.ok(shown.some(({ kind }) => kind === "forward"));
    assert.equal(shown[shown.length - 1].label, "+ 7");
});
