// @ts-check

/**
 * A forward that lost all its upstreams still says that it lives. It is left when the stream demonstrably goes on
 * without it: the coordinate had new chunks between two questions, and no whole one came from the forward.
 */
export class ForwardLookout {
    /**
     * Milliseconds without a chunk after which the coordinate is asked whether there is any; until it is asked again,
     * doubled up to the maximum.
     */
    static chunkSilenceMs = 1_000;
    static lookAgainMs = 800;
    static lookAgainMsMax = 12_800;

    /**
     * @param {string} stream
     * @param {import("./CoordinateAPI.js").CoordinateAPI} api
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(stream, api, clock) {
        this.stream = stream;
        this.api = api;
        this.clock = clock;
        /** @type {(connection: import("./ForwardConnection.js").ForwardConnection) => void} */
        this.onMissing = () => {};
        this.lastChunk = clock.now();
        this.nextLook = this.lastChunk;
        this.looks = 0;
        /** @type {number | null} */
        this.sequenceSeen = null;
        /** Ends a question when it stops. */
        this.network = new AbortController();
    }

    stop() {
        this.network.abort();
    }

    /** A chunk came, or somebody was asked for one. */
    expectChunk() {
        this.lastChunk = this.clock.now();
        this.nextLook = this.lastChunk + ForwardLookout.chunkSilenceMs;
        this.looks = 0;
        this.sequenceSeen = null;
    }

    /**
     * To be called a few times a second.
     * @param {import("./ForwardConnection.js").ForwardConnection} connection
     */
    look(connection) {
        const now = this.clock.now();
        if (!connection.isOpen || now < this.nextLook) return;
        const { lookAgainMs, lookAgainMsMax } = ForwardLookout;
        this.nextLook = now + Math.min(lookAgainMsMax, lookAgainMs << Math.min(this.looks, 8));
        this.looks += 1;
        void this.compare(connection);
    }

    /**
     * Asks the coordinate how far the stream is.
     * @param {import("./ForwardConnection.js").ForwardConnection} connection
     */
    async compare(connection) {
        const seen = await this.api.stream(this.stream, this.network.signal).catch(() => null);
        const isQuiet = this.clock.now() - this.lastChunk >= ForwardLookout.chunkSilenceMs;
        if (connection.isOver || seen?.state !== "live" || !isQuiet) return;
        if (this.sequenceSeen !== null && seen.sequence > this.sequenceSeen) this.onMissing(connection);
        else this.sequenceSeen = seen.sequence;
    }
}
