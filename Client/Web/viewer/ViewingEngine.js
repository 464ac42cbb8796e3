// @ts-check
import { PeerConfiguration } from "../core/PeerConfiguration.js";
import { systemClock } from "./Clock.js";
import { CoordinateAPI } from "./CoordinateAPI.js";
import { sessionStatistics, sumOfCounters } from "./EngineStatistics.js";
import { PeerSession } from "./PeerSession.js";
import { Playback } from "./Playback.js";
import { PlaybackClock } from "./PlaybackClock.js";

/**
 * @typedef {import("./EngineMessages.js").EngineCommand} EngineCommand
 * @typedef {import("./EngineMessages.js").EngineReport} EngineReport
 * @typedef {import("./EngineMessages.js").EngineOptions} EngineOptions
 * @typedef {import("./EngineMessages.js").StreamStanding} StreamStanding
 * @typedef {import("./EngineMessages.js").EngineActivity} EngineActivity
 */

/** Between questions for a stream that is not there, in milliseconds: at first, and at most. */
const askAgainMs = 500;
const askAgainMsMax = 3_000;
/** Between two reports of what was measured. */
const statisticsMs = 500;
/** For so long the beginning waits for the coordinate's clock. */
const clockPatienceMs = 1_000;
/** Between two looks at the coordinate's clock. */
const clockMs = 30_000;
/** Before links are tried again where none came about: some networks let none through. */
const isolatedMs = 300_000;
/** A machine that stood still for longer begins anew at the newest keyframe: others have given it up anyway. */
const sleepMs = 8_000;
/** For so long after a change of networks, or sleep, the viewer says that it resumes. */
const resumingMs = 3_000;

/**
 * The engine of one viewer: finds the stream, keeps a session going as long as there is one, and tells the page what it
 * is doing. Everything that takes time, and everything that must not wait for a page in the background, is in here.
 */
export class ViewingEngine {
    /** @param {(report: EngineReport, transfer?: Transferable[]) => void} post to the page */
    constructor(post) {
        this.post = post;
        /** @type {EngineOptions | null} */
        this.options = null;
        /** @type {CoordinateAPI | null} */
        this.api = null;
        /** @type {PeerSession | null} */
        this.session = null;
        /** @type {Playback | null} */
        this.playback = null;
        this.clock = new PlaybackClock();
        /** @type {Promise<void>} */
        this.firstClock = Promise.resolve();
        /** @type {StreamStanding} */
        this.standing = "finding";
        /** @type {string | null} */
        this.problem = null;
        this.said = "";
        this.failures = 0;
        /** Counters of sessions that are over. */
        this.past = sumOfCounters([]);
        /**
         * The machine that all stripes have reached.
         * @type {PeerSession["machine"] | null}
         */
        this.wholeSession = null;
        this.isStopped = false;
        this.lastTick = systemClock.now();
        this.lastWall = systemClock.wall();
        this.lastStatistics = -Infinity;
        this.resumedAt = -Infinity;
        /** Until then links to other viewers are not tried: none came about. */
        this.isolatedUntil = -Infinity;
        /** How far behind the publication the picture is to be, as the page says, in milliseconds. */
        this.targetMs = 0;
        /** @type {ReturnType<typeof setInterval>[]} */
        this.timers = [];
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.finding = undefined;
    }

    /**
     * Takes what the page says.
     * @param {EngineCommand} command
     */
    handle(command) {
        switch (command.kind) {
            case "start":
                return this.start(command.options);
            case "stop":
                return this.stop();
            case "gives":
                if (this.options === null || this.options.gives === command.gives) return;
                this.options.gives = command.gives;
                return this.session?.setGives(command.gives);
            case "network":
                return this.networkChanged();
            case "pace":
                this.targetMs = command.targetMs;
                return this.session?.setPace(command.targetMs);
            default:
                this.session?.links?.handle(command);
        }
    }

    /** @param {EngineOptions} options */
    start(options) {
        this.options = options;
        this.api = new CoordinateAPI(options.origin, systemClock);
        this.playback = new Playback(options.bufferMs, this.clock, (fragment) => {
            this.problem = null;
            this.post({ kind: "play", fragment }, [fragment.bytes.buffer]);
        });
        this.playback.onProblem = (what) => {
            this.problem = what;
        };
        this.timers.push(setInterval(() => this.tick(), PeerConfiguration.tickMs));
        this.timers.push(setInterval(() => this.synchronize(5), clockMs));
        this.firstClock = this.synchronize(1);
        this.find();
        this.firstClock.then(() => this.synchronize(5));
    }

    async stop() {
        this.isStopped = true;
        clearTimeout(this.finding);
        for (const timer of this.timers) clearInterval(timer);
        await this.session?.stop();
    }

    /** @param {number} rounds */
    async synchronize(rounds) {
        const estimate = await this.api?.clock(rounds);
        if (estimate) this.clock.correct(estimate);
    }

    // Finding the stream.

    /** Asks for the stream until there is one, then begins. */
    async find() {
        const { api, options } = this;
        if (api === null || options === null || this.isStopped || this.session !== null) return;
        // Both at once: where to go is known by the time that the stream is.
        const [seen, placed] = await Promise.allSettled([api.stream(options.stream), api.assignment(options.stream)]);
        // Nor is anything played by a clock that is only a guess, if it can be helped.
        await Promise.race([this.firstClock, new Promise((resolve) => setTimeout(resolve, clockPatienceMs))]);
        if (this.isStopped || this.session !== null) return;
        if (seen.status === "rejected") return this.notFound(seen.reason);
        if (seen.value.state === "ended") {
            this.standing = "ended";
            this.findSoon(askAgainMsMax);
            return this.tell();
        }
        this.failures = 0;
        this.problem = null;
        this.begin(seen.value, placed.status === "fulfilled" ? placed.value : null);
    }

