// @ts-check
import { PeerConfiguration } from "./PeerConfiguration.js";

/**
 * @typedef {"nobody" | "forward" | "peer"} Sender who sends a stripe, or helps out
 */

/**
 * @typedef {object} Situation how a stripe stands. Times are in milliseconds; those since something that never was are
 *   endless.
 * @property {Sender} primary who is to send it all the time
 * @property {Sender} rescue who helps out
 * @property {boolean} hasBegun something of it is here, or was played
 * @property {boolean} primaryDelivers the primary has sent something since it was adopted
 * @property {boolean} primaryIsThere the primary says that it has what it was asked for
 * @property {boolean} isStarving the primary says that the stripe does not reach it either, or is not linked
 * @property {number} starvingMs for how long it has said so
 * @property {number} sinceAdoptionMs since the primary was adopted
 * @property {boolean} isWithheld the primary has left too many chunks incomplete
 * @property {boolean} isForwardRefused the forward has just said that there is no room
 * @property {number} sincePrimaryProgressMs since the primary sent something new
 * @property {number} sinceProgressMs since anybody sent something new
 * @property {number} sinceRescueMs since the helper was asked
 * @property {number} behindMs how far the stripe is behind the newest chunk known
 * @property {number} reserveMs until its first missing chunk is due
 * @property {boolean} isOutrun other stripes have chunks that this one lacks
 */

/**
 * @typedef {import("./PeerTime.js").ForwardReason} ForwardReason
 * @typedef {{ kind: "wait" }
 *   | { kind: "lose", reason: import("./PeerTime.js").LossReason }
 *   | { kind: "endRescue" }
 *   | { kind: "askNeighbour", orForward: ForwardReason | null }
 *   | { kind: "askForward", reason: ForwardReason }} Step what is to be done. `lose`: the primary is given up for good.
 *   `endRescue`: whoever helps out is not needed any more. `askNeighbour`: the next neighbour is asked to help out, a
 *   forward for this reason if there is none.
 */

/** @type {Step} */
const wait = Object.freeze({ kind: "wait" });

/**
 * A share of the buffer, for buffers shorter than the default.
 * @param {number} ms
 * @param {number} bufferMs
 */
const shareOfBuffer = (ms, bufferMs) => Math.min(ms, (ms * bufferMs) / 3_000);

/**
 * What a viewer does about one stripe that does not come as it should: the one place where the order of helpers is
 * decided. It sees numbers only.
 *
 * The owner of a broken link asks a neighbour at once, another one when that does not help, and a forward when little
 * of the buffer is left. Those below hear that their parent starves, and leave the repair to the owner until their own
 * buffer runs low; or else a whole subtree would fall upon the forward for one broken link.
 */
export class RescueLadder {
    constructor() {
        /**
         * Since when the stripe is behind although the primary does not say that it starves.
         * @type {number | null}
         */
        this.behindSince = null;
        /**
         * Since when other stripes have had chunks that this one lacks.
         * @type {number | null}
         */
        this.outrunSince = null;
    }

    /** This process stood still: what lasted meanwhile lasted for nobody. */
    forgive() {
        this.behindSince = null;
        this.outrunSince = null;
    }

    /**
     * The next step.
     * @param {Situation} stripe
     * @param {number} bufferMs from publication to release
     * @param {number} chunkMs how long a chunk plays
     * @param {number} now by the monotonic clock
     * @returns {Step}
     */
    next(stripe, bufferMs, chunkMs, now) {
        if (!stripe.hasBegun) {
            // Nothing here yet: the forward gives it at once, parents follow.
            const isComing = stripe.primaryDelivers || stripe.primary === "forward";
            return isComing ? wait : { kind: "askForward", reason: "start" };
        }
        switch (stripe.primary) {
            case "nobody":
                return this.ownerStep(stripe, bufferMs);
            case "forward":
                return wait;
            case "peer":
                return this.peerStep(stripe, bufferMs, chunkMs, now);
        }
    }

