// @ts-check
import { PeerConfiguration } from "../../core/PeerConfiguration.js";
import { PeerMachine } from "../../core/PeerMachine.js";
import { PlayoutBuffer } from "../../core/PlayoutBuffer.js";
import { PeerMessageKind } from "../../wire/PeerMessage.js";
import { MadeChunk, madeInit, testHash } from "./MadeChunk.js";
import { SeededGenerator } from "./SeededGenerator.js";

/** The id of a viewer. */
export const idOf = (index) => index.toString(16).padStart(32, "0");
/** The viewer of an id. */
export const indexOf = (id) => Number.parseInt(id, 16);

const makeMember = (machine, joinedAt) => ({
    machine,
    playout: new PlayoutBuffer(machine.configuration.bufferMs),
    joinedAt,
    isAlive: true,
    played: [],
    inits: 0,
    /** Stripes it takes from its forward, the next chunk it gets, and when the connection is up. */
    taking: [],
    next: 0,
    openAt: Infinity,
    accusations: [],
    blames: [],
    lost: [],
    forwardReasons: [],
    /** Changes what it sends; null for what it keeps back. */
    mutate: (bytes) => bytes,
    /** One of so many pieces that it sends never arrives; 0 for none. */
    dropsOneIn: 0,
    relayedConnects: 0,
    /** What its uplink carries in bytes a second, and until when what was given to it keeps it busy. */
    uplinkBytesPerSecond: Infinity,
    uplinkBusyUntil: 0,
    /** Bytes on their way to each neighbour. */
    unacknowledged: new Map(),
    /** Milliseconds until which its process stands still. */
    asleepUntil: 0,
});

/**
 * A swarm of machines on a virtual clock: an origin that publishes a chunk every 200 ms, forwards, links with a delay,
 * and a tracker that puts whoever lost a parent below a forward.
 */
export class SwarmWorld {
    constructor(seed) {
        this.generator = new SeededGenerator(seed);
        this.now = 1_000_000;
        this.members = [];
        this.published = [];
        this.nextSequence = 1_000;
        this.isPublishing = true;
        this.forwardIsUp = true;
        this.refusesStarters = false;
        this.linkDelayMs = 10;
        /** Of each message, 0…1. */
        this.loss = 0;
        this.chunkBytes = 12_000;
        this.events = new Map();
    }

    get time() {
        return { monotonic: this.now, wall: this.now };
    }

    schedule(afterMs, event) {
        const at = this.now + Math.max(1, Math.floor(afterMs));
        if (!this.events.has(at)) this.events.set(at, []);
        this.events.get(at).push(event);
    }

    // Building.

    add(settings = {}) {
        const verify = (signed) => (signed.signature[0] === 5 ? null : "forged");
        const machine = new PeerMachine(new PeerConfiguration(settings), testHash, verify);
        machine.join(idOf(this.members.length));
        this.members.push(makeMember(machine, this.now));
        return this.members.length - 1;
    }

    /** Tells `child` who sends it a stripe (null: a forward), and the parent of its child. */
    assign(child, stripe, parent, depth = 1) {
        const primary = parent === null ? null : this.members[parent].machine.snapshot.stripes[stripe].primary;
        const source = parent === null ? "forward" : idOf(parent);
        if (parent !== null) this.members[parent].machine.addChild({ stripe, peer: idOf(child) });
        const grandparent = primary === "forward" ? null : primary;
        this.members[child].machine.assign({ stripe, source, grandparent, depth }, this.time);
        this.perform(child);
    }

    /**
     * Two interior-disjoint trees over `count` new viewers: even ones are interior in stripe 0, odd ones in stripe 1.
     */
    plant(count, { roots = 2, ...settings } = {}) {
        const first = this.members.length;
        const viewers = Array.from({ length: count }, () => this.add(settings));
        for (const stripe of [0, 1]) {
            const isInterior = (viewer) => viewer % 2 === stripe;
            const slots = new Array(roots).fill(null);
            for (const viewer of [...viewers.filter(isInterior), ...viewers.filter((each) => !isInterior(each))]) {
                this.assign(viewer, stripe, slots.shift() ?? null);
                if (isInterior(viewer)) slots.push(viewer, viewer);
            }
        }
        return first;
    }

