// @ts-check
import { parsePeerEvent } from "../wire/PeerEvent.js";
import { BrowserShare } from "./BrowserShare.js";
import { baseOfURL, sendRequest } from "./HTTPRequest.js";
import { joinSwarm } from "./joinSwarm.js";
import { trackerEventOf } from "./TrackerEvent.js";
import { TrackerJoin } from "./TrackerJoin.js";
import { TrackerListener } from "./TrackerListener.js";
import { TrackerReports } from "./TrackerReports.js";

/**
 * @typedef {import("../wire/PeerPlace.js").PeerPlace} PeerPlace
 * @typedef {import("../wire/PeerPlace.js").ChildDescription} ChildDescription
 */

/**
 * One viewer's place at a tracker: joins, listens to events, reports, passes signals on, and joins again, keeping its
 * links, when the tracker has forgotten it or another one takes over.
 */
export class TrackerSession {
    /** Milliseconds between reports, and between looks at what does not come by itself. */
    static reportMs = 5_000;
    static watchMs = 500;
    /** Milliseconds without a place after which the viewer lives off forwards for the time being. */
    static patienceMs = 1_500;
    /** Milliseconds within which all viewers of a tracker that has restarted come back, and those who cannot wait. */
    static resumeJitterMs = 10_000;
    static hurryJitterMs = 500;
    static leaveTimeoutMs = 1_000;

    /**
     * @param {string} stream
     * @param {import("./CoordinateAPI.js").CoordinateAPI} api
     * @param {import("./Clock.js").Clock} clock
     * @param {BrowserShare} share
     */
    constructor(stream, api, clock, share = new BrowserShare(clock)) {
        this.stream = stream;
        this.api = api;
        this.clock = clock;
        this.share = share;
        /** @type {(place: PeerPlace) => void} */
        this.onPlace = () => {};
        /** @type {(event: import("./TrackerEvent.js").TrackerEvent) => void} */
        this.onEvent = () => {};
        /**
         * A viewer that a signal was for is not there, or does not listen.
         * @type {(peer: string) => void}
         */
        this.onUndelivered = () => {};
        /** There is no tracker; it goes on being looked for. */
        this.onUnreachable = () => {};
        /** How many children can be fed now. */
        this.capacity = () => 0;
        /**
         * Whom the tracker wants it to feed, as far as it was told.
         * @type {() => ChildDescription[]}
         */
        this.children = () => [];
        /**
         * What to tell with every report.
         * @type {() => import("../wire/PeerReport.js").PeerReport}
         */
        this.report = () => ({});
        /** Places given, the first one included. */
        this.places = 0;
        /**
         * The tracker, as the coordinate names it; null before it did.
         * @type {import("../wire/StreamDescription.js").TrackerAssignment["tracker"]}
         */
        this.tracker = null;
        this.origin = "";
        /** @type {PeerPlace | null} */
        this.place = null;
        /** @type {import("./TrackerReports.js").PeerLease | null} */
        this.lease = null;
        this.started = clock.now();
        /** It has no time for manners. */
        this.isHurried = false;
        this.isStopped = false;
        this.saidUnreachable = false;
        /** Ends what is under way when it stops, or has to begin again. */
        this.network = new AbortController();
        /** @type {import("./Clock.js").Timer[]} */
        this.timers = [];
        this.joining = new TrackerJoin(clock);
        this.joining.attempt = (signal) => this.join(signal);
        this.joining.onPlaced = () => {
            this.isHurried = false;
            this.listener.begin();
        };
        this.listener = new TrackerListener(clock, share);
        this.listener.place = () => this.eventsPlace;
        this.listener.onEvent = (event) => this.receive(event);
        this.listener.onForgotten = () => this.forgotten();
        this.listener.onGivenUp = () => this.joining.after(0);
        this.reports = new TrackerReports(clock);
        this.reports.place = () => this.reportingPlace;
        this.reports.isPaused = () => this.joining.isUnderWay;
        this.reports.report = () => this.report();
        this.reports.onUndelivered = (peer) => this.onUndelivered(peer);
        this.reports.onLease = (lease) => (this.lease = lease);
        this.reports.onForgotten = () => this.forgotten();
    }

