// @ts-check
import { PeerConfiguration } from "./PeerConfiguration.js";
import { RescueLadder } from "./RescueLadder.js";

/** Who sends one stripe here. Instants are of the monotonic clock. */
export class Intake {
    /**
     * More chunks withheld, and the primary is left: it has less upload than it says, or keeps pieces back. A hiccup of
     * four seconds is forgiven, and one chunk in five for ever.
     */
    static withheldMax = 20;
    static forgivenPerSecond = 1;
    /** Chunks that are remembered as begun by the primary: more than a window has, unless the clock is far off. */
    static sentMax = 1_024;

    /** @param {number} stripe */
    constructor(stripe) {
        this.stripe = stripe;
        /**
         * What the tracker wants.
         * @type {import("./PeerTime.js").Assignment | null}
         */
        this.assignment = null;
        /**
         * Who is to send it all the time; null between two.
         * @type {import("./PeerTime.js").Source | null}
         */
        this.primary = null;
        /** @type {number | null} */
        this.primarySince = null;
        /** The first chunk asked of the primary. */
        this.primaryFrom = 0;
        /** The primary has sent something of this stripe since it was adopted. */
        this.primaryDelivers = false;
        /**
         * Who helps out until the primary delivers (again).
         * @type {import("./PeerTime.js").Source | null}
         */
        this.rescue = null;
        /** @type {number | null} */
        this.rescueSince = null;
        /**
         * Why, when it is the forward.
         * @type {import("./PeerTime.js").ForwardReason}
         */
        this.rescueReason = "start";
        /**
         * Helpers that were asked in this emergency and did not help.
         * @type {string[]}
         */
        this.triedHelpers = [];
        /** The newest chunk of which the primary has sent this stripe's manifest. */
        this.primaryHead = 0;
        /** The same of whoever helps out. */
        this.rescueHead = 0;
        /**
         * Chunks that the primary passed by and did not send whole, or of which nothing had come from it when they were
         * due; less what is forgiven.
         */
        this.withheld = 0;
        /**
         * Chunks not due yet of which the primary has sent the manifest.
         * @type {Set<number>}
         */
        this.sentByPrimary = new Set();
        /** All chunks up to this one have been due. */
        this.dueHead = 0;
        /**
         * When anything new of the stripe came last, from anybody.
         * @type {number | null}
         */
        this.lastProgress = null;
        /**
         * When anything new came last from the primary.
         * @type {number | null}
         */
        this.lastPrimaryProgress = null;
        /** The newest chunk of which this stripe's manifest is here. */
        this.head = 0;
        /** Every chunk of the window up to this one is complete in this stripe. */
        this.completeHead = 0;
        /**
         * By the wall clock.
         * @type {number | null}
         */
        this.completeHeadPublishedAt = null;
        /** What is done when it does not come. */
        this.ladder = new RescueLadder();
        /**
         * The primary was lost then; null while all is well.
         * @type {number | null}
         */
        this.brokenSince = null;
        /**
         * A parent that the tracker named could not be reached before then.
         * @type {number | null}
         */
        this.connectNotBefore = null;
        /**
         * The grandparent is not asked for a link before then.
         * @type {number | null}
         */
        this.grandparentNotBefore = null;
        /**
         * Since when a new parent is connected and only too far behind.
         * @type {number | null}
         */
        this.waitsSince = null;
    }

    /**
     * Takes note of a manifest, new or not.
     * @param {number} sequence
     * @param {import("./PeerTime.js").Source} source
     */
    noteHead(sequence, source) {
        if (source === this.primary) {
            this.primaryHead = Math.max(this.primaryHead, sequence);
            if (this.sentByPrimary.size >= Intake.sentMax) this.sentByPrimary.clear();
            if (sequence > this.dueHead) this.sentByPrimary.add(sequence);
        }
        if (source === this.rescue) this.rescueHead = Math.max(this.rescueHead, sequence);
    }

    /**
     * A chunk is due. Returns whether the primary has sent its manifest.
     * @param {number} sequence
     * @returns {boolean}
     */
    due(sequence) {
        this.dueHead = Math.max(this.dueHead, sequence);
        return this.sentByPrimary.delete(sequence);
    }

    /**
     * Chunks up to this one, the newest known, are held against nobody.
     * @param {number} sequence
     */
    excuse(sequence) {
        this.dueHead = Math.max(this.dueHead, sequence);
        this.sentByPrimary.clear();
    }

    /** Another primary has sent nothing yet. */
    forgetPrimary() {
        this.primaryHead = 0;
        this.primaryDelivers = false;
        this.lastPrimaryProgress = null;
        this.withheld = 0;
        this.sentByPrimary.clear();
    }

    /**
     * Whether somebody who sends the stripe has not come to a chunk yet: what goes over one link keeps its order, so a
     * chunk is not lost before the next but one has begun. When it is due soon, only who has sent something lately
     * counts.
     * @param {number} sequence
     * @param {boolean} isDueSoon
     * @param {boolean} isForwardOpen
     * @param {import("./PeerTime.js").PeerTime} now
     * @returns {boolean}
     */
    awaits(sequence, isDueSoon, isForwardOpen, now) {
        /** @param {number | null} progress */
        const isRecent = (progress) =>
            progress !== null && now.monotonic - progress <= PeerConfiguration.parentSilenceMs;
        if (this.primary !== null && sequence >= this.primaryFrom && sequence + 2 > this.primaryHead) {
            const isActive = this.primary === "forward" ? isForwardOpen : isRecent(this.lastPrimaryProgress);
            if (isActive || !isDueSoon) return true;
        }
        if (this.rescue === null || sequence + 2 <= this.rescueHead) return false;
        const isHelping = this.rescueHead > 0 && isRecent(this.lastProgress);
        return (this.rescue === "forward" ? isForwardOpen : isHelping) || !isDueSoon;
    }

    /** A forward sends it, or helps out. */
    get needsForward() {
        return this.primary === "forward" || this.rescue === "forward";
    }
}