    /**
     * The link to the parent is broken: another neighbour at once, the next one if that does not help, then a forward.
     * @param {Situation} stripe
     * @param {number} bufferMs
     * @returns {Step}
     */
    ownerStep(stripe, bufferMs) {
        if (stripe.rescue === "forward") return wait;
        const idleMs = Math.min(stripe.sinceProgressMs, stripe.sinceRescueMs);
        if (stripe.rescue !== "nobody" && idleMs <= PeerConfiguration.nextHelperMs) return wait;
        const isLow = stripe.reserveMs < shareOfBuffer(PeerConfiguration.ownerReserveMs, bufferMs);
        return { kind: "askNeighbour", orForward: isLow ? "owner" : null };
    }

    /**
     * The stripe comes from another viewer, or should.
     * @param {Situation} stripe
     * @param {number} bufferMs
     * @param {number} chunkMs
     * @param {number} now
     * @returns {Step}
     */
    peerStep(stripe, bufferMs, chunkMs, now) {
        const { parentSilenceMs, stalledMs } = PeerConfiguration;
        const { behindMs, isStarving } = stripe;
        // After an outage one stripe comes before the other: being behind counts when it lasts.
        this.behindSince = isStarving || behindMs <= parentSilenceMs ? null : (this.behindSince ?? now);
        this.outrunSince = stripe.isOutrun ? (this.outrunSince ?? now) : null;
        const behindForMs = now - (this.behindSince ?? now);
        const outrunForMs = now - (this.outrunSince ?? now);
        // A parent that was behind when it was adopted needs so much longer.
        const firstDataMs = stripe.primaryIsThere ? PeerConfiguration.firstDataMs : PeerConfiguration.lagWaitMs;
        const isLateToBegin = !stripe.primaryDelivers && stripe.sinceAdoptionMs > firstDataMs;
        if (isLateToBegin && behindMs > 0 && !isStarving) return { kind: "lose", reason: "stalled" };
        if (stripe.isWithheld) return { kind: "lose", reason: "stalled" };
        // One that delivers steadily, only late, is as good as any.
        const isOfUse = stripe.sincePrimaryProgressMs <= parentSilenceMs;
        if (behindMs > stalledMs && behindForMs > stalledMs && stripe.sinceAdoptionMs > stalledMs && !isOfUse) {
            return { kind: "lose", reason: "stalled" };
        }
        if (isStarving && outrunForMs > stalledMs && stripe.starvingMs > PeerConfiguration.starvingMs) {
            // Others get the stream, as manifests of another stripe show: this branch of the tree does not recover.
            return { kind: "lose", reason: "starving" };
        }
        if (stripe.primaryDelivers && behindMs <= 2 * chunkMs && stripe.sincePrimaryProgressMs < 500) {
            return { kind: "endRescue" };
        }
        return behindMs > parentSilenceMs || isStarving ? this.descendantStep(stripe, bufferMs) : wait;
    }

    /**
     * A link above is broken: its owner repairs it. Only when the buffer runs low anything is done here.
     * @param {Situation} stripe
     * @param {number} bufferMs
     * @returns {Step}
     */
    descendantStep(stripe, bufferMs) {
        const { descendantReserveMs, helperReserveMs, parentSilenceMs } = PeerConfiguration;
        const mayAskForward = stripe.rescue !== "forward" && !stripe.isForwardRefused;
        if (stripe.reserveMs < shareOfBuffer(descendantReserveMs, bufferMs) && mayAskForward) {
            return { kind: "askForward", reason: "descendant" };
        }
        // Neighbours of a parent that is only slow are no faster, and what they send comes twice.
        const isSilent = stripe.isStarving || stripe.sincePrimaryProgressMs > parentSilenceMs;
        const isLow = stripe.reserveMs < shareOfBuffer(helperReserveMs, bufferMs);
        return isLow && isSilent && stripe.rescue === "nobody" ? { kind: "askNeighbour", orForward: null } : wait;
    }
}
