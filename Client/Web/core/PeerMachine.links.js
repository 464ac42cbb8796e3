// @ts-check
import { parsePeerMessage } from "../wire/PeerMessage.js";
import { Link } from "./Link.js";
import { PeerConfiguration } from "./PeerConfiguration.js";
import { encodedSend, pump, requested, sendAlive, subscribed } from "./PeerMachine.children.js";
import { forget, refused, settle } from "./PeerMachine.intake.js";
import { accuse, takeInit, takeManifest, takePiece } from "./PeerMachine.media.js";
import { isPast, millisecondsSince, peerOf } from "./PeerTime.js";

/**
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 */

/** A grandparent is asked for a link that often, in milliseconds. */
const grandparentPauseMs = 10_000;

/**
 * See `PeerMachine.offered`. When both sides offer at once, the offer of the smaller id counts.
 * @param {PeerState} machine
 * @param {string} peer
 * @param {string | null} relay
 * @param {PeerTime} now
 * @returns {boolean}
 */
export function linkOffered(machine, peer, relay, now) {
    if (machine.isLeaving || peer === machine.id || machine.isBanned(peer, now)) return false;
    const known = machine.link(peer);
    if (relay !== null) {
        // Only the tracker knows who is who: what a neighbour claims must not cost anybody a link.
        const isChild = machine.link(relay)?.child.isSubscribed ?? false;
        const passedOn = machine.links.filter((link) => link.relay === relay).length;
        if (!isChild || known !== null || passedOn >= PeerConfiguration.relayedLinksMax) return false;
    }
    if (known !== null) {
        const { isOpen } = known;
        if (known.isOurs && !isOpen && machine.id !== null && machine.id < peer) return false;
        // The other side has begun anew: what was is gone. An offer of ours that had not led to anything is no loss.
        machine.remove(known);
        if (isOpen) forget(machine, peer, "closed", now);
    }
    if (!hasRoomForLink(machine, now)) return false;
    machine.links.push(new Link(peer, false, relay, now.monotonic));
    return true;
}

/**
 * See `PeerMachine.opened`.
 * @param {PeerState} machine
 * @param {string} peer
 * @param {PeerTime} now
 */
export function linkOpened(machine, peer, now) {
    const link = machine.link(peer);
    if (link === null || link.isOpen) return;
    link.state = "open";
    link.openedAt = now.monotonic;
    if (link.isOurs) {
        machine.setUpsMs = [...machine.setUpsMs.slice(-7), now.monotonic - link.since];
        machine.setUpsFailed = 0;
    }
    link.lastHeard = now.monotonic;
    link.neededAt = now.monotonic;
    sendAlive(machine, link, now);
    settle(machine, now);
}

/**
 * See `PeerMachine.closed`.
 * @param {PeerState} machine
 * @param {string} peer
 * @param {PeerTime} now
 * @param {string | null} fault
 */
export function linkClosed(machine, peer, now, fault) {
    const link = machine.link(peer);
    if (link === null) return;
    if (fault !== null) {
        machine.counters.badPieces += 1;
        machine.condemn(peer, fault, now);
    } else {
        const { isOpen } = link;
        machine.remove(link);
        forget(machine, peer, isOpen ? "closed" : "unreachable", now);
    }
    settle(machine, now);
}

/**
 * See `PeerMachine.buffered`.
 * @param {PeerState} machine
 * @param {string} peer
 * @param {number} bytes
 * @param {PeerTime} now
 */
export function linkBuffered(machine, peer, bytes, now) {
    const link = machine.link(peer);
    if (link === null) return;
    const isTaking = bytes < link.buffered || bytes === 0;
    machine.uplink.carried(link.buffered - bytes);
    link.buffered = bytes;
    link.stuckSince = isTaking ? null : (link.stuckSince ?? now.monotonic);
    pump(machine, link, now);
}

/**
 * See `PeerMachine.received`.
 * @param {PeerState} machine
 * @param {Uint8Array} bytes
 * @param {string} peer
 * @param {PeerTime} now
 */
