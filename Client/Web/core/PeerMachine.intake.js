// @ts-check
import { Intake } from "./Intake.js";
import { PeerConfiguration } from "./PeerConfiguration.js";
import { encodedSend } from "./PeerMachine.children.js";
import { useForward } from "./PeerMachine.forward.js";
import { connect } from "./PeerMachine.links.js";
import { isPast, millisecondsSince, peerOf } from "./PeerTime.js";

/**
 * Who sends what: primaries, rescues, and what is taken from a forward.
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./PeerTime.js").Source} Source
 * @typedef {import("./PeerTime.js").LossReason} LossReason
 */

/** A parent that was lost, or not reached, is tried again after this only, in milliseconds. */
const retryParentMs = 3_000;
/** A neighbour that refused a stripe is asked again after this only, in milliseconds. */
const refusedMs = 2_000;

/**
 * Looks at everything again after a change.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function settle(machine, now) {
    for (const intake of machine.intakes) {
        approach(machine, intake, now);
        rescue(machine, intake, now);
    }
    useForward(machine, now);
}

/**
 * Goes towards whom the tracker assigned.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 */
function approach(machine, intake, now) {
    const { assignment, connectNotBefore, stripe } = intake;
    if (assignment === null || assignment.source === intake.primary) return;
    const parent = peerOf(assignment.source);
    if (parent === null) return adopt(machine, intake, "forward", now);
    // What came through a neighbour is somebody else's word: a parent's link is made through the tracker.
    const known = machine.link(parent);
    if (known !== null && !known.isOurs && known.relay !== null) {
        // No loss: nobody is to be told of it.
        machine.links = machine.links.filter((link) => link.peer !== parent);
        machine.act({ kind: "close", peer: parent, reason: "made anew through the tracker" });
        for (const other of machine.intakes) if (other.rescue === parent) other.rescue = null;
    }
    const link = machine.link(parent);
    if (link === null) {
        if (isPast(now, connectNotBefore)) connect(machine, parent, null, now);
        return;
    }
    if (!link.isOpen || link.isLeaving || !isPast(now, link.refusedUntil)) return;
    const behindMs = Math.max(0, machine.store.newest - link.head) * machine.configuration.chunkMs;
    const isTooFar = link.isStarving(stripe) || behindMs > PeerConfiguration.lagAcceptedMs;
    if (isTooFar && intake.primary !== null && intake.primaryDelivers) {
        // What runs is better for now.
        intake.waitsSince ??= now.monotonic;
        if (now.monotonic - intake.waitsSince <= PeerConfiguration.lagWaitMs) return;
    }
    adopt(machine, intake, parent, now);
}

/**
 * Takes the stripe from `source` from a chunk boundary on; whoever sent it before ends there.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {Source} source
 * @param {PeerTime} now
 */
function adopt(machine, intake, source, now) {
    const { head, primary: oldPrimary, rescue: oldRescue, stripe } = intake;
    const parent = peerOf(source);
    let from = firstMissing(machine, stripe) ?? 0;
    if ((intake.primaryDelivers || oldRescue !== null) && head > 0) from = Math.max(from, head + 1);
    if (head === 0 && oldRescue === "forward" && parent !== null) {
        // The forward gives the first group; the parent's upload is not to be spent on the same.
        const newest = machine.link(parent)?.head ?? 0;
        from = newest > 0 ? newest + 1 : 0;
    }
    unsubscribe(machine, stripe, from, oldPrimary, now);
    unsubscribe(machine, stripe, from, oldRescue, now);
    if (oldPrimary === "forward") {
        intake.rescue = "forward";
        intake.rescueReason = "start";
        intake.rescueSince = now.monotonic;
    } else if (oldRescue !== "forward") {
        intake.rescue = null;
    }
    if (source === "forward" && oldRescue === "forward") intake.rescue = null;
    intake.primary = source;
    intake.primarySince = now.monotonic;
    intake.primaryFrom = from;
    intake.forgetPrimary();
    intake.waitsSince = null;
    if (parent !== null) encodedSend(machine, { kind: "subscribe", stripe, from }, parent, now);
}

