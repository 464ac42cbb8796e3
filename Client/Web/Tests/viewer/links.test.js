// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { LinkTable } from "../../viewer/LinkTable.js";

const [one, two] = ["1".repeat(32), "2".repeat(32)];

/** A table whose page is the returned list of what it was told. */
function table() {
    /** @type {any[]} */
    const told = [];
    const links = new LinkTable([{ urls: ["stun:192.0.2.1:3478"] }], (report) => told.push(report));
    return { links, told };
}

test("an offer goes out, and the link is there when the page says so", () => {
    const { links, told } = table();
    /** @type {any[]} */
    const signals = [];
    const opened = [];
    links.signalTracker = (signal) => signals.push(signal);
    links.onOpen = (peer) => opened.push(peer);
    links.connect(one, null);
    assert.deepEqual(told[0].servers, links.servers);
    const { link } = told[0];
    links.handle({ kind: "described", link, sdp: "v=0" });
    links.handle({ kind: "candidate", link, candidate: "" });
    assert.deepEqual(signals.map(({ to, signal }) => [to, signal.type, signal.text]),
        [[one, "offer", "v=0"], [one, "candidate", ""]]);
    const attempt = signals[0].signal.link;
    assert.match(attempt, /^[0-9a-f]{16}$/);
    // An answer to another attempt is of no use.
    links.take({ link: "0".repeat(16), type: "answer", text: "x" }, one, null);
    links.take({ link: attempt, type: "answer", text: "y" }, one, null);
    assert.deepEqual(told.slice(1), [{ kind: "accept", link, sdp: "y" }]);
    // Before it is open nothing is sent.
    links.send(one, Uint8Array.of(1), null);
    links.handle({ kind: "opened", link });
    links.handle({ kind: "opened", link });
    assert.deepEqual(opened, [one]);
    links.send(one, Uint8Array.of(1, 2), 500);
    assert.deepEqual([told.at(-1).kind, told.at(-1).lifetimeMs, links.entries.get(one)?.bytesOut], ["send", 500, 2]);
});

test("an offer of somebody else is answered when it is welcome, with the candidates that came before it", () => {
    const { links, told } = table();
    const offer = { link: "a".repeat(16), type: /** @type {const} */ ("offer"), text: "v=0" };
    links.take({ link: offer.link, type: "candidate", text: "early" }, two, null);
    links.take(offer, two, null);
    assert.deepEqual(told, []);
    links.accepts = (peer, relay) => peer === two && relay === null;
    links.take(offer, two, null);
    const { link } = told[0];
    assert.deepEqual(told.map(({ kind }) => kind), ["answer", "candidate"]);
    assert.equal(told[1].candidate, "early");
    links.take({ link: offer.link, type: "candidate", text: "late" }, two, null);
    assert.deepEqual(told.at(-1), { kind: "candidate", link, candidate: "late" });
    // The same viewer begins anew: the old connection goes.
    links.take({ ...offer, link: "b".repeat(16) }, two, null);
    assert.deepEqual(told.slice(-2).map(({ kind }) => kind), ["close", "answer"]);
    links.handle({ kind: "opened", link });
    assert.equal(links.entries.get(two)?.isOpen, false, "what the page says of the old one concerns nobody");
});

test("candidates that come before any offer are bounded", () => {
    const { links } = table();
    for (let count = 0; count < 100; count += 1) {
        links.take({ link: "c".repeat(16), type: "candidate", text: `${count}` }, one, null);
    }
    assert.equal(links.strays.length, 32);
    assert.equal(links.strays[0].candidate, "68");
});

test("signals for a neighbour's neighbour go through the neighbour", () => {
    const { links, told } = table();
    /** @type {any[]} */
    const passed = [];
    links.signalRelay = (relay, peer, signal) => {
        passed.push([relay, peer, JSON.parse(new TextDecoder().decode(signal))]);
    };
    links.connect(one, two);
    links.handle({ kind: "described", link: told[0].link, sdp: "v=0" });
    const [[relay, peer, { sdp, type }]] = passed;
    assert.deepEqual([relay, peer, type, sdp, passed.length], [two, one, "offer", "v=0", 1]);
});

test("what ends is told once, by whoever did not know", () => {
    const { links, told } = table();
    const closed = [];
    links.onClosed = (peer, fault) => closed.push([peer, fault]);
    links.connect(one, null);
    links.connect(two, null);
    links.handle({ kind: "closed", link: told[0].link, fault: "a message that is text" });
    links.giveUp(two);
    links.giveUp(two);
    assert.deepEqual(closed, [[one, "a message that is text"], [two, null]]);
    links.connect(one, null);
    links.close();
    assert.equal(closed.length, 2);
    assert.equal(told.filter(({ kind }) => kind === "close").length, 2);
});

test("own offers that come to nothing count, unless nobody got them", () => {
    const { links, told } = table();
    links.accepts = () => true;
    links.connect(one, null);
    links.handle({ kind: "closed", link: told.at(-1).link, fault: null });
    links.connect(one, null);
    links.discard(one);
    links.connect(one, null);
    links.giveUp(one);
    links.take({ link: "d".repeat(16), type: "offer", text: "v=0" }, two, null);
    links.discard(two);
    assert.deepEqual([links.failures, links.hasOpened], [2, false]);
    links.connect(one, null);
    links.handle({ kind: "opened", link: told.at(-1).link });
    links.discard(one);
    assert.deepEqual([links.failures, links.hasOpened], [2, true]);
    // After its end it makes none that nobody would ever close.
    links.close();
    const count = told.length;
    links.connect(one, null);
    links.take({ link: "e".repeat(16), type: "offer", text: "v=0" }, two, null);
    assert.equal(told.length, count);
});
