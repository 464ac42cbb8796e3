// @ts-check
import { encodePeerMessage } from "../wire/PeerMessage.js";
import { InitShelf } from "./InitShelf.js";
import { PeerConfiguration } from "./PeerConfiguration.js";
import { dealtWith } from "./PeerMachine.intake.js";
import { tolerate } from "./PeerMachine.links.js";
import { accuse } from "./PeerMachine.media.js";
import { millisecondsSince, peerOf } from "./PeerTime.js";

/**
 * What is sent to neighbours.
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./Link.js").Link} Link
 * @typedef {import("./StoredChunk.js").StoredChunk} StoredChunk
 */

/** A child that is a whole buffer behind gets so much of what is newest, in milliseconds. */
const caughtUpMs = 500;

/** How much older than the newest chunk a keyframe may be to be sent to a newcomer, in milliseconds. */
const freshMs = 400;
/** What a piece takes to the child that plays it, in milliseconds. */
const onTheWayMs = 200;

/**
 * For how long chunks are of use to children, at least, in milliseconds.
 * @param {PeerState} machine
 */
const keepMs = (machine) => Math.max(machine.configuration.bufferMs, 3_000);

/**
 * A neighbour wants a stripe.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {number} stripe
 * @param {number} from
 * @param {PeerTime} now
 */
export function subscribed(machine, link, stripe, from, now) {
    if (!tolerate(machine, link, "subscription", now)) return;
    if (machine.intakes[stripe] === undefined) {
        return accuse(machine, link.peer, `there is no stripe ${stripe}`, now);
    }
    const isAssigned = machine.children.some((child) => child.stripe === stripe && child.peer === link.peer);
    if (machine.isLeaving) return refuse(machine, link, stripe, "leaving", now);
    if (!isAssigned && !admitsGuest(machine, link, stripe, now)) return refuse(machine, link, stripe, "full", now);
    const start = from > 0 ? from : firstForNewcomer(machine);
    link.child.subscribe(stripe, start, isAssigned);
    for (const chunk of machine.store.chunksFrom(start)) queue(chunk, stripe, link);
    pump(machine, link, now);
}

/**
 * Where a newcomer begins that has nothing: with the newest keyframe if that is fresh, else with what comes next. All
 * of an old group at once would take the upload from those who are here, and a forward gives it if it has room.
 * @param {PeerState} machine
 * @returns {number}
 */
function firstForNewcomer({ store }) {
    const keyframe = store.newestKeyframe;
    const newest = store.newestPublishedAt;
    if (newest === null || keyframe === null) return 0;
    return newest - keyframe.description.publishedAt <= freshMs ? keyframe.sequence : store.newest + 1;
}

/**
 * Says that a stripe is not served.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {number} stripe
 * @param {import("../wire/PeerMessage.js").Refusal} reason
 * @param {PeerTime} now
 */
export function refuse(machine, link, stripe, reason, now) {
    encodedSend(machine, { kind: "refuse", stripe, reason }, link.peer, now);
}

/**
 * In an emergency any viewer with upload to spare helps; never one that gets the stripe from the very asker.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {number} stripe
 * @param {PeerTime} now
 */
function admitsGuest(machine, link, stripe, now) {
    const { budget, uplink } = machine;
    if (uplink.capacity === 0 || uplink.isSettling(now.monotonic) || !budget.hasRoom) return false;
    if (machine.intakes[stripe].primary === link.peer) return false;
    const guests = machine.links.filter(
        (other) => other !== link && other.child.subscriptions.some((each) => !each.isAssigned && each.until === null),
    );
    return guests.length < PeerConfiguration.guestsMax;
}

/**
 * A neighbour wants pieces of one chunk.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {number} stripe
 * @param {number} sequence
 * @param {number[]} indices
 * @param {PeerTime} now
 */