    // Running.

    run(ms) {
        for (let step = 0; step < ms; step += 1) this.step();
    }

    step() {
        this.now += 1;
        const due = this.events.get(this.now) ?? [];
        this.events.delete(this.now);
        for (const event of due) event();
        if (this.now % 200 === 0 && this.isPublishing) this.publish();
        for (const [index, member] of this.members.entries()) {
            if (!member.isAlive || member.asleepUntil > this.now) continue;
            if ((this.now + index * 7) % PeerConfiguration.tickMs === 0) {
                member.machine.tick(this.time);
                this.perform(index);
            }
            if (this.now % 10 === 0) this.play(member);
        }
        if (this.now % 5 === 0) this.deliverFromForward();
    }

    publish() {
        const isKeyframe = this.nextSequence % 5 === 0;
        const length = this.chunkBytes;
        this.published.push(new MadeChunk(this.nextSequence, { isKeyframe, publishedAt: this.now, length }));
        if (this.published.length > 150) this.published.shift();
        this.nextSequence += 1;
    }

    /** Delivers what forwards have, to those connected. */
    deliverFromForward() {
        if (!this.forwardIsUp) return;
        for (const [index, member] of this.members.entries()) {
            const { machine } = member;
            if (!member.isAlive || member.openAt > this.now) continue;
            machine.forwardOpened();
            if (member.next >= this.nextSequence) continue;
            for (const chunk of this.published) {
                if (chunk.sequence < member.next) continue;
                member.next = chunk.sequence + 1;
                machine.takeInitFromForward(chunk.description.initHash, madeInit, this.time);
                for (const stripe of member.taking) this.give(machine, chunk, stripe);
            }
            this.perform(index);
        }
    }

    give(machine, chunk, stripe) {
        machine.takeManifestFromForward(chunk.signed[stripe], this.time);
        for (const piece of chunk.layout.piecesOfStripe(stripe)) {
            machine.takePieceFromForward(chunk.piece(piece), piece, chunk.sequence, this.time);
        }
    }

    play(member) {
        for (const { chunk } of member.playout.advance(this.now)) {
            member.played.push(chunk.description.sequence);
            member.machine.noteReleased(chunk.description.sequence);
        }
    }

    /** Carries out what a viewer wants. */
    perform(index) {
        for (const action of this.members[index].machine.takeActions()) this.carryOut(action, index);
    }

    carryOut(action, index) {
        const member = this.members[index];
        switch (action.kind) {
            case "connect":
                return this.connect(index, indexOf(action.peer), action.relay);
            case "close":
                return this.schedule(this.linkDelayMs, () => this.close(indexOf(action.peer), index));
            case "send":
                return this.send(index, action.peer, action.bytes);
            case "takeFromForward":
                return this.takeFromForward(index, action);
            case "fetch":
                return this.fetch(index, action);
            case "reportLost":
                member.lost.push(action);
                return this.schedule(100, () => member.isAlive && this.assign(index, action.stripe, null));
            case "accuse":
                return member.accusations.push(action);
            case "blameForward":
                return member.blames.push(action);
            case "announce":
                return member.playout.announce(action.description, this.now);
            case "chunk":
                return member.playout.add(action.chunk, this.now);
            case "initSegment":
                member.inits += 1;
        }
    }

