// @ts-check

/**
 * Asks the coordinate for forwards and a token now and then, and soon when there is need: at once the first time, with
 * growing pauses while it does not help.
 */
export class AssignmentRefresh {
    /** Milliseconds between questions for forwards and a fresh token, which is valid for 60 s. */
    static refreshMs = 30_000;
    /** The same while the coordinate does not answer. */
    static repeatMs = 5_000;
    /** The longest pause while there is need. */
    static soonMsMax = 2_000;

    /**
     * @param {string} stream
     * @param {import("./CoordinateAPI.js").CoordinateAPI} api
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(stream, api, clock) {
        this.stream = stream;
        this.api = api;
        this.clock = clock;
        /** Whether a connection is there: without one the stream's key is asked for, too. */
        this.isConnected = () => false;
        /**
         * An answer came, or none did.
         * @type {(assignment: import("../wire/StreamDescription.js").TrackerAssignment | null) => void}
         */
        this.onAnswer = () => {};
        /** @type {(publicKey: string) => void} */
        this.onKey = () => {};
        this.failures = 0;
        this.isAsking = false;
        this.isDueSoon = false;
        this.isStopped = false;
        /** @type {import("./Clock.js").Timer | null} */
        this.timer = null;
        /** Ends a question when it stops, or has to begin again. */
        this.network = new AbortController();
    }

    stop() {
        this.isStopped = true;
        this.timer?.cancel();
        this.network.abort();
    }

    /**
     * Asks after a pause.
     * @param {number} ms
     */
    askAfter(ms) {
        if (this.isStopped) return;
        this.timer?.cancel();
        this.isDueSoon = false;
        this.timer = this.clock.after(ms, () => void this.ask());
    }

    /** There is need. Saying so again does not put the question off. */
    askSoon() {
        if (this.isAsking || this.isDueSoon) return;
        const { soonMsMax } = AssignmentRefresh;
        this.askAfter(this.failures === 0 ? 0 : Math.min(soonMsMax, 100 << Math.min(this.failures, 5)));
        this.isDueSoon = true;
        this.failures += 1;
    }

    /** A question that is under way may hang: asks again at once. */
    networkChanged() {
        this.network.abort();
        this.network = new AbortController();
        this.isAsking = false;
        this.failures = 0;
        this.askAfter(0);
    }

    /** Asks. */
    async ask() {
        this.isDueSoon = false;
        if (this.isAsking || this.isStopped) return;
        this.isAsking = true;
        const { signal } = this.network;
        const assignment = await this.api.assignment(this.stream, signal).catch(() => null);
        // The coordinate alone says whose signature counts; it may have got another key with a restart.
        const asksKey = !this.isConnected() && !signal.aborted;
        const description = asksKey ? await this.api.stream(this.stream, signal).catch(() => null) : null;
        if (signal.aborted) return;
        this.isAsking = false;
        if (description !== null) this.onKey(description.publicKey);
        this.onAnswer(assignment);
    }
}
