// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { PeerConfiguration } from "../../core/PeerConfiguration.js";
import { PeerMachine } from "../../core/PeerMachine.js";
import { RescueLadder } from "../../core/RescueLadder.js";
import { shortHash } from "../../crypto/SHA256.js";
import { VerifyingKey } from "../../crypto/VerifyingKey.js";
import { ManifestVerifier } from "../../crypto/ManifestVerifier.js";
import { encodePeerMessage } from "../../wire/PeerMessage.js";
import { SignedManifest } from "../../wire/SignedManifest.js";
import { MadeChunk, madeInit, testHash } from "../support/MadeChunk.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { idOf } from "../support/SwarmWorld.js";
import { hex, vectors } from "../support/vectors.js";

const at = (ms) => ({ monotonic: ms, wall: ms });
const kinds = (machine) => machine.takeActions().map(({ kind }) => kind);

/** A machine with children 2 and 3 linked, which it feeds stripe 0. */
function parentOfTwo(verify = () => null) {
    const machine = new PeerMachine(new PeerConfiguration(), testHash, verify);
    machine.join(idOf(1));
    for (const peer of [idOf(2), idOf(3)]) {
        machine.addChild({ stripe: 0, peer });
        assert.ok(machine.offered(peer, null, at(0)));
        machine.opened(peer, at(0));
    }
    assert.deepEqual(machine.openPeers, [idOf(2), idOf(3)]);
    machine.takeActions();
    return machine;
}

test("a neighbour's word costs nobody a link", () => {
    const machine = parentOfTwo();
    const [child, friend, stranger] = [idOf(2), idOf(3), idOf(4)];
    // Whom it does not feed, it does not believe.
    assert.ok(!machine.offered(stranger, child, at(0)));
    machine.received(encodePeerMessage({ kind: "subscribe", stripe: 0, from: 0 }), child, at(0));
    assert.ok(!machine.offered(friend, child, at(0)), "in another's name");
    assert.ok(machine.offered(stranger, child, at(0)), "a grandchild");
    machine.opened(stranger, at(0));
    // What comes over such a link accuses nobody.
    machine.received(Uint8Array.of(6, 0), stranger, at(0));
    assert.ok(!kinds(machine).includes("accuse"));
    assert.ok(!machine.openPeers.includes(stranger));
    // Over one that the tracker brought about it does.
    machine.received(Uint8Array.of(6, 0), friend, at(0));
    assert.ok(kinds(machine).includes("accuse"));
    assert.ok(!machine.offered(friend, null, at(59_000)) && machine.offered(friend, null, at(61_000)), "banned");
});

test("when both sides offer at once, the offer of the smaller id counts", () => {
    for (const [own, other, isTaken] of [[1, 2, false], [2, 1, true]]) {
        const machine = new PeerMachine(new PeerConfiguration(), testHash, () => null);
        machine.join(idOf(own));
        machine.assign({ stripe: 0, source: idOf(other), grandparent: null, depth: 2 }, at(0));
        assert.ok(kinds(machine).includes("connect"));
        assert.equal(machine.offered(idOf(other), null, at(10)), isTaken);
        // An offer that had not led to anything is no loss.
        assert.ok(!kinds(machine).includes("reportLost"));
    }
});

test("links are bounded, and idle ones make room", () => {
    const machine = new PeerMachine(new PeerConfiguration(), testHash, () => null);
    machine.join(idOf(0));
    for (let peer = 1; peer <= 100; peer += 1) {
        assert.ok(machine.offered(idOf(peer), null, at(peer)));
        assert.ok(machine.links.length <= PeerConfiguration.linksMax);
    }
    for (const { child } of machine.links) child.subscribe(0, 0, true);
    assert.ok(!machine.offered(idOf(101), null, at(101)));
});

test("nuisances are forgiven as far as their allowance goes", () => {
    const messages = {
        alive: { kind: "alive", head: 1, starving: 0 },
        subscription: { kind: "subscribe", stripe: 0, from: 0 },
        wish: { kind: "request", stripe: 0, sequence: 7, indices: [] },
        relay: { kind: "relay", direction: "to", peer: idOf(9), signal: new Uint8Array(1) },
        early: { kind: "piece", sequence: 9, index: 0, bytes: new Uint8Array(9) },
    };
    const most = { alive: 50, subscription: 12, wish: 100, relay: 20, early: 1_000 };
    for (const [name, message] of Object.entries(messages)) {
        const machine = parentOfTwo();
        let count = 0;
        for (; machine.openPeers.includes(idOf(2)) && count < 5_000; count += 1) {
            machine.received(encodePeerMessage(message), idOf(2), at(0));
        }
        assert.equal(count, most[name] + 1, name);
        assert.ok(machine.takeActions().some(({ kind, peer }) => kind === "accuse" && peer === idOf(2)), name);
    }
});

