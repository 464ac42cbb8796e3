// @ts-check
import { PeerConfiguration } from "../core/PeerConfiguration.js";
import { PeerMachine } from "../core/PeerMachine.js";
import { peerOf } from "../core/PeerTime.js";
import { shortHash } from "../crypto/SHA256.js";
import { parseRelayedSignal } from "../wire/LinkSignal.js";
import { ChunkFetcher } from "./ChunkFetcher.js";
import { systemClock } from "./Clock.js";
import { ForwardFeed } from "./ForwardFeed.js";
import { LinkTable } from "./LinkTable.js";
import { assignmentOf, forwardOf, verification } from "./sessionParts.js";
import { StreamProbe } from "./StreamProbe.js";
import { TrackerSession } from "./TrackerSession.js";

/**
 * @typedef {import("../wire/StreamDescription.js").StreamDescription} StreamDescription
 * @typedef {import("../wire/Record.js").StreamState} StreamState
 * @typedef {import("../core/PeerAction.js").PeerAction} PeerAction
 * @typedef {import("./EngineMessages.js").EngineOptions} EngineOptions
 */

/** So many links in a row that did not come about, before any did, and this network lets none through. */
const failuresMax = 6;
/** A buffer that has only begun to fill counts as at least so many milliseconds. */
const leastBufferMs = 500;

/**
 * One viewer at work: carries out what its `PeerMachine` decides, between forwards, other viewers and the tracker on
 * one side and the player on the other.
 */
export class PeerSession {
    /**
     * @param {StreamDescription} description of the stream; its key is the coordinate's
     * @param {EngineOptions} options
     * @param {import("./Playback.js").Playback} playback
     * @param {import("./CoordinateAPI.js").CoordinateAPI} api
     * @param {LinkTable["post"]} post to the page
     */
    constructor(description, options, playback, api, post) {
        this.stream = description.name;
        this.options = options;
        this.playback = playback;
        this.api = api;
        this.post = post;
        const { gives, uploadBytesPerSecond, usesPeers } = options;
        this.machine = new PeerMachine(
            new PeerConfiguration({
                stripes: description.stripes,
                bufferMs: leastBufferMs,
                chunkMs: Math.min(Math.max(description.chunkMs, 20), 10_000),
                uploadBytesPerSecond: gives && usesPeers ? uploadBytesPerSecond : 0,
            }),
            shortHash,
            verification(description.publicKey, this.stream),
        );
        // Tokens end by the coordinate's clock.
        this.time = { ...systemClock, wall: () => playback.clock.now };
        this.feed = new ForwardFeed(this.stream, api, shortHash, this.time);
        this.fetcher = new ChunkFetcher(this.stream, this.time);
        /** @type {TrackerSession | null} */
        this.tracker = null;
        /** @type {LinkTable | null} */
        this.links = null;
        /** @type {StreamState} */
        this.state = description.state;
        /** @type {() => void} */
        this.onStreamEnded = () => {};
        /** No link to any other viewer comes about. */
        this.onIsolated = () => {};
        this.isTrackerLost = false;
        this.isPerforming = false;
        this.isStopped = false;
        this.probe = new StreamProbe(this.stream, api, this.time);
        this.probe.onSeen = (seen) => this.takeProbe(seen);
        this.probe.onGone = () => this.change("ended");
        this.capacityDeclared = 0;
    }

    /** Something sends at least one stripe. While there is no publisher nobody can. */
    get isFed() {
        return this.state !== "live" || this.feed.forward !== null
            || this.machine.snapshot.stripes.some(({ primary }) => peerOf(primary) !== null);
    }

    // Life.

    /**
     * Begins. `assignment` is what the coordinate said, if it was asked already.
     * @param {import("../wire/StreamDescription.js").TrackerAssignment | null} assignment
     */
    start(assignment) {
        this.playback.onReleased = (sequence) => this.machine.noteReleased(sequence);
        // What another session has brought is not taken again.
        if (this.playback.buffer.dealtWith !== null) this.machine.noteReleased(this.playback.buffer.dealtWith);
        this.connectFeed();
        this.feed.start(assignment);
        if (!this.options.usesPeers) return this.run((machine, now) => machine.liveOffForwards(now));
        this.join();
        // The first wish, the newest group of a forward, does not wait for a tick.
        this.tick();
    }

    /** Says good-bye to neighbours and tracker, and ends. */
    async stop() {
        if (this.isStopped) return;
        this.run((machine, now) => machine.leave(now));
        await this.tracker?.leave();
        this.vanish();
    }

    /** Ends without a word. */
    vanish() {
        this.isStopped = true;
        this.feed.stop();
        this.fetcher.stop();
        this.probe.stop();
        this.tracker?.vanish();
        this.links?.close();
    }