    /** @param {import("./CoordinateAPI.js").CoordinateFailure} failure */
    notFound(failure) {
        this.failures += 1;
        this.problem = failure.message;
        const isUnknown = failure.kind === "unknownStream";
        // A coordinate forgets a stream some time after its end: for those who watched it, it has ended.
        if (!isUnknown) this.standing = "unreachable";
        else if (this.standing !== "ended") this.standing = "unknown";
        this.findSoon(Math.min(askAgainMs * this.failures, askAgainMsMax));
        this.tell();
    }

    /** @param {number} afterMs */
    findSoon(afterMs) {
        clearTimeout(this.finding);
        this.finding = setTimeout(() => this.find(), afterMs);
    }

    /**
     * @param {import("../wire/StreamDescription.js").StreamDescription} description
     * @param {import("../wire/StreamDescription.js").TrackerAssignment | null} assignment
     */
    begin(description, assignment) {
        const { api, options, playback } = this;
        if (api === null || options === null || playback === null) return;
        const usesPeers = options.usesPeers && systemClock.now() >= this.isolatedUntil;
        const session = new PeerSession(description, { ...options, usesPeers }, playback, api, this.post);
        this.session = session;
        this.standing = description.state;
        session.setPace(this.targetMs);
        session.onIsolated = () => {
            this.isolatedUntil = systemClock.now() + isolatedMs;
            this.discard(session);
            this.begin(description, null);
        };
        session.onStreamEnded = () => {
            this.discard(session);
            // What a later session brings does not follow upon this one.
            playback.restart();
            this.standing = "ended";
            this.findSoon(askAgainMsMax);
        };
        session.start(assignment);
        this.tell();
    }

    /**
     * Lets go of a session; what it measured stays.
     * @param {PeerSession} session
     */
    discard(session) {
        if (this.session !== session) return;
        this.past = sumOfCounters([this.past, session.machine.counters]);
        session.stop();
        session.vanish();
        this.session = null;
    }

    /** The network may be another one. */
    networkChanged() {
        this.resumedAt = systemClock.now();
        if (this.isolatedUntil > systemClock.now()) {
            // Perhaps this one lets links through.
            this.isolatedUntil = -Infinity;
            if (this.session !== null) this.discard(this.session);
        }
        this.session?.networkChanged();
        if (this.session === null) this.findSoon(0);
    }

    // Time.

    tick() {
        const now = systemClock.now();
        const wall = systemClock.wall();
        // The monotonic clock of some machines sleeps with them.
        const pause = Math.max(now - this.lastTick, wall - this.lastWall);
        this.lastTick = now;
        this.lastWall = wall;
        if (pause > sleepMs && this.session !== null) {
            this.resumedAt = now;
            this.discard(this.session);
            this.playback?.restart();
            this.firstClock = this.synchronize(1);
            this.findSoon(0);
        }
        const isTimeForPeers = this.options?.usesPeers && now >= this.isolatedUntil;
        if (isTimeForPeers && this.session !== null && !this.session.options.usesPeers) {
            this.discard(this.session);
            this.findSoon(0);
        }
        this.session?.tick();
        if (this.session !== null) this.standing = this.session.state;
        this.post({ kind: "tick" });
        this.tell();
        if (now - this.lastStatistics < statisticsMs) return;
        this.lastStatistics = now;
        const { options, playback } = this;
        if (options === null || playback === null) return;
        const statistics = sessionStatistics(options.stream, playback, this.session, this.past);
        this.post({ kind: "statistics", statistics });
    }

    /** Says what is known and done, when that has changed. */
    tell() {
        const { session, standing } = this;
        const isFed = session === null || (session.isFed && this.playback?.hasBegun);
        const problem = this.problem ?? (isFed ? null : session.feed.lastProblem);
        const activity = this.activity();
        const leaveURL = session?.tracker?.leaveURL ?? null;
        const all = JSON.stringify([standing, activity, problem, leaveURL]);
        if (all === this.said) return;
        this.said = all;
        this.post({ kind: "status", stream: standing, activity, problem, leaveURL });
    }

    /**
     * Whether a stripe that once came from where it should does so no more.
     * @param {PeerSession} session
     */
    isBroken({ machine }) {
        const isWhole = machine.intakes.every(({ primary }) => primary !== null);
        if (isWhole) this.wholeSession = machine;
        return !isWhole && this.wholeSession === machine;
    }

    /** @returns {EngineActivity} */
    activity() {
        const { session, standing } = this;
        if (session === null) {
            return standing === "ended" || standing === "finding" ? standing : "retrying";
        }
        if (standing !== "live") return standing === "ended" ? "ended" : "waiting";
        if (systemClock.now() - this.resumedAt < resumingMs) return "resuming";
        if (!this.playback?.hasBegun) return session.machine.id === null && session.tracker ? "joining" : "buffering";
        if (!session.isFed) return "retrying";
        if (session.isTrackerLost) return "searching-tracker";
        if (this.isBroken(session)) return "repairing";
        return session.options.usesPeers ? "watching" : "forward";
    }
}
