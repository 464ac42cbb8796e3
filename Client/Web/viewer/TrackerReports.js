// @ts-check
import { linkSignalFields } from "../wire/LinkSignal.js";
import { peerReportBody } from "../wire/PeerReport.js";
import { fieldsOfResponse, isSuccess, sendRequest } from "./HTTPRequest.js";

/**
 * @typedef {object} PeerLease a token, which the tracker renews with every report
 * @property {string} token
 * @property {number} tokenExpiresAt wall milliseconds
 */

/**
 * @typedef {object} ReportingPlace how to reach the tracker as a viewer that has a place there
 * @property {string} url of the viewer there
 * @property {string} token
 * @property {AbortSignal} signal ends what is under way
 */

/** What a viewer tells its tracker: reports, losses and accusations among them, and signals for others. */
export class TrackerReports {
    /** Milliseconds between accusations. */
    static accusationMs = 61_000;
    /** Losses and accusations that wait for a tracker; of more the oldest are dropped. */
    static waitingMax = 16;
    /** Signals under way; more are dropped: whoever makes links tries again. */
    static signalsMax = 64;
    static timeoutMs = 2_000;

    /** @param {import("./Clock.js").Clock} clock */
    constructor(clock) {
        this.clock = clock;
        /**
         * Where to report; null while there is no place.
         * @type {() => ReportingPlace | null}
         */
        this.place = () => null;
        /** While it joins again, reports wait. */
        this.isPaused = () => false;
        /** @type {() => import("../wire/PeerReport.js").PeerReport} */
        this.report = () => ({});
        /** @type {(lease: PeerLease) => void} */
        this.onLease = () => {};
        /** The tracker does not know this viewer. */
        this.onForgotten = () => {};
        /** @type {(peer: string) => void} */
        this.onUndelivered = () => {};
        /** @type {NonNullable<import("../wire/PeerReport.js").PeerReport["lost"]>} */
        this.lost = [];
        /** @type {{ peer: string, reason: string }[]} */
        this.accused = [];
        /** @type {number | null} */
        this.lastAccusation = null;
        this.isReporting = false;
        this.reportsAgain = false;
        this.signalCount = 0;
    }

    /** Whether something waits that the tracker should know at once. */
    get isUrgent() {
        return this.lost.length > 0 || this.accused.length > 0;
    }

    /**
     * The link to the parent of a stripe is broken.
     * @param {number} stripe
     * @param {string} peer
     * @param {import("../core/PeerTime.js").LossReason} reason
     */
    addLost(stripe, peer, reason) {
        if (this.lost.length >= TrackerReports.waitingMax) this.lost.shift();
        this.lost.push({ stripe, peer, reason });
        void this.send();
    }

    /**
     * Accuses a neighbour, unless another one was within the last minute: who accuses many is taken for a liar, and the
     * link to it is gone anyway.
     * @param {string} peer
     * @param {string} reason
     */
    accuse(peer, reason) {
        const now = this.clock.now();
        if (this.lastAccusation !== null && now - this.lastAccusation < TrackerReports.accusationMs) return;
        this.lastAccusation = now;
        if (this.accused.length >= TrackerReports.waitingMax) this.accused.shift();
        this.accused.push({ peer, reason: reason.slice(0, 60) });
        void this.send();
    }

    /** Reports at once; while a report is on its way, what is urgent goes with the next. */
    async send() {
        const place = this.place();
        if (place === null || this.isPaused()) return;
        if (this.isReporting) {
            this.reportsAgain = true;
            return;
        }
        const [lost, accused] = [[...this.lost], [...this.accused]];
        const body = { ...this.report(), ...(lost.length > 0 && { lost }), ...(accused.length > 0 && { accused }) };
        this.isReporting = true;
        const answer = await this.post(place, "/report", peerReportBody(body));
        this.isReporting = false;
        const isAgain = this.reportsAgain;
        this.reportsAgain = false;
        if (isSuccess(answer.status)) {
            this.lost = this.lost.filter((entry) => !lost.includes(entry));
            this.accused = this.accused.filter((entry) => !accused.includes(entry));
            if (!place.signal.aborted) this.takeLease(answer);
        } else if (place.signal.aborted) {
            // Said to a place that is no more: the next one hears it.
        } else if (answer.status === 404 || answer.status === 401) {
            this.onForgotten();
        } else if (answer.status === 400) {
            // Nothing that is repeated gets better.
            this.lost = [];
            this.accused = [];
        }
        if (isAgain && this.isUrgent) void this.send();
    }

    /**
     * Passes a signal on to another viewer.
     * @param {string} to
     * @param {import("../wire/LinkSignal.js").LinkSignal} signal
     */
    async signal(to, signal) {
        const place = this.place();
        if (place === null || this.signalCount >= TrackerReports.signalsMax) return;
        this.signalCount += 1;
        const { status } = await this.post(place, "/signal", JSON.stringify({ to, ...linkSignalFields(signal) }));
        this.signalCount -= 1;
        if (status === 404 && !place.signal.aborted) this.onUndelivered(to);
    }

    /**
     * Posts JSON.
     * @param {ReportingPlace} place
     * @param {string} path
     * @param {string} body
     */
    post({ url, token, signal }, path, body) {
        const headers = { "Content-Type": "application/json" };
        const { timeoutMs } = TrackerReports;
        return sendRequest({ url: url + path, method: "POST", headers, body, token, timeoutMs, signal }, this.clock);
    }

    /**
     * Every answer to a report brings a new token.
     * @param {import("./HTTPRequest.js").HTTPResponse} answer
     */
    takeLease(answer) {
        try {
            const fields = fieldsOfResponse(answer);
            this.onLease({ token: fields.token("token"), tokenExpiresAt: fields.time("tokenExpiresAt") });
        } catch {
            // The token there is goes on until it ends; the next report may bring one.
        }
    }
}