    /** The network may be another one: whatever was open is made anew. */
    networkChanged() {
        this.feed.networkChanged();
        this.fetcher.networkChanged();
        this.tracker?.networkChanged();
    }

    /**
     * Whether other viewers are fed, from now on. Those that are fed already have other parents soon.
     * @param {boolean} gives
     */
    setGives(gives) {
        this.options.gives = gives;
        this.machine.setUpload(gives && this.options.usesPeers ? this.options.uploadBytesPerSecond : 0);
        this.tracker?.reportSoon();
    }

    /**
     * How far behind the publication the picture is to be.
     * @param {number} targetMs
     */
    setPace(targetMs) {
        this.machine.configuration.bufferMs = Math.max(leastBufferMs, Math.min(targetMs, this.options.bufferMs));
    }

    /** To be called every `PeerConfiguration.tickMs`. */
    tick() {
        if (this.isStopped) return;
        this.run((machine, now) => machine.tick(now));
        this.playback.advance();
        // Children that cannot be fed must have other parents soon; that more could be fed is not urgent.
        if (this.machine.capacity < this.capacityDeclared) this.tracker?.reportSoon();
        if (this.playback.hasBegun) this.probe.look(this.state);
        if (this.links !== null && !this.links.hasOpened && this.links.failures >= failuresMax) this.onIsolated();
    }

    // Forwards.

    connectFeed() {
        const { feed, fetcher } = this;
        feed.firstWanted = () => this.machine.forwardFrom;
        feed.onMisbehaviour = () => {
            this.machine.counters.badPieces += 1;
        };
        feed.onOpen = (isOpen) =>
            this.run((machine) => (isOpen ? machine.forwardOpened() : machine.forwardClosed()));
        feed.onRefused = (retryMs) => this.run((machine, now) => machine.forwardRefused(retryMs, now));
        feed.onKey = (key) => {
            this.machine.verify = verification(key, this.stream);
        };
        feed.trackerToken = () => this.tracker?.token ?? null;
        feed.onEvent = (event) => this.takeFromForward(event);
        fetcher.onRecord = (record) =>
            this.run((machine, now) => {
                if (record.kind === "manifest") machine.takeManifestFromForward(record.signed, now);
                else if (record.kind === "piece") {
                    machine.takePieceFromForward(record.bytes, record.index, record.sequence, now);
                } else if (record.kind === "chunk") machine.takeChunkFromForward(record.bytes, record.sequence, now);
            });
    }

    /** @param {import("./ForwardConnection.js").ForwardEvent} event */
    takeFromForward(event) {
        const { machine } = this;
        switch (event.kind) {
            case "hello":
                return this.change(event.hello.state);
            case "initSegment":
                return this.run((each, now) => each.takeInitFromForward(event.hash, event.bytes, now));
            case "manifest":
                return this.run((each, now) => each.takeManifestFromForward(event.signed, now));
            case "piece": {
                const before = machine.forwardHead;
                this.run((each, now) => each.takePieceFromForward(event.bytes, event.index, event.sequence, now));
                if (machine.forwardHead > before) this.feed.noteChunk();
                return;
            }
            case "state":
                return this.change(event.state);
            default:
        }
    }

    // The tracker.

    join() {
        const tracker = new TrackerSession(this.stream, this.api, this.time);
        this.tracker = tracker;
        tracker.capacity = () => this.declareCapacity();
        tracker.children = () => this.machine.children;
        tracker.report = () => this.makeReport();
        tracker.onPlace = (place) => this.takePlace(place);
        tracker.onEvent = (event) => this.takeEvent(event);
        tracker.onUndelivered = (peer) => this.links?.giveUp(peer);
        tracker.onUnreachable = () => {
            this.isTrackerLost = true;
            this.run((machine, now) => machine.liveOffForwards(now));
        };
        tracker.start();
    }

    /** @param {import("../wire/PeerPlace.js").PeerPlace} place */
    takePlace(place) {
        this.isTrackerLost = false;
        this.feed.prefer(place.parents.map(forwardOf).find((forward) => forward !== null) ?? null, place.forwards);
        this.links ??= this.makeLinks(place.ice);
        this.run((machine, now) => {
            machine.join(place.id);
            machine.place(place.parents.map(assignmentOf), place.children, now);
        });
    }

    /** @param {{ urls: string[] }[]} servers */
    makeLinks(servers) {
        const links = new LinkTable(servers, this.post);
        links.accepts = (peer, relay) => {
            let isAccepted = false;
            this.run((machine, now) => {
                isAccepted = machine.offered(peer, relay, now);
            });
            return isAccepted;
        };
        links.onOpen = (peer) => this.run((machine, now) => machine.opened(peer, now));
        links.onClosed = (peer, fault) => this.run((machine, now) => machine.closed(peer, now, fault));
        links.onMessage = (peer, bytes) => this.run((machine, now) => machine.received(bytes, peer, now));
        links.onBuffered = (peer, bytes) => this.run((machine, now) => machine.buffered(peer, bytes, now));
        links.signalTracker = ({ signal, to }) => this.tracker?.send(to, signal);
        links.signalRelay = (relay, peer, signal) =>
            this.run((machine, now) => machine.relay(signal, peer, relay, now));
        return links;
    }