export function requested(machine, link, stripe, sequence, indices, now) {
    for (let wish = 0; wish <= indices.length; wish += 8) if (!tolerate(machine, link, "wish", now)) return;
    if (machine.intakes[stripe] === undefined) return;
    const isChild = link.child.isSubscribed || machine.children.some((child) => child.peer === link.peer);
    if (!isChild && !admitsGuest(machine, link, stripe, now)) return refuse(machine, link, stripe, "full", now);
    const chunk = machine.store.chunk(sequence);
    if (chunk === null) return;
    if (indices.length === 0) queue(chunk, stripe, link);
    for (const index of indices) if (chunk.has(index)) link.child.push({ sequence, stripe, index });
    pump(machine, link, now);
}

/**
 * Puts what is here of a stripe of a chunk into a child's queue.
 * @param {StoredChunk} chunk
 * @param {number} stripe
 * @param {Link} link
 */
function queue(chunk, stripe, link) {
    const { sequence } = chunk;
    if (chunk.manifest(stripe) === null) return;
    link.child.push({ sequence, stripe, index: null });
    for (const index of chunk.presentPieces(stripe)) link.child.push({ sequence, stripe, index });
}

/**
 * Passes on what has just been verified.
 * @param {PeerState} machine
 * @param {import("./ChildQueue.js").QueueItem} item
 * @param {PeerTime} now
 */
export function offer(machine, item, now) {
    for (const link of machine.links) {
        if (!link.child.wants(item.stripe, item.sequence)) continue;
        link.child.push(item);
        pump(machine, link, now);
    }
}

/**
 * Sends a child what it waits for, as far as its link and the upload allow.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {PeerTime} now
 */
export function pump(machine, link, now) {
    const { budget, linkBufferedMax, store } = machine;
    if (!link.isOpen || link.child.first === null) return;
    budget.refill(now.monotonic);
    catchUp(machine, link);
    if (mustYield(machine, link)) return;
    // Of an upload that is not enough for all, each gets its share.
    const waiting = machine.links.filter((other) => other.child.first !== null).length;
    const floor = budget.floorAfterShareOf(Math.max(1, waiting));
    while (link.buffered < linkBufferedMax && budget.hasRoomAbove(floor)) {
        const item = link.child.popFirst();
        if (item === null) return;
        const chunk = store.chunk(item.sequence);
        if (chunk === null) continue;
        // After its time nobody plays it; a player that holds more back may, when there is upload to spare.
        const spareMs = link.buffered > linkBufferedMax / 2 ? -onTheWayMs : 1_000;
        const lifetimeMs = chunk.description.publishedAt + keepMs(machine) + spareMs - now.wall;
        if (lifetimeMs <= 0) {
            machine.counters.dropsForChildren += 1;
        } else if (item.index === null) {
            sendManifest(machine, link, chunk, item.stripe, lifetimeMs, now);
        } else {
            const bytes = chunk.piece(item.index);
            if (bytes === null) continue;
            const { index, sequence } = item;
            deliver(machine, link, encodePeerMessage({ kind: "piece", sequence, index, bytes }), lifetimeMs, now);
        }
    }
}

/**
 * Whether somebody waits for the upload who needs it more. While the tracker moves children, a parent has more of them
 * than it can feed: those that it is to keep come first, for the others wait only until these have what they pass on.
 * @param {PeerState} machine
 * @param {Link} link
 */
function mustYield(machine, link) {
    if (link.buffered === 0 || !link.child.isSubscribed) return false;
    const { rank } = link.child;
    return machine.links.some(
        ({ buffered, child }) => buffered >= machine.linkBufferedMax && child.first !== null && child.rank < rank,
    );
}

/**
 * A child that fell behind what is new gets the newest chunks; one that has only begun may catch up first.
 * @param {PeerState} machine
 * @param {Link} link
 */
function catchUp(machine, { child }) {
    const { store } = machine;
    const newest = store.newestPublishedAt;
    const waiting = child.first === null ? null : store.chunk(child.first.sequence);
    if (newest === null || waiting === null || newest - waiting.description.publishedAt <= keepMs(machine)) return;
    const cut = store.chunks.find(({ description }) => description.publishedAt > newest - caughtUpMs);
    const before = child.dropped;
    child.dropBefore(cut?.sequence ?? waiting.sequence);
    machine.counters.dropsForChildren += child.dropped - before;
}