test("pieces that come before their manifest are kept for their sender, 64 of them", () => {
    const machine = parentOfTwo();
    const chunk = new MadeChunk(7, { isKeyframe: true, length: 20_000 });
    const send = (peer, message) => machine.received(encodePeerMessage(message), peer, at(1_500));
    for (let index = 0; index < chunk.pieceCount; index += 1) {
        send(idOf(2), { kind: "piece", sequence: 7, index, bytes: chunk.piece(index) });
    }
    // Another's inventions do not displace them.
    for (let index = 0; index < 200; index += 1) {
        send(idOf(3), { kind: "piece", sequence: 8, index, bytes: new Uint8Array(1_024) });
    }
    assert.equal(machine.link(idOf(3)).early.length, 64);
    send(idOf(2), { kind: "initSegment", hash: chunk.description.initHash, bytes: madeInit });
    for (const signed of chunk.signed) send(idOf(2), { kind: "manifest", signed });
    const whole = machine.takeActions().find(({ kind }) => kind === "chunk");
    assert.deepEqual(whole?.chunk.bytes, chunk.bytes);
    assert.equal(machine.counters.bytesFromPeers, chunk.bytes.length + 200 * 1_024);
    assert.equal(machine.link(idOf(2)).early.length, 0);
});

test("an init counts when a manifest names it, and inventors of inits are accused", () => {
    const machine = parentOfTwo();
    const init = (byte) => ({ kind: "initSegment", hash: testHash(Uint8Array.of(byte)), bytes: Uint8Array.of(byte) });
    machine.received(encodePeerMessage(init(1)), idOf(2), at(0));
    assert.deepEqual(kinds(machine), []);
    const [signed] = new MadeChunk(7).signed;
    machine.received(encodePeerMessage({ kind: "manifest", signed }), idOf(2), at(0));
    assert.ok(kinds(machine).includes("initSegment"));
    for (const byte of [2, 3]) machine.received(encodePeerMessage(init(byte)), idOf(3), at(0));
    assert.ok(!kinds(machine).includes("accuse"));
    machine.received(encodePeerMessage(init(4)), idOf(3), at(0));
    assert.ok(kinds(machine).includes("accuse"));
});

test("an init with a wrong hash, a forged manifest, a stripe that is none: the sender is accused", () => {
    const [signed] = new MadeChunk(7).signed;
    const messages = [
        { kind: "initSegment", hash: idOf(5), bytes: madeInit },
        { kind: "manifest", signed },
        { kind: "subscribe", stripe: 5, from: 0 },
    ];
    for (const message of messages) {
        const machine = parentOfTwo(() => "forged");
        machine.received(encodePeerMessage(message), idOf(2), at(0));
        assert.ok(machine.takeActions().some(({ kind, peer }) => kind === "accuse" && peer === idOf(2)), message.kind);
        assert.equal(machine.counters.badPieces, 1);
    }
});

test("manifests of the vectors are taken with the stream's own key, and no other", () => {
    const { cases, publicKey } = vectors("manifests.json");
    const { fields, stripes } = cases.find(({ fields: { stripeCount } }) => stripeCount === 2);
    const signed = SignedManifest.parse(hex(stripes[0].manifest + stripes[0].signature));
    for (const [key, stream, isGood] of [
        [hex(publicKey), fields.stream, true],
        [hex(publicKey), "other", false],
        [hex(vectors("keys.json").streams[1].publicKey), fields.stream, false],
    ]) {
        const verifier = new ManifestVerifier(new VerifyingKey(key), stream);
        const machine = new PeerMachine(new PeerConfiguration(), shortHash, (each) => verifier.fault(each));
        machine.takeManifestFromForward(signed, at(fields.publishedAt));
        const actions = kinds(machine);
        assert.equal(actions.includes("announce"), isGood);
        assert.equal(actions.includes("blameForward"), !isGood);
    }
});

test("garbage from neighbours, the forward's wrong bytes and odd times do nothing but cost a place", () => {
    for (let seed = 0; seed < 40; seed += 1) {
        const generator = new SeededGenerator(seed);
        const machine = parentOfTwo();
        const chunks = [7, 8, 9].map((sequence) => new MadeChunk(sequence, { isKeyframe: sequence === 7 }));
        const peers = [idOf(2), idOf(3), idOf(4), idOf(5)];
        let now = 0;
        for (let step = 0; step < 300; step += 1) {
            now += generator.integer(0, 400);
            const peer = generator.pick(peers);
            const chunk = generator.pick(chunks);
            const [index, stripe] = [generator.integer(0, 6), generator.integer(0, 3)];
            generator.pick([
                () => machine.received(generator.bytes(generator.integer(0, 40)), peer, at(now)),
                () => machine.takePieceFromForward(generator.bytes(50), index, chunk.sequence, at(now)),
                () => machine.takeManifestFromForward(generator.pick(chunk.signed), at(now)),
                () => machine.takeChunkFromForward(chunk.bytes, chunk.sequence, at(now)),
                () => machine.assign({ stripe, source: peer, grandparent: null, depth: 1 }, at(now)),
                () => machine.place([], [{ stripe, peer }], at(now)),
                () => machine.offered(peer, generator.pick([null, ...peers]), at(now)),
                () => machine.opened(peer, at(now)),
                () => machine.closed(peer, at(now), generator.pick([null, "fault"])),
                () => machine.buffered(peer, generator.integer(0, 100_000), at(now)),
                () => machine.forwardRefused(generator.integer(0, 5_000), at(now)),
                () => machine.forwardOpened(),
                () => machine.noteSequence(generator.integer(0, 20), at(now)),
                () => machine.tick(at(now)),
            ])();
            assert.ok(machine.links.length <= PeerConfiguration.linksMax && machine.banned.length <= 64);
            assert.equal(new Set(machine.links.map((link) => link.peer)).size, machine.links.length, `seed ${seed}`);
            machine.takeActions();
        }
    }
});