/**
 * Asks a viewer to send no chunk of a stripe from `from` on; 0 for nothing more at all.
 * @param {PeerState} machine
 * @param {number} stripe
 * @param {number} from
 * @param {Source | null} source may be nobody, or a forward, or gone
 * @param {PeerTime} now
 */
function unsubscribe(machine, stripe, from, source, now) {
    const peer = peerOf(source);
    if (peer !== null) encodedSend(machine, { kind: "unsubscribe", stripe, from }, peer, now);
}

/**
 * A neighbour is gone: whatever it did is undone.
 * @param {PeerState} machine
 * @param {string} peer
 * @param {LossReason} reason
 * @param {PeerTime} now
 */
export function forget(machine, peer, reason, now) {
    for (const intake of machine.intakes) {
        if (intake.primary === peer) {
            lose(machine, intake, reason, now);
        } else if (intake.assignment?.source === peer) {
            // Never came about.
            const told = reason === "closed" ? "closed" : "unreachable";
            machine.act({ kind: "reportLost", stripe: intake.stripe, peer, reason: told });
            intake.connectNotBefore = now.monotonic + retryParentMs;
        }
        if (intake.rescue === peer) intake.rescue = null;
    }
}

/**
 * The parent of a stripe is gone, or useless.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {LossReason} reason
 * @param {PeerTime} now
 */
function lose(machine, intake, reason, now) {
    const parent = peerOf(intake.primary);
    if (parent === null) return;
    machine.act({ kind: "reportLost", stripe: intake.stripe, peer: parent, reason });
    unsubscribe(machine, intake.stripe, 0, parent, now);
    intake.primary = null;
    intake.primaryDelivers = false;
    intake.brokenSince ??= now.monotonic;
    if (intake.assignment?.source !== parent) return;
    // The same one is tried again only if the tracker has nobody else for a while.
    intake.connectNotBefore = now.monotonic + retryParentMs;
    const link = machine.link(parent);
    if (link !== null) link.refusedUntil = now.monotonic + retryParentMs;
}

/**
 * A neighbour does not serve a stripe.
 * @param {PeerState} machine
 * @param {number} stripe
 * @param {string} peer
 * @param {PeerTime} now
 */
export function refused(machine, stripe, peer, now) {
    const link = machine.link(peer);
    const intake = machine.intakes[stripe];
    if (link === null || intake === undefined) return;
    link.refusedUntil = now.monotonic + refusedMs;
    if (intake.primary === peer) lose(machine, intake, "stalled", now);
    if (intake.rescue === peer) intake.rescue = null;
    settle(machine, now);
}

/**
 * The first chunk of which the stripe is still wanted; null while nothing at all is here.
 * @param {PeerState} machine
 * @param {number} stripe
 * @returns {number | null}
 */
export function firstMissing(machine, stripe) {
    const head = dealtWith(machine, stripe);
    return head > 0 ? head + 1 : (machine.store.chunks[0]?.sequence ?? null);
}

/**
 * The chunk up to which the stripe is complete, played, or given up.
 * @param {PeerState} machine
 * @param {number} stripe
 * @returns {number}
 */
export function dealtWith(machine, stripe) {
    return Math.max(machine.intakes[stripe].completeHead, machine.played, machine.store.floor);
}

/**
 * Milliseconds until the stripe's first missing chunk is due.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 */
function reserveMs({ configuration }, { completeHeadPublishedAt }, now) {
    if (completeHeadPublishedAt === null) return 0;
    return completeHeadPublishedAt + configuration.chunkMs + configuration.bufferMs - now.wall;
}

/**
 * How far the stripe is behind the newest chunk of which a manifest, or for some time the coordinate, tells.
 * @param {PeerState} machine
 * @param {number} stripe
 * @param {PeerTime} now
 */
function behindMs(machine, stripe, now) {
    const head = dealtWith(machine, stripe);
    if (head === 0) return 0;
    // Chunks that are known, rather than numbers, which jump between sessions.
    const known = machine.store.countFrom(head + 1);
    const toldMs = machine.sequenceTold > machine.store.newest ? millisecondsSince(now, machine.toldAt) : 0;
    return known * machine.configuration.chunkMs + (toldMs > PeerConfiguration.toldMs ? toldMs : 0);
}

/**
 * Climbs the ladder.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 */
