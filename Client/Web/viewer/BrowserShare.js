// @ts-check

/**
 * @typedef {object} Fellow another viewer in this browser
 * @property {string} origin of its tracker
 * @property {number} heard when it was heard of last, an instant in milliseconds
 */

/**
 * @typedef {object} ShareChannel what viewers of one browser hear each other through: a `BroadcastChannel`
 * @property {(message: unknown) => void} postMessage
 * @property {() => void} close
 * @property {((event: { data: unknown }) => void) | null} onmessage
 */

/**
 * Shares the few connections that a browser opens to one origin (six, over HTTP/1.1) among the viewers in it: pages,
 * and viewers of one page. They tell each other which tracker they want an event stream of; the first four, by their
 * ids, may have one, and the others poll, so that reports and signals always find a connection.
 */
export class BrowserShare {
    /** Milliseconds between announcements, and until a viewer that is not heard of is forgotten. */
    static announceMs = 2_000;
    static forgetMs = 5_000;
    /** Event streams that the viewers of a browser hold of one tracker. */
    static streamsMax = 4;
    /** Viewers that are remembered; of more, those that come last are left out. */
    static fellowsMax = 64;
    static channelName = "p2plive event streams";

    /**
     * @param {import("./Clock.js").Clock} clock
     * @param {{ id?: string, channel?: ShareChannel | null }} settings how this viewer is ordered among others: random
     *   unless said otherwise. Without a channel this viewer knows of nobody
     */
    constructor(clock, { id = BrowserShare.randomID(clock), channel = BrowserShare.openChannel() } = {}) {
        this.clock = clock;
        this.id = id;
        this.channel = channel;
        /**
         * The tracker of which this viewer wants an event stream; null for none.
         * @type {string | null}
         */
        this.origin = null;
        /** @type {Map<string, Fellow>} */
        this.fellows = new Map();
        /** @type {import("./Clock.js").Timer | null} */
        this.timer = null;
        if (channel === null) return;
        channel.onmessage = ({ data }) => this.take(data);
        this.timer = clock.every(BrowserShare.announceMs, () => this.announce());
    }

    /** Whether others in this browser already hold as many event streams of the tracker as there should be. */
    get isCrowded() {
        let before = 0;
        for (const [id, { origin, heard }] of this.fellows) {
            if (this.clock.now() - heard > BrowserShare.forgetMs) this.fellows.delete(id);
            else if (origin === this.origin && id < this.id) before += 1;
        }
        return before >= BrowserShare.streamsMax;
    }

    /**
     * This viewer wants an event stream of that tracker from now on, or of none. Whoever has to poll says so all the
     * same, so that everybody counts alike.
     * @param {string | null} origin
     */
    want(origin) {
        if (origin === this.origin) return;
        this.origin = origin;
        this.announce();
    }

    /** Says good-bye. */
    stop() {
        this.want(null);
        this.timer?.cancel();
        this.channel?.close();
        this.channel = null;
    }

    /** Tells the others. */
    announce() {
        this.channel?.postMessage({ id: this.id, origin: this.origin });
    }

    /**
     * Another viewer says what it wants. Other pages of the same origin may say anything.
     * @param {unknown} message
     */
    take(message) {
        if (typeof message !== "object" || message === null || this.channel === null) return;
        const { id, origin } = /** @type {Record<string, unknown>} */ (message);
        if (typeof id !== "string" || id.length > 32 || id === this.id) return;
        if (typeof origin !== "string" || origin.length > 2_048) {
            this.fellows.delete(id);
            return;
        }
        const isNew = !this.fellows.has(id);
        if (isNew && this.fellows.size >= BrowserShare.fellowsMax) return;
        this.fellows.set(id, { origin, heard: this.clock.now() });
        // Whoever is new knows nobody, and does not wait for the next announcement.
        if (isNew && this.origin !== null) this.announce();
    }

    /** @param {import("./Clock.js").Clock} clock */
    static randomID(clock) {
        const digits = () => Math.floor(clock.random(2 ** 32)).toString(16).padStart(8, "0");
        return digits() + digits();
    }

    /**
     * The channel of this browser; null where there is none, or the page may not use it.
     * @returns {ShareChannel | null}
     */
    static openChannel() {
        try {
            return /** @type {ShareChannel} */ (new BroadcastChannel(BrowserShare.channelName));
        } catch {
            return null;
        }
    }
}