export function received(machine, bytes, peer, now) {
    const link = machine.openLink(peer);
    if (link === null) return;
    link.lastHeard = now.monotonic;
    let message;
    try {
        message = parsePeerMessage(bytes);
    } catch (error) {
        machine.counters.badPieces += 1;
        machine.condemn(peer, `garbage: ${/** @type {Error} */ (error).message}`, now);
        return;
    }
    switch (message?.kind) {
        case "subscribe":
            return subscribed(machine, link, message.stripe, message.from, now);
        case "unsubscribe":
            if (tolerate(machine, link, "wish", now)) link.child.unsubscribe(message.stripe, message.from);
            return;
        case "request":
            return requested(machine, link, message.stripe, message.sequence, message.indices, now);
        case "initSegment":
            machine.counters.overheadBytes += bytes.length;
            if (machine.hash(message.bytes) !== message.hash) {
                return accuse(machine, peer, "an init with a wrong hash", now);
            }
            return takeInit(machine, message.hash, message.bytes, peer, now);
        case "manifest":
            return takeManifest(machine, message.signed, peer, now);
        case "piece":
            return takePiece(machine, message.bytes, message.index, message.sequence, peer, now);
        case "alive":
            return heardAlive(machine, link, message.head, message.starving, now);
        case "refuse":
            return refused(machine, message.stripe, peer, now);
        case "bye":
            return heardBye(machine, link);
        case "relay":
            return relayed(machine, link, message, now);
        default:
    }
}

/**
 * False when the neighbour has done so too often, and is condemned for it.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {import("./Conduct.js").Nuisance} nuisance
 * @param {PeerTime} now
 * @returns {boolean}
 */
export function tolerate(machine, link, nuisance, now) {
    if (link.conduct.tolerate(nuisance, now.monotonic)) return true;
    machine.counters.badPieces += 1;
    machine.condemn(link.peer, `too many messages (${nuisance})`, now);
    return false;
}

/**
 * A sign of life has come.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {number} head
 * @param {number} starving
 * @param {PeerTime} now
 */
function heardAlive(machine, link, head, starving, now) {
    if (!tolerate(machine, link, "alive", now)) return;
    link.head = Math.max(link.head, head);
    link.noteStarving(starving, now.monotonic);
}

/**
 * A neighbour leaves.
 * @param {PeerState} machine
 * @param {Link} link
 */
function heardBye(machine, link) {
    if (link.isLeaving) return;
    link.isLeaving = true;
    for (const { primary, stripe } of machine.intakes) {
        // It goes on for a moment: the tracker's next parent can take over before it stops.
        if (primary === link.peer) machine.act({ kind: "reportLost", stripe, peer: link.peer, reason: "bye" });
    }
}

/**
 * Passes a signal on between a child and the parent of a stripe, or takes it.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {{ direction: import("../wire/PeerMessage.js").Direction, peer: string, signal: Uint8Array }} message
 * @param {PeerTime} now
 */
function relayed(machine, link, { direction, peer: other, signal }, now) {
    if (!tolerate(machine, link, "relay", now)) return;
    const isFromChild = link.child.isSubscribed;
    const otherLink = machine.link(other);
    if (direction === "to") {
        const isForChild = otherLink?.child.isSubscribed ?? false;
        if ((isFromChild && isPrimary(machine, other)) || (isPrimary(machine, link.peer) && isForChild)) {
            encodedSend(machine, { kind: "relay", direction: "from", peer: link.peer, signal }, other, now);
        }
        return;
    }
    // An offer that a child passes on, the answer to one of ours, or a candidate of either.
    if (otherLink?.relay === link.peer || (isFromChild && otherLink === null)) {
        machine.act({ kind: "signal", from: other, relay: link.peer, bytes: signal });
    }
}

/** @type {(machine: PeerState, peer: string) => boolean} */
const isPrimary = (machine, peer) => machine.intakes.some((intake) => intake.primary === peer);

/**
 * Offers a link.
 * @param {PeerState} machine
 * @param {string} peer
 * @param {string | null} relay
 * @param {PeerTime} now
 */
export function connect(machine, peer, relay, now) {
    if (machine.link(peer) !== null || peer === machine.id || machine.isBanned(peer, now) || machine.isLeaving) return;
    if (!hasRoomForLink(machine, now)) return;
    machine.links.push(new Link(peer, true, relay, now.monotonic));
    machine.act({ kind: "connect", peer, relay });
}