function rescue(machine, intake, now) {
    const { bufferMs, chunkMs } = machine.configuration;
    const step = intake.ladder.next(situation(machine, intake, now), bufferMs, chunkMs, now.monotonic);
    switch (step.kind) {
        case "lose":
            return lose(machine, intake, step.reason, now);
        case "endRescue":
            return endRescue(machine, intake, now);
        case "askForward":
            return askForward(machine, intake, step.reason, now);
        case "askNeighbour":
            if (!askHelper(machine, intake, now) && step.orForward !== null) {
                askForward(machine, intake, step.orForward, now);
            }
            return;
        default:
    }
}

/** @type {(source: Source | null) => import("./RescueLadder.js").Sender} */
const ladderSender = (source) => (source === null ? "nobody" : source === "forward" ? "forward" : "peer");

/**
 * How the stripe stands, for the ladder.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 * @returns {import("./RescueLadder.js").Situation}
 */
function situation(machine, intake, now) {
    const link = machine.openLink(peerOf(intake.primary));
    return {
        primary: ladderSender(intake.primary),
        rescue: ladderSender(intake.rescue),
        hasBegun: intake.completeHead > 0 || machine.played > 0,
        primaryDelivers: intake.primaryDelivers,
        isStarving: link?.isStarving(intake.stripe) ?? true,
        primaryIsThere: (link?.head ?? 0) >= intake.primaryFrom,
        starvingMs: now.monotonic - (link?.starving.get(intake.stripe) ?? now.monotonic),
        sinceAdoptionMs: millisecondsSince(now, intake.primarySince),
        isWithheld: intake.withheld > Intake.withheldMax,
        isForwardRefused: machine.forward.refusedUntil !== null && now.monotonic < machine.forward.refusedUntil,
        sincePrimaryProgressMs: millisecondsSince(now, intake.lastPrimaryProgress),
        sinceProgressMs: millisecondsSince(now, intake.lastProgress),
        sinceRescueMs: millisecondsSince(now, intake.rescueSince),
        behindMs: behindMs(machine, intake.stripe, now),
        reserveMs: reserveMs(machine, intake, now),
        isOutrun: machine.store.newest > dealtWith(machine, intake.stripe),
    };
}

/**
 * The primary delivers: whoever helped out is let go.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 */
function endRescue(machine, intake, now) {
    if (intake.rescue === null || intake.completeHead + 1 < intake.primaryFrom) return;
    unsubscribe(machine, intake.stripe, 0, intake.rescue, now);
    intake.rescue = null;
    intake.triedHelpers = [];
}

/**
 * Asks the next neighbour that may have the stripe: parents of the other stripes, then grandparents, then anybody.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 * @returns {boolean} whether there was one
 */
function askHelper(machine, intake, now) {
    const { stripe } = intake;
    const candidates = [
        ...machine.intakes.filter((other) => other !== intake).map((other) => peerOf(other.primary)),
        intake.assignment?.grandparent ?? null,
        ...machine.links.map((link) => link.peer),
    ];
    const helper = candidates.find((peer) => {
        const link = machine.openLink(peer);
        if (peer === null || link === null || link.isLeaving || link.isStarving(stripe)) return false;
        if (!isPast(now, link.refusedUntil) || link.child.subscription(stripe) !== null) return false;
        return intake.primary !== peer && intake.rescue !== peer && !intake.triedHelpers.includes(peer);
    });
    if (helper === undefined || helper === null) return false;
    unsubscribe(machine, stripe, 0, intake.rescue, now);
    intake.rescue = helper;
    intake.rescueHead = 0;
    intake.rescueSince = now.monotonic;
    intake.triedHelpers.push(helper);
    encodedSend(machine, { kind: "subscribe", stripe, from: firstMissing(machine, stripe) ?? 0 }, helper, now);
    return true;
}

/**
 * Takes the stripe from a forward for a while.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {import("./PeerTime.js").ForwardReason} reason
 * @param {PeerTime} now
 */
function askForward(machine, intake, reason, now) {
    if (intake.rescue === "forward" || !isPast(now, machine.forward.refusedUntil)) return;
    unsubscribe(machine, intake.stripe, 0, intake.rescue, now);
    intake.rescue = "forward";
    intake.rescueHead = 0;
    intake.rescueSince = now.monotonic;
    intake.rescueReason = reason;
}