    /** @param {import("./TrackerEvent.js").TrackerEvent} event */
    takeEvent(event) {
        switch (event.kind) {
            case "parent": {
                const forward = forwardOf(event.parent);
                if (forward !== null) this.feed.prefer(forward, []);
                return this.run((machine, now) => machine.assign(assignmentOf(event.parent), now));
            }
            case "child":
                return this.run((machine) => machine.addChild(event.child));
            case "drop":
                return this.run((machine, now) => machine.dropChild(event.child, now));
            case "signal":
                return this.links?.take(event.signal, event.from, null);
            case "forwards":
                return this.feed.prefer(null, event.forwards);
            case "ended":
                if (this.feed.forward === null) this.change("ended");
        }
    }

    makeReport() {
        const { bytesFromForwards, bytesFromPeers, uploadBytes } = this.machine.counters;
        const { due, onTime } = this.playback.buffer.countersAt(this.playback.clock.now, this.isFed);
        return {
            parents: this.machine.assignments.map(({ depth, grandparent, source, stripe }) => ({
                stripe,
                peer: peerOf(source),
                grandparent: peerOf(source) === null ? null : grandparent,
                forward: peerOf(source) === null ? "any" : null,
                depth,
            })),
            children: this.machine.snapshot.children.map(({ peer }) => peer),
            capacity: this.declareCapacity(),
            stats: { bytesFromPeers, bytesFromForwards, uploadBytes, ...(due > 0 && { continuity: onTime / due }) },
        };
    }

    /** How many children the tracker is told that can be fed. */
    declareCapacity() {
        this.capacityDeclared = this.machine.capacity;
        return this.capacityDeclared;
    }

    // The machine.

    /** @param {(machine: PeerMachine, now: import("../core/PeerTime.js").PeerTime) => void} body */
    run(body) {
        if (this.isStopped) return;
        body(this.machine, { monotonic: systemClock.now(), wall: this.playback.clock.now });
        this.perform();
    }

    /** Carries actions out; what they lead to in turn is carried out by the outermost call. */
    perform() {
        if (this.isPerforming) return;
        this.isPerforming = true;
        try {
            for (let actions = this.machine.takeActions(); actions.length > 0; actions = this.machine.takeActions()) {
                for (const action of actions) this.carryOut(action);
            }
        } finally {
            this.isPerforming = false;
        }
    }

    /** @param {PeerAction} action */
    carryOut(action) {
        switch (action.kind) {
            case "connect":
                return this.links?.connect(action.peer, action.relay);
            case "close":
                return this.links?.discard(action.peer);
            case "send":
                return this.links?.send(action.peer, action.bytes, action.lifetimeMs);
            case "signal":
                return this.takeRelayed(action);
            case "takeFromForward":
                return this.feed.take(action.stripes, action.why);
            case "fetch": {
                const [forward] = this.feed.forwards;
                if (forward === undefined) return;
                const { indices, sequence, why } = action;
                return this.fetcher.fetch({ forward, sequence, indices, why, token: this.feed.bearer });
            }
            case "reportLost":
                return this.tracker?.reportLost(action.stripe, action.peer, action.reason);
            case "accuse":
                return this.tracker?.accuse(action.peer, action.reason);
            case "announce":
                if (this.state === "waiting") this.change("live");
                return this.playback.announce(action.description);
            case "chunk":
                this.probe.noteChunk();
                return this.playback.add(action.chunk);
            case "initSegment":
                return this.playback.addInit(action.hash, action.bytes);
            case "blameForward":
                return this.feed.blame(action.reason);
        }
    }

    /** @param {{ from: string, relay: string, bytes: Uint8Array }} signal */
    takeRelayed({ bytes, from, relay }) {
        let signal;
        try {
            signal = parseRelayedSignal(bytes);
        } catch {
            return;
        }
        this.links?.take(signal, from, relay);
    }

    // The stream's state.

    /** @param {StreamState} state */
    change(state) {
        if (state === this.state) return;
        this.state = state;
        if (state === "ended") this.onStreamEnded();
    }

    /** @param {StreamDescription} seen */
    takeProbe({ sequence, state }) {
        // A forward that sends knows better, and sooner.
        if (this.feed.forward === null) this.change(state);
        if (state === "live") this.run((machine, at) => machine.noteSequence(sequence, at));
    }
}
