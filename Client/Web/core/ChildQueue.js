// @ts-check
import { PeerConfiguration } from "./PeerConfiguration.js";

/**
 * @typedef {object} QueueItem a manifest, or a piece, of one chunk
 * @property {number} sequence
 * @property {number} stripe
 * @property {number | null} index of the piece; null for the manifest
 */

/**
 * @typedef {object} Subscription a stripe that is pushed: all chunks from `from` on, up to and not including `until`
 * @property {number} stripe
 * @property {number} from
 * @property {number | null} until
 * @property {boolean} isAssigned the tracker made it a child; else it is a guest in an emergency
 * @property {number | null} droppedAt when the tracker gave it another parent
 */

/** What one neighbour has asked for and not got yet. It holds references only; the bytes are in the store. */
export class ChildQueue {
    /** More waiting items than this cost the oldest their place. */
    static itemsMax = 4_096;

    constructor() {
        /** @type {Subscription[]} */
        this.subscriptions = [];
        /**
         * Oldest first; those before `start` are gone.
         * @type {QueueItem[]}
         */
        this.items = [];
        this.start = 0;
        /** Items that were never sent. */
        this.dropped = 0;
    }

    /** It has asked for a stripe. */
    get isSubscribed() {
        return this.subscriptions.length > 0;
    }

    /**
     * Whose need comes first: 0 for children that the tracker wants to be fed, 1 for those that it gave another parent,
     * 2 for guests; endless for nobody.
     */
    get rank() {
        return Math.min(
            ...this.subscriptions.map(({ droppedAt, isAssigned }) => (isAssigned ? 0 : droppedAt === null ? 2 : 1)),
        );
    }

    /**
     * What it has asked for of a stripe, if anything.
     * @param {number} stripe
     * @returns {Subscription | null}
     */
    subscription(stripe) {
        return this.subscriptions.find((each) => each.stripe === stripe) ?? null;
    }

    /**
     * Whether a chunk of a stripe is to be pushed.
     * @param {number} stripe
     * @param {number} sequence
     */
    wants(stripe, sequence) {
        return this.subscriptions.some(
            (each) => each.stripe === stripe && sequence >= each.from && sequence < (each.until ?? Infinity),
        );
    }

    /**
     * It wants a stripe from a chunk on; what it wanted of it before is forgotten.
     * @param {number} stripe
     * @param {number} from
     * @param {boolean} isAssigned
     */
    subscribe(stripe, from, isAssigned) {
        this.unsubscribe(stripe, 0);
        this.subscriptions.push({ stripe, from, until: null, isAssigned, droppedAt: null });
    }

    /**
     * The tracker made it a child in a stripe.
     * @param {number} stripe
     */
    assign(stripe) {
        for (const each of this.subscriptions) {
            if (each.stripe !== stripe) continue;
            each.isAssigned = true;
            each.droppedAt = null;
        }
    }

    /**
     * The tracker gave it another parent in a stripe.
     * @param {number} stripe
     * @param {number} now by the monotonic clock
     */
    drop(stripe, now) {
        for (const each of this.subscriptions) {
            if (each.stripe !== stripe || !each.isAssigned) continue;
            each.isAssigned = false;
            each.droppedAt = now;
        }
    }

    /**
     * It wants no chunk of a stripe from `from` on.
     * @param {number} stripe
     * @param {number} from 0 for nothing more at all
     */
    unsubscribe(stripe, from) {
        if (from === 0) this.subscriptions = this.subscriptions.filter((each) => each.stripe !== stripe);
        for (const each of this.subscriptions) if (each.stripe === stripe) each.until = from;
        this.keep((item) => item.stripe !== stripe || item.sequence < from);
    }

    /**
     * Subscriptions that end before `newest` are over, and those that the tracker ended a while ago. Returns the
     * stripes of the latter.
     * @param {number} newest
     * @param {number} now by the monotonic clock
     * @returns {number[]}
     */
    expire(newest, now) {
        // A few chunks of grace: their last pieces may still be on their way here.
        this.subscriptions = this.subscriptions.filter(({ until }) => until === null || until + 10 >= newest);
        const over = this.subscriptions
            .filter(({ until, droppedAt }) => until === null && now - (droppedAt ?? now) > PeerConfiguration.farewellMs)
            .map(({ stripe }) => stripe);
        for (const stripe of over) this.unsubscribe(stripe, 0);
        return over;
    }

    /**
     * Something more waits for it.
     * @param {QueueItem} item
     */
    push(item) {
        if (this.count >= ChildQueue.itemsMax) {
            this.popFirst();
            this.dropped += 1;
        }
        this.items.push(item);
    }

    /** Items that wait. */
    get count() {
        return this.items.length - this.start;
    }

    /**
     * What waits longest.
     * @returns {QueueItem | null}
     */
    get first() {
        return this.items[this.start] ?? null;
    }

    /**
     * What has waited for the shortest time.
     * @returns {QueueItem | null}
     */
    get last() {
        return this.count > 0 ? this.items[this.items.length - 1] : null;
    }

    /**
     * Takes out what waits longest.
     * @returns {QueueItem | null}
     */
    popFirst() {
        const { first } = this;
        if (first === null) return null;
        this.start += 1;
        // Each item moves at most once for every one that was taken.
        if (this.start * 2 >= this.items.length) this.keep(() => true);
        return first;
    }

    /**
     * A child that is behind gets what is newest: everything before `sequence` is dropped.
     * @param {number} sequence
     */
    dropBefore(sequence) {
        const before = this.count;
        this.keep((item) => item.sequence >= sequence);
        this.dropped += before - this.count;
    }

    /**
     * Keeps only some of what waits.
     * @param {(item: QueueItem) => boolean} isKept
     */
    keep(isKept) {
        const { start } = this;
        this.items = this.items.filter((item, position) => position >= start && isKept(item));
        this.start = 0;
    }
}