/**
 * Sends a manifest, and before it the init that it names if the child may lack that.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {StoredChunk} chunk
 * @param {number} stripe
 * @param {number} lifetimeMs
 * @param {PeerTime} now
 */
function sendManifest(machine, link, chunk, stripe, lifetimeMs, now) {
    const signed = chunk.manifest(stripe);
    if (signed === null) return;
    const { initHash } = chunk.description;
    const init = link.initsSent.includes(initHash) ? null : machine.inits.bytes(initHash);
    // One that is too long for a link is taken from a forward.
    const message = init === null ? null : encodedOrNull({ kind: "initSegment", hash: initHash, bytes: init });
    if (message !== null) {
        link.initsSent.push(initHash);
        if (link.initsSent.length > InitShelf.namedMax) link.initsSent.shift();
        deliver(machine, link, message, null, now);
    }
    deliver(machine, link, encodePeerMessage({ kind: "manifest", signed }), lifetimeMs, now);
}

/**
 * The bytes of a message; null for one that every reader would refuse.
 * @param {import("../wire/PeerMessage.js").PeerMessage} message
 * @returns {Uint8Array | null}
 */
function encodedOrNull(message) {
    try {
        return encodePeerMessage(message);
    } catch {
        return null;
    }
}

/**
 * Hands a message to a link, and counts it.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {Uint8Array} bytes
 * @param {number | null} lifetimeMs
 * @param {PeerTime} now
 */
function deliver(machine, link, bytes, lifetimeMs, now) {
    link.buffered += bytes.length;
    link.lastSent = now.monotonic;
    machine.budget.spend(bytes.length);
    machine.counters.uploadBytes += bytes.length;
    machine.act({ kind: "send", peer: link.peer, bytes, lifetimeMs });
}

/**
 * Sends a message that is no media, if there is an open link.
 * @param {PeerState} machine
 * @param {import("../wire/PeerMessage.js").PeerMessage} message
 * @param {string} peer
 * @param {PeerTime} now
 */
export function encodedSend(machine, message, peer, now) {
    const link = machine.openLink(peer);
    const bytes = link === null ? null : encodedOrNull(message);
    if (link !== null && bytes !== null) deliver(machine, link, bytes, null, now);
}

/**
 * Sends a sign of life.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {PeerTime} now
 */
export function sendAlive(machine, link, now) {
    link.starvingTold = starvingStripes(machine, now);
    // What it has of every stripe: whoever is to get one of them here must not expect more.
    const head = Math.min(...machine.intakes.map((intake) => intake.head));
    encodedSend(machine, { kind: "alive", head, starving: link.starvingTold }, link.peer, now);
}

/**
 * Stripes that do not reach this viewer from where they should, bit by bit.
 * @param {PeerState} machine
 * @param {PeerTime} now
 * @returns {number}
 */
export function starvingStripes(machine, now) {
    let bits = 0;
    for (const intake of machine.intakes) if (isStarving(machine, intake, now)) bits |= 1 << (intake.stripe & 7);
    return bits;
}

/**
 * The stripe does not reach this viewer from where it should: nothing comes although there is something, whoever may be
 * to blame. Who feeds others must say so, or is blamed itself.
 * @param {PeerState} machine
 * @param {import("./Intake.js").Intake} intake
 * @param {PeerTime} now
 */
function isStarving(machine, intake, now) {
    const isIdle = millisecondsSince(now, intake.lastProgress) > PeerConfiguration.nextHelperMs;
    if (isIdle && machine.store.newest > dealtWith(machine, intake.stripe)) return true;
    if (intake.primary === null) return intake.rescue === null || isIdle;
    if (intake.primary === "forward") return !machine.forward.isOpen;
    return machine.openLink(peerOf(intake.primary))?.isStarving(intake.stripe) ?? true;
}
