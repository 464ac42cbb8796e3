// @ts-check
import { Backlog } from "./Backlog.js";
import { ChildQueue } from "./ChildQueue.js";
import { Conduct } from "./Conduct.js";

/**
 * One link to another viewer, in whatever role: parent, child, grandparent, helper. Instants are of the monotonic
 * clock.
 */
export class Link {
    /** Pieces that wait for their manifests: of too many the oldest are dropped. */
    static earlyPiecesMax = 64;
    /**
     * Bytes handed to a link and not acknowledged, above which it gets no more: half a second of a stripe, so that what
     * is said does not wait long behind what is sent, between this bound and the next.
     */
    static bufferedLeast = 16 << 10;
    /** The upper bound. */
    static bufferedMost = 256 << 10;
    /** A child that takes nothing for so long is dropped, in milliseconds. */
    static stuckMs = 5_000;

    /**
     * @param {string} peer
     * @param {boolean} isOurs this side offered
     * @param {string | null} relay the neighbour that the offer went through; null for the tracker
     * @param {number} now
     */
    constructor(peer, isOurs, relay, now) {
        this.peer = peer;
        this.isOurs = isOurs;
        this.relay = relay;
        /** @type {"connecting" | "open" | "closed"} */
        this.state = "connecting";
        this.since = now;
        /** @type {number | null} */
        this.openedAt = null;

        // What it sends.
        this.lastHeard = now;
        this.head = 0;
        /**
         * Stripes that do not reach it, as it says, and since when.
         * @type {Map<number, number>}
         */
        this.starving = new Map();
        /**
         * Pieces whose manifest is not here yet, oldest first.
         * @type {{ sequence: number, index: number, bytes: Uint8Array }[]}
         */
        this.early = [];
        this.conduct = new Conduct();
        /** It said that it leaves. */
        this.isLeaving = false;
        /**
         * It refused a stripe; not to be asked again before.
         * @type {number | null}
         */
        this.refusedUntil = null;

        // What it gets.
        this.lastSent = now;
        /** Which stripes it was told not to reach this viewer, bit by bit. */
        this.starvingTold = 0;
        this.child = new ChildQueue();
        /** Bytes of it that are sent and not acknowledged. */
        this.buffered = 0;
        /** How what waits for it develops. */
        this.backlog = new Backlog();
        /**
         * Since when nothing was acknowledged although something should have been.
         * @type {number | null}
         */
        this.stuckSince = null;
        /** @type {string[]} */
        this.initsSent = [];
        this.neededAt = now;
    }

    /** Messages can be sent. */
    get isOpen() {
        return this.state === "open";
    }

    /**
     * It says that a stripe does not reach it.
     * @param {number} stripe
     */
    isStarving(stripe) {
        return this.starving.has(stripe);
    }

    /**
     * Takes what it says: bit *s* stands for stripe *s*.
     * @param {number} bits
     * @param {number} now
     */
    noteStarving(bits, now) {
        const before = this.starving;
        this.starving = new Map();
        for (let stripe = 0; stripe < 8; stripe += 1) {
            if ((bits & (1 << stripe)) !== 0) this.starving.set(stripe, before.get(stripe) ?? now);
        }
    }
}