    /**
     * The token, while it is valid.
     * @returns {string | null}
     */
    get token() {
        return this.lease !== null && this.lease.tokenExpiresAt > this.clock.wall() + 1_000 ? this.lease.token : null;
    }

    /**
     * Where a page that is closed says good-bye with its last breath; null without a place.
     * @returns {string | null}
     */
    get leaveURL() {
        if (this.place === null || this.isStopped) return null;
        return `${this.viewerURL(this.place)}/leave?token=${this.lease?.token ?? this.place.token}`;
    }

    start() {
        this.started = this.clock.now();
        this.timers.push(
            this.clock.every(TrackerSession.reportMs, () => void this.reports.send()),
            this.clock.every(TrackerSession.watchMs, () => this.watch()),
        );
        this.joining.after(0);
    }

    /** Says good-bye. */
    async leave() {
        const { place, isStopped } = this;
        this.vanish();
        if (place === null || isStopped) return;
        const token = this.lease?.token ?? place.token;
        const timeoutMs = TrackerSession.leaveTimeoutMs;
        await sendRequest({ url: this.viewerURL(place), method: "DELETE", token, timeoutMs }, this.clock);
    }

    /** Ends without a word. */
    vanish() {
        this.isStopped = true;
        for (const timer of this.timers) timer.cancel();
        this.joining.stop();
        this.listener.cancel();
        this.network.abort();
        this.share.stop();
    }

    /**
     * The machine woke up, or reaches the network another way: what is open may hang, and nobody says so. All begins
     * again at once, but for a pause that the tracker asked for.
     */
    networkChanged() {
        if (this.isStopped || this.timers.length === 0) return;
        this.network.abort();
        this.network = new AbortController();
        this.isHurried = true;
        if (this.joining.isUnderWay || this.place === null) this.joining.networkChanged();
        else this.listener.networkChanged();
    }

    // Joining.

    /**
     * Asks the coordinate for a tracker, and the tracker for a place.
     * @param {AbortSignal} signal
     * @returns {Promise<import("./TrackerJoin.js").JoinOutcome>}
     */
    async join(signal) {
        const assignment = await this.api.assignment(this.stream, signal).catch(() => null);
        const failure = { isPlaced: false, heldOffMs: 0 };
        if (assignment === null || assignment.tracker === null || signal.aborted) return failure;
        const origin = baseOfURL(assignment.tracker.url);
        // The others answer while the tracker is asked.
        this.share.want(origin);
        const { stream, resume } = this;
        const join = { origin, stream, capacity: this.capacity(), resume };
        const { place, isDisowned, heldOffMs } = await joinSwarm(join, this.clock, signal);
        if (signal.aborted) return failure;
        if (isDisowned) this.place = null;
        if (place === null) return { ...failure, heldOffMs };
        // What did not work at one tracker may work at another.
        if (origin !== this.origin) this.listener.unopened = 0;
        this.tracker = assignment.tracker;
        this.origin = origin;
        this.take(place);
        return { isPlaced: true, heldOffMs: 0 };
    }

    /**
     * What it still has of a place; null when it had none.
     * @returns {import("../wire/PeerReport.js").PeerResume | null}
     */
    get resume() {
        const { place } = this;
        if (place === null) return null;
        const token = this.lease?.token ?? place.token;
        const children = this.children();
        // A role that changed with nobody below was not told.
        const role = children[0]?.stripe ?? place.role;
        return { id: place.id, token, role, depth: null, parents: this.report().parents ?? place.parents, children };
    }