/** A stripe whose parent is gone. */
const broken = {
    primary: "nobody", rescue: "nobody", hasBegun: true, primaryDelivers: false, primaryIsThere: true,
    isStarving: true, starvingMs: 0,
    sinceAdoptionMs: 9_000, sincePrimaryProgressMs: 9_000, sinceProgressMs: 9_000, sinceRescueMs: Infinity,
    behindMs: 800, reserveMs: 2_900, isOutrun: true,
};

test("the ladder: who asks whom, and when", () => {
    const cases = [
        [{ ...broken }, { kind: "askNeighbour", orForward: null }],
        [{ ...broken, reserveMs: 2_400 }, { kind: "askNeighbour", orForward: "owner" }],
        [{ ...broken, rescue: "peer", sinceRescueMs: 300 }, { kind: "wait" }],
        [{ ...broken, rescue: "peer", sinceRescueMs: 500 }, { kind: "askNeighbour", orForward: null }],
        [{ ...broken, rescue: "forward" }, { kind: "wait" }],
        [{ ...broken, primary: "forward" }, { kind: "wait" }],
        [{ ...broken, hasBegun: false }, { kind: "askForward", reason: "start" }],
        [{ ...broken, hasBegun: false, primary: "forward" }, { kind: "wait" }],
        // A descendant leaves the repair to the owner of the broken link, until its own buffer runs low.
        [{ ...broken, primary: "peer" }, { kind: "wait" }],
        [{ ...broken, primary: "peer", reserveMs: 1_100 }, { kind: "askNeighbour", orForward: null }],
        [{ ...broken, primary: "peer", reserveMs: 1_100, rescue: "peer" }, { kind: "wait" }],
        [{ ...broken, primary: "peer", reserveMs: 700, rescue: "peer" }, { kind: "askForward", reason: "descendant" }],
        // A parent that lives and sends nothing.
        [{ ...broken, primary: "peer", isStarving: false }, { kind: "lose", reason: "stalled" }],
        [{ ...broken, primary: "peer", isStarving: false, sinceAdoptionMs: 900 }, { kind: "wait" }],
        [
            { ...broken, primary: "peer", isStarving: false, primaryIsThere: false, sinceAdoptionMs: 2_900 },
            { kind: "wait" },
        ],
        // One that is only slow.
        [
            {
                ...broken, primary: "peer", isStarving: false, primaryDelivers: true, sincePrimaryProgressMs: 500,
                reserveMs: 1_100,
            },
            { kind: "wait" },
        ],
        [
            {
                ...broken, primary: "peer", rescue: "peer", isStarving: false, primaryDelivers: true, behindMs: 200,
                sincePrimaryProgressMs: 100,
            },
            { kind: "endRescue" },
        ],
    ];
    for (const [situation, step] of cases) {
        assert.deepEqual(new RescueLadder().next(situation, 3_000, 200, 0), step, JSON.stringify(situation));
    }
    // Reserves are shares of a buffer that is shorter.
    const short = new RescueLadder();
    assert.equal(short.next({ ...broken, reserveMs: 900 }, 1_000, 200, 0).orForward, null);
    assert.equal(short.next({ ...broken, reserveMs: 800 }, 1_000, 200, 0).orForward, "owner");
});

test("a parent that starves for long is left when others get the stream", () => {
    const ladder = new RescueLadder();
    const starving = { ...broken, primary: "peer", primaryDelivers: true, starvingMs: 4_100, reserveMs: 2_000 };
    assert.equal(ladder.next(starving, 3_000, 200, 0).kind, "wait");
    assert.deepEqual(ladder.next(starving, 3_000, 200, 1_600), { kind: "lose", reason: "starving" });
    const outage = new RescueLadder();
    assert.equal(outage.next({ ...starving, isOutrun: false }, 3_000, 200, 0).kind, "wait");
    assert.equal(outage.next({ ...starving, isOutrun: false }, 3_000, 200, 1_600).kind, "wait");
});
