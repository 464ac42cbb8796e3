// @ts-check
import { SourceChooser } from "../core/SourceChooser.js";
import { AssignmentRefresh } from "./AssignmentRefresh.js";
import { ForwardConnection } from "./ForwardConnection.js";
import { ForwardLookout } from "./ForwardLookout.js";

/**
 * @typedef {import("../wire/StreamDescription.js").TrackerAssignment} TrackerAssignment
 * @typedef {import("../core/PeerTime.js").ForwardReason} ForwardReason
 */

/**
 * Keeps stripes coming from the forwards that the coordinate or a tracker names: one connection at a time, the next
 * forward at once after a break or a second of silence, and a valid token at hand at any time. It lives on what it
 * knows while the coordinate is away.
 */
export class ForwardFeed {
    /** Milliseconds without any whole record after which bytes alone no longer count as a sign of life. */
    static recordMs = 5_000;
    /** Forwards that are remembered. */
    static forwardsMax = 16;

    /**
     * @param {string} stream
     * @param {import("./CoordinateAPI.js").CoordinateAPI} api
     * @param {import("../core/ChunkStore.js").Hash} hash the first 16 bytes of the SHA-256
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(stream, api, hash, clock) {
        this.stream = stream;
        this.hash = hash;
        this.clock = clock;
        /**
         * Where to go on after a break: the first chunk still wanted; null for the newest group.
         * @type {() => number | null}
         */
        this.firstWanted = () => null;
        /** @type {(event: import("./ForwardConnection.js").ForwardEvent) => void} */
        this.onEvent = () => {};
        /** A forward sent what no honest one sends. */
        this.onMisbehaviour = () => {};
        /**
         * A connection is up, or not any more.
         * @type {(isOpen: boolean) => void}
         */
        this.onOpen = () => {};
        /**
         * A forward has no room for the reason given; asked again only when `take` is called.
         * @type {(retryMs: number) => void}
         */
        this.onRefused = () => {};
        /**
         * The coordinate may have got another key: base64, not checked.
         * @type {(publicKey: string) => void}
         */
        this.onKey = () => {};
        /**
         * The token that a tracker gave, which counts more than the coordinate's; null when there is none that is
         * valid.
         * @type {() => string | null}
         */
        this.trackerToken = () => null;
        /** Connections opened after the first. */
        this.reconnects = 0;
        /**
         * Why the last connection or question failed.
         * @type {string | null}
         */
        this.lastProblem = null;
        /** @type {number[]} */
        this.stripes = [];
        /** @type {ForwardReason} */
        this.reason = "start";
        /** @type {string | null} */
        this.preferred = null;
        this.chooser = new SourceChooser(clock.now());
        this.lookout = new ForwardLookout(stream, api, clock);
        this.lookout.onMissing = (connection) =>
            this.leave(connection, { kind: "failed", reason: "no whole chunks come from it, though there are some" });
        this.token = "";
        /** @type {ForwardConnection | null} */
        this.connection = null;
        /** @type {import("./Clock.js").Timer | null} */
        this.timer = null;
        this.isStopped = false;
        this.connections = 0;
        this.lastRecord = clock.now();
        this.refresh = new AssignmentRefresh(stream, api, clock);
        this.refresh.isConnected = () => this.connection !== null;
        this.refresh.onKey = (publicKey) => this.onKey(publicKey);
        this.refresh.onAnswer = (assignment) => this.answered(assignment);
    }

    /** The forward that the stream comes from; null between two. */
    get forward() {
        return this.connection?.isOpen ? this.connection.forward : null;
    }

    /** Forwards to fetch single chunks from, best first. */
    get forwards() {
        return this.connection === null ? this.chooser.all : [this.connection.forward];
    }

    /** What opens them. */
    get bearer() {
        return this.trackerToken() ?? this.token;
    }

    /**
     * Begins.
     * @param {TrackerAssignment | null} assignment what the coordinate said, if it was asked already
     */
    start(assignment) {
        if (assignment !== null) this.learn(assignment);
        this.refresh.askAfter(assignment === null ? 0 : AssignmentRefresh.refreshMs);
        this.advance();
    }

    stop() {
        this.isStopped = true;
        this.timer?.cancel();
        this.refresh.stop();
        this.lookout.stop();
        this.connection?.cancel();
        this.connection = null;
    }

    /**
     * Takes exactly these stripes from now on, none to stop.
     * @param {number[]} stripes
     * @param {ForwardReason} reason
     */
    take(stripes, reason) {
        const isSame = stripes.join() === this.stripes.join() && this.connection !== null;
        this.stripes = [...stripes];
        this.reason = reason;
        if (isSame) return;
        this.close();
        if (this.stripes.length === 0 || this.isStopped) return;
        this.chooser.received(this.clock.now());
        if (this.chooser.current !== null) this.connect(this.chooser.current);
        this.advance();
    }

    /**
     * The tracker wants stripes to come from this forward, and names others.
     * @param {string | null} forward
     * @param {string[]} forwards
     */
    prefer(forward, forwards) {
        this.preferred = forward;
        let known = [...forwards.filter((each) => !this.chooser.all.includes(each)), ...this.chooser.all];
        if (forward !== null) known = [forward, ...known.filter((each) => each !== forward)];
        this.chooser.update([...new Set(known)].slice(0, ForwardFeed.forwardsMax));
        const { current } = this.chooser;
        if (forward === null || current === null || current === forward || this.stripes.length === 0) return;
        this.chooser.moveTo(forward, this.clock.now());
        this.advance();
    }

    /**
     * The forward in use delivered something wrong: leave it for a while.
     * @param {string} reason
     */
    blame(reason) {
        if (this.connection !== null) this.leave(this.connection, { kind: "misbehaved", reason });
    }

    /** All that was asked for of a chunk has come. */
    noteChunk() {
        this.chooser.delivered(this.clock.now());
        this.lookout.expectChunk();
    }

    /**
     * The machine woke up, or reaches the network another way: what is open may hang, and nobody says so. The same
     * forward is asked again at once, and the coordinate as well: another one may be nearer now.
     */
    networkChanged() {
        if (this.isStopped) return;
        const now = this.clock.now();
        this.refresh.networkChanged();
        this.chooser.delivered(now);
        const { all, current, position } = this.chooser;
        if (all.length > 0) this.chooser.moveTo(current ?? all[position], now);
        if (this.connection !== null) this.close();
        this.advance();
    }

    // Connections.

    /** Does what is due, and comes back when something is due again. */
    advance() {
        this.timer?.cancel();
        if (this.isStopped || this.stripes.length === 0) return;
        const now = this.clock.now();
        const step = this.chooser.next(now);
        switch (step.kind) {
            case "connect":
                this.drop();
                this.connect(step.source);
                return this.wake(50);
            case "wait":
                // A source that fell silent is dropped by the step itself; its connection goes with it.
                if (this.chooser.current === null) this.drop();
                if (this.connection !== null) this.lookout.look(this.connection);
                return this.wake(Math.max(1, Math.min(200, step.until - now)));
            default:
                return this.refresh.askSoon();
        }
    }

    /** @param {number} afterMs */
    wake(afterMs) {
        this.timer?.cancel();
        this.timer = this.clock.after(afterMs, () => this.advance());
    }

    /** Ends the connection that fell silent, or is no longer preferred, if there is one. */
    drop() {
        if (this.connection === null) return;
        this.lastProblem = `${this.connection.forward} fell silent, or another one is preferred`;
        this.close();
    }

    /** Ends the connection, and says so. */
    close() {
        this.connection?.cancel();
        this.connection = null;
        this.onOpen(false);
    }

    /**
     * Asks a forward for the stripes.
     * @param {string} forward
     */
    connect(forward) {
        this.connection?.cancel();
        this.connections += 1;
        if (this.connections > 1) this.reconnects += 1;
        this.lastRecord = this.clock.now();
        this.lookout.expectChunk();
        const { stream, stripes, reason: why, bearer: token } = this;
        const request = { forward, stream, stripes, why, token, from: this.firstWanted() };
        this.connection = new ForwardConnection(
            request,
            {
                onBytes: () => this.received(),
                onEvent: (connection, event) => this.handle(connection, event),
                onEnd: (connection, end) => this.leave(connection, end),
            },
            this.hash,
            this.clock,
        );
    }

    /** Bytes came. */
    received() {
        const now = this.clock.now();
        if (now - this.lastRecord < ForwardFeed.recordMs) this.chooser.received(now);
    }

    /**
     * A record came.
     * @param {ForwardConnection} connection
     * @param {import("./ForwardConnection.js").ForwardEvent} event
     */
    handle(connection, event) {
        if (connection !== this.connection) return;
        this.lastRecord = this.clock.now();
        if (event.kind === "hello") this.onOpen(true);
        this.onEvent(event);
    }

    /**
     * A connection has ended, or has to.
     * @param {ForwardConnection} connection
     * @param {import("./ForwardConnection.js").ForwardEnd} end
     */
    leave(connection, end) {
        if (connection !== this.connection) return;
        connection.cancel();
        this.connection = null;
        this.judge(connection.forward, end);
        this.onOpen(false);
        if (end.kind === "misbehaved") this.onMisbehaviour();
        if (end.kind === "poolExhausted") this.onRefused(end.retryMs);
        this.advance();
    }

    /**
     * What the end of a connection means for the choice of the next.
     * @param {string} forward
     * @param {import("./ForwardConnection.js").ForwardEnd} end
     */
    judge(forward, end) {
        const now = this.clock.now();
        switch (end.kind) {
            case "unauthorized":
                this.lastProblem = `${forward} refused the token`;
                this.chooser.failed(now);
                return this.refresh.askSoon();
            case "unknownStream":
                this.lastProblem = `${forward} has no such stream`;
                return this.chooser.failed(now);
            case "poolExhausted":
                this.lastProblem = `${forward} has no room for more viewers of this swarm`;
                this.stripes = [];
                return undefined;
            case "misbehaved":
                this.lastProblem = `${forward}: ${end.reason}`;
                this.chooser.misbehaved(now);
                return this.refresh.askSoon();
            case "failed":
                this.lastProblem = `${forward}: ${end.reason}`;
                this.chooser.failed(now);
                return this.chooser.failures > 1 ? this.refresh.askSoon() : undefined;
        }
    }

    // The coordinate.

    /**
     * Takes what the coordinate says.
     * @param {TrackerAssignment} assignment
     */
    learn({ forwards, token }) {
        const first = this.preferred === null ? [] : [this.preferred];
        this.chooser.update([...first, ...forwards.filter((each) => each !== this.preferred)]);
        this.token = token;
    }

    /**
     * The coordinate answered, or did not.
     * @param {TrackerAssignment | null} assignment
     */
    answered(assignment) {
        if (assignment !== null) {
            this.learn(assignment);
            if (assignment.forwards.length > 0 && this.connection !== null) this.refresh.failures = 0;
        }
        if (this.connection === null && this.chooser.all.length > 0) this.advance();
        const { refreshMs, repeatMs } = AssignmentRefresh;
        if (this.connection === null && this.stripes.length > 0) this.refresh.askSoon();
        else this.refresh.askAfter(assignment === null ? repeatMs : refreshMs);
    }
}