/**
 * Whether one more link is allowed; the one that has been idle for longest is closed for it. False when all are in use.
 * @param {PeerState} machine
 * @param {PeerTime} now
 * @returns {boolean}
 */
function hasRoomForLink(machine, now) {
    if (machine.links.length < PeerConfiguration.linksMax) return true;
    const idle = machine.links.filter((link) => !isNeeded(machine, link.peer) && !link.child.isSubscribed);
    if (idle.length === 0) return false;
    const oldest = idle.reduce((found, link) => (link.lastSent < found.lastSent ? link : found));
    machine.close(oldest.peer, "to make room", "closed", now);
    return true;
}

/**
 * This side has a use for the link.
 * @param {PeerState} machine
 * @param {string} peer
 * @returns {boolean}
 */
export function isNeeded(machine, peer) {
    const isSource = machine.intakes.some(
        ({ assignment, primary, rescue }) =>
            primary === peer || rescue === peer || assignment?.source === peer || assignment?.grandparent === peer,
    );
    return isSource || machine.children.some((child) => child.peer === peer);
}

/**
 * Drops the dead, the stuck, and links that nobody needs; makes those to grandparents.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function tendLinks(machine, now) {
    for (const link of machine.links) tendLink(machine, link, now);
    for (const intake of machine.intakes) {
        const parent = peerOf(intake.primary);
        const grandparent = intake.assignment?.grandparent ?? null;
        if (parent === null || intake.assignment?.source !== parent || grandparent === null) continue;
        const open = machine.openLink(parent);
        if (open === null || machine.link(grandparent) !== null) continue;
        if (millisecondsSince(now, open.openedAt) <= PeerConfiguration.grandparentMs) continue;
        if (!isPast(now, intake.grandparentNotBefore)) continue;
        intake.grandparentNotBefore = now.monotonic + grandparentPauseMs;
        connect(machine, grandparent, parent, now);
    }
}

/** How much longer an offer of somebody else's may take, in milliseconds. */
const othersMs = 400;

/**
 * How long a link may take to come about, judged by those that did.
 * @param {PeerState} machine
 */
function longestSetUpMs(machine) {
    const { connectLeastMs, connectMs } = PeerConfiguration;
    if (machine.setUpsMs.length < 3) return connectMs;
    const limitMs = Math.max(2 * Math.max(...machine.setUpsMs), connectLeastMs);
    // Some pairs never connect. But when several fail in a row, perhaps they had too little time.
    return Math.min(limitMs + (Math.max(0, machine.setUpsFailed - 1) * limitMs) / 2, connectMs);
}

/**
 * Looks after one link.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {PeerTime} now
 */
function tendLink(machine, link, now) {
    const { idleLinkMs, neighbourSilenceMs, parentSilenceMs } = PeerConfiguration;
    const { peer } = link;
    const silence = now.monotonic - link.lastHeard;
    // Who has not sent anything yet may not know that it is a parent: how long that may last, the ladder knows.
    const isParent = machine.intakes.some((intake) => intake.primary === peer && intake.primaryDelivers);
    if (!link.isOpen) {
        // Who offered decides; the other side gives it a little longer.
        const limitMs = longestSetUpMs(machine) + (link.isOurs ? 0 : othersMs);
        if (now.monotonic - link.since <= limitMs) return;
        if (link.isOurs) machine.setUpsFailed += 1;
        machine.close(peer, "no connection in time", "unreachable", now);
    } else if (silence > (isParent ? parentSilenceMs : neighbourSilenceMs)) {
        machine.close(peer, "silent", "silent", now);
    } else if (now.monotonic - (link.stuckSince ?? now.monotonic) > Link.stuckMs) {
        machine.close(peer, "takes nothing", "closed", now);
    } else if (isNeeded(machine, peer) || link.child.isSubscribed) {
        link.neededAt = now.monotonic;
    } else if (link.isOurs && now.monotonic - link.neededAt > idleLinkMs) {
        machine.close(peer, "no longer needed", "closed", now);
    }
}