    /**
     * There is a place.
     * @param {PeerPlace} place
     */
    take(place) {
        this.place = place;
        this.lease = { token: place.token, tokenExpiresAt: place.tokenExpiresAt };
        this.places += 1;
        this.saidUnreachable = false;
        this.onPlace(place);
    }

    // Events.

    /** The tracker has restarted, or thinks that this viewer has left. */
    forgotten() {
        if (this.joining.isUnderWay) return;
        this.listener.cancel();
        // A viewer whose stripes do not come has no time for manners, and neither has one that was away for itself.
        const isHurried = this.reports.lost.length > 0 || this.isHurried || this.listener.unopened > 0;
        const { hurryJitterMs, resumeJitterMs } = TrackerSession;
        this.joining.after(this.clock.random(isHurried ? hurryJitterMs : resumeJitterMs));
    }

    /**
     * Takes an event. One that cannot be read is left out, as one of a name that is not known.
     * @param {import("../wire/EventStreamParser.js").ServerSentEvent} received
     */
    receive(received) {
        this.isHurried = false;
        let event;
        try {
            event = parsePeerEvent(received);
        } catch {
            return;
        }
        if (event === null) return;
        if (event.name === "parent") this.lease = { token: event.token, tokenExpiresAt: event.tokenExpiresAt };
        if (event.name === "resync") this.take(event.place);
        if (event.name === "bye") this.dismissed(event.reason, event.retryMs);
        const told = trackerEventOf(event);
        if (told !== null) this.onEvent(told);
    }

    /**
     * The tracker goes on without this viewer.
     * @param {import("../wire/PeerEvent.js").ByeReason} reason
     * @param {number} retryMs
     */
    dismissed(reason, retryMs) {
        this.listener.cancel();
        switch (reason) {
            case "stopping":
                return this.joining.after(Math.min(retryMs, 60_000), true);
            case "ended":
                return this.joining.after(Math.max(2_000, Math.min(retryMs, 60_000)), true);
            case "banned":
                this.place = null;
                this.joining.after(Math.max(5_000, Math.min(retryMs, 600_000)), true);
                return this.onUnreachable();
        }
    }

    /** Looks after what does not come by itself. */
    watch() {
        this.listener.watch();
        const isPatient = this.clock.now() - this.started <= TrackerSession.patienceMs;
        if (this.place === null && !this.saidUnreachable && !isPatient) {
            this.saidUnreachable = true;
            this.onUnreachable();
        }
        if (this.reports.isUrgent) void this.reports.send();
    }

    // Reports and signals.

    /**
     * The link to the parent of a stripe is broken.
     * @param {number} stripe
     * @param {string} peer
     * @param {import("../core/PeerTime.js").LossReason} reason
     */
    reportLost(stripe, peer, reason) {
        this.reports.addLost(stripe, peer, reason);
    }

    /**
     * Accuses a neighbour of what no honest viewer does.
     * @param {string} peer
     * @param {string} reason
     */
    accuse(peer, reason) {
        this.reports.accuse(peer, reason);
    }

    /** Reports at once, unless a report is on its way. */
    reportSoon() {
        void this.reports.send();
    }

    /**
     * Passes a signal on to another viewer.
     * @param {string} to
     * @param {import("../wire/LinkSignal.js").LinkSignal} signal
     */
    send(to, signal) {
        void this.reports.signal(to, signal);
    }

    /** @returns {import("./TrackerReports.js").ReportingPlace | null} */
    get reportingPlace() {
        const { place } = this;
        if (place === null || this.isStopped) return null;
        const { signal } = this.network;
        return { url: this.viewerURL(place), token: this.lease?.token ?? place.token, signal };
    }

    /** @returns {import("./TrackerListener.js").EventsPlace | null} */
    get eventsPlace() {
        const { place, origin } = this;
        if (place === null || this.isStopped) return null;
        return { origin, path: place.events, token: this.lease?.token ?? place.token };
    }

    /** @param {PeerPlace} place */
    viewerURL(place) {
        return `${this.origin}/peers/${place.id}`;
    }
}