    connect(index, other, relay) {
        if (relay !== null) this.members[index].relayedConnects += 1;
        const { isAlive, machine } = this.members[other];
        if (!isAlive || !machine.offered(idOf(index), null, this.time)) {
            return this.schedule(50, () => this.close(index, other));
        }
        this.perform(other);
        this.schedule(this.linkDelayMs * 4, () => {
            if (!this.members[index].isAlive || !this.members[other].isAlive) return;
            for (const [at, peer] of [[index, other], [other, index]]) {
                this.members[at].machine.opened(idOf(peer), this.time);
                this.perform(at);
            }
        });
    }

    close(at, peer) {
        if (!this.members[at].isAlive) return;
        this.members[at].machine.closed(idOf(peer), this.time);
        this.perform(at);
    }

    send(index, peer, message) {
        const member = this.members[index];
        const bytes = member.mutate(message);
        if (bytes === null) return;
        const isPiece = bytes[0] === PeerMessageKind.piece;
        if (isPiece && member.dropsOneIn > 0 && this.generator.integer(1, member.dropsOneIn) === 1) return;
        const isLost = this.loss > 0 && this.generator.share() < this.loss;
        // A reliable link delivers in the end: what is lost comes later, and out of order.
        let delay = this.linkDelayMs + (isLost ? 200 : 0) + this.generator.integer(0, 3);
        member.uplinkBusyUntil =
            Math.max(member.uplinkBusyUntil, this.now) + (bytes.length * 1_000) / member.uplinkBytesPerSecond;
        delay += member.uplinkBusyUntil - this.now;
        this.schedule(delay, () => this.deliver(indexOf(peer), index, bytes));
        member.unacknowledged.set(peer, (member.unacknowledged.get(peer) ?? 0) + bytes.length);
        this.schedule(delay, () => {
            if (!member.isAlive) return;
            const left = Math.max(0, member.unacknowledged.get(peer) - bytes.length);
            member.unacknowledged.set(peer, left);
            member.machine.buffered(peer, left, this.time);
            this.perform(index);
        });
    }

    deliver(to, from, bytes) {
        const { asleepUntil, isAlive, machine } = this.members[to];
        if (!isAlive) return;
        if (asleepUntil > this.now) {
            return this.schedule(asleepUntil - this.now + 1, () => this.deliver(to, from, bytes));
        }
        machine.received(bytes, idOf(from), this.time);
        this.perform(to);
    }

    takeFromForward(index, { from, stripes, why }) {
        const member = this.members[index];
        member.forwardReasons.push(why);
        if (this.refusesStarters && why !== "root" && stripes.length > 0) {
            member.machine.forwardRefused(1_000, this.time);
            return this.perform(index);
        }
        member.taking = stripes;
        member.openAt = stripes.length === 0 ? Infinity : this.now + 20;
        member.next = from ?? this.published.findLast(({ description }) => description.isKeyframe)?.sequence ?? 0;
    }

    fetch(index, { indices, sequence }) {
        const chunk = this.published.find((each) => each.sequence === sequence);
        if (!this.forwardIsUp || chunk === undefined) return;
        const { machine } = this.members[index];
        for (const signed of chunk.signed) machine.takeManifestFromForward(signed, this.time);
        if (indices.length === 0) machine.takeChunkFromForward(chunk.bytes, sequence, this.time);
        for (const piece of indices) machine.takePieceFromForward(chunk.piece(piece), piece, sequence, this.time);
        this.perform(index);
    }

    /** The forward is gone; its connections are seen to end a second later, as silence is. */
    cutForward() {
        this.forwardIsUp = false;
        this.schedule(1_000, () => {
            for (const [index, { isAlive, machine }] of this.members.entries()) {
                if (!isAlive) continue;
                machine.forwardClosed();
                this.perform(index);
            }
        });
    }

    kill(index) {
        this.members[index].isAlive = false;
    }

    // Judging.

    counters(index) {
        return this.members[index].playout.countersAt(this.now, true);
    }

    /** Chunks played in order without a hole since the first one. */
    playsWithoutHole(index) {
        const { played } = this.members[index];
        return played.length > 0 && played.slice(1).every((sequence, place) => sequence === played[place] + 1);
    }
}
