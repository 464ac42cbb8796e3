// @ts-check
import { PeerMessageLimits } from "../wire/PeerMessage.js";
import { Intake } from "./Intake.js";
import { Link } from "./Link.js";
import { PeerConfiguration } from "./PeerConfiguration.js";
import { encodedSend, pump, refuse, sendAlive, starvingStripes } from "./PeerMachine.children.js";
import { dealtWith, settle } from "./PeerMachine.intake.js";
import { isNeeded, tendLinks } from "./PeerMachine.links.js";
import { updateCompleteHead } from "./PeerMachine.media.js";
import { judgeUplink, stripeBytesPerSecond } from "./PeerMachine.uplink.js";
import { millisecondsSince, peerOf } from "./PeerTime.js";

/**
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./StoredChunk.js").StoredChunk} StoredChunk
 */

/** Most chunks looked after in one tick. */
const holesMax = 8;

/**
 * See `PeerMachine.tick`.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function tick(machine, now) {
    const { configuration, store } = machine;
    const isLate = now.monotonic - (machine.lastTick ?? now.monotonic) > PeerConfiguration.lateTickMs;
    machine.lastTick = now.monotonic;
    machine.budget.refill(now.monotonic);
    const newest = store.newestPublishedAt;
    if (newest !== null) {
        store.forgetPublishedBefore(newest - configuration.bufferMs - PeerConfiguration.windowExtraMs);
    }
    const halfSecond = stripeBytesPerSecond(machine) / 2;
    machine.linkBufferedMax = Math.min(Math.max(Link.bufferedLeast, halfSecond), Link.bufferedMost);
    if (isLate) forgive(machine, now);
    tendLinks(machine, now);
    for (const intake of machine.intakes) {
        updateCompleteHead(machine, intake.stripe);
        judgePrimary(machine, intake, now);
        fillHoles(machine, intake, now);
    }
    settle(machine, now);
    serve(machine, now);
    judgeUplink(machine, now);
}

/**
 * This process stood still: what did not come, and did not go, meanwhile is nobody's fault.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
function forgive(machine, now) {
    for (const link of machine.links) {
        link.lastHeard = Math.max(link.lastHeard, now.monotonic);
        link.backlog.clear();
    }
    for (const intake of machine.intakes) {
        intake.ladder.forgive();
        intake.excuse(machine.store.newest);
        if (!intake.primaryDelivers) intake.primarySince = now.monotonic;
    }
    machine.uplink.interrupt();
}

/**
 * Signs of life, and a turn for each child.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
function serve(machine, now) {
    const { aliveMs, idleAliveMs, tickMs } = PeerConfiguration;
    const { links } = machine;
    if (links.length === 0) return;
    machine.turn = (machine.turn + 1) % links.length;
    const starving = starvingStripes(machine, now);
    const dismissed = [];
    for (const link of [...links.slice(machine.turn), ...links.slice(0, machine.turn)]) {
        if (!link.isOpen) continue;
        for (const stripe of link.child.expire(machine.store.newest, now.monotonic)) {
            refuse(machine, link, stripe, "full", now);
            dismissed.push(link);
        }
        pump(machine, link, now);
        const pause = link.child.isSubscribed ? aliveMs : idleAliveMs;
        // Half a tick early rather than late; and when there is news, whatever else is being sent.
        const isTime = now.monotonic - link.lastSent >= pause - tickMs / 2;
        if (isTime || starving !== link.starvingTold) sendAlive(machine, link, now);
    }
    for (const link of dismissed) {
        if (isNeeded(machine, link.peer) || link.child.isSubscribed) continue;
        machine.close(link.peer, "no child any more", "closed", now);
    }
}

/**
 * Counts the chunks of which nothing has come from the primary when they are due. A forward may have sent them in its
 * place, again and again, so that nothing was ever missing for long. A primary that gets them late itself still passes
 * them on in time, and one that starves cannot help it.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 */
function judgePrimary(machine, intake, now) {
    const forgiven = (Intake.forgivenPerSecond * PeerConfiguration.tickMs) / 1_000;
    intake.withheld = Math.max(0, intake.withheld - forgiven);
    for (const chunk of machine.store.chunksFrom(intake.dueHead + 1)) {
        if (chunk.description.publishedAt + machine.configuration.bufferMs > now.wall) return;
        if (intake.due(chunk.sequence) || !intake.primaryDelivers || chunk.sequence < intake.primaryFrom) continue;
        const isStarving = machine.openLink(peerOf(intake.primary))?.isStarving(intake.stripe) ?? true;
        if (!isStarving) intake.withheld += 1;
    }
}

/**
 * Asks for what is missing among newer pieces: the parent first, then another neighbour, a forward when it is due soon.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {PeerTime} now
 */
function fillHoles(machine, intake, now) {
    const { head, stripe } = intake;
    const { bufferMs } = machine.configuration;
    const start = dealtWith(machine, stripe);
    if (head === 0 || start === 0) return;
    let looked = 0;
    for (const chunk of machine.store.chunksFrom(start + 1)) {
        if (chunk.sequence + 2 > head) return;
        if (chunk.isComplete(stripe)) continue;
        const dueMs = chunk.description.publishedAt + bufferMs - now.wall;
        const isDueSoon = dueMs < Math.min(PeerConfiguration.helperReserveMs, bufferMs / 2);
        // What is due in a moment is fetched, whoever may be on the way to send it.
        const isDue = dueMs < Math.min(PeerConfiguration.descendantReserveMs, bufferMs / 3) / 2;
        if (!isDue && intake.awaits(chunk.sequence, isDueSoon, machine.forward.isOpen, now)) continue;
        looked += 1;
        if (looked > holesMax) return;
        fillHole(machine, intake, chunk, now);
    }
}

/**
 * Takes the next step of repair for one chunk, if its time has come.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {StoredChunk} chunk
 * @param {PeerTime} now
 */
function fillHole(machine, intake, chunk, now) {
    const { bufferMs } = machine.configuration;
    const { stripe } = intake;
    const { at, step } = chunk.repairs[stripe];
    const dueMs = chunk.description.publishedAt + bufferMs - now.wall;
    if (dueMs <= 0) return;
    const isUrgent = dueMs < Math.min(PeerConfiguration.descendantReserveMs, bufferMs / 3);
    const indices = chunk.manifest(stripe) === null ? [] : chunk.missingPieces(stripe);
    if (step === 0) {
        machine.store.noteRepair(chunk.sequence, stripe, 1, now.monotonic);
        // One that the primary has not begun counts when it is due.
        const isBegun = chunk.sequence >= intake.primaryFrom && intake.sentByPrimary.has(chunk.sequence);
        if (intake.primaryDelivers && isBegun && chunk.sequence + 2 <= intake.primaryHead) intake.withheld += 1;
    } else if (step <= 3 && isUrgent) {
        fetchHole(machine, intake, chunk, indices, now);
    } else if (step <= 2 && millisecondsSince(now, at) >= PeerConfiguration.holeMs) {
        machine.store.noteRepair(chunk.sequence, stripe, step + 1, now.monotonic);
        askAround(machine, intake, step, chunk.sequence, indices, now);
    }
}

/**
 * Asks the sender of the stripe in the first step, another neighbour in the second.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {number} step
 * @param {number} sequence
 * @param {number[]} missing
 * @param {PeerTime} now
 */
function askAround(machine, intake, step, sequence, missing, now) {
    const { stripe } = intake;
    const sender = peerOf(intake.primary) ?? peerOf(intake.rescue);
    const others = [
        ...machine.intakes.filter((other) => other !== intake).map((other) => peerOf(other.primary)),
        ...machine.links.map((link) => link.peer),
    ];
    const isHelpful = (/** @type {string | null} */ peer) => machine.openLink(peer)?.isStarving(stripe) === false;
    const asked = step === 1 ? sender : others.find((peer) => peer !== sender && isHelpful(peer));
    if (asked === null || asked === undefined || machine.openLink(asked) === null) return;
    const indices = missing.slice(0, PeerMessageLimits.requestedPiecesMax);
    machine.counters.piecesRequested += Math.max(1, indices.length);
    encodedSend(machine, { kind: "request", stripe, sequence, indices }, asked, now);
}

/**
 * Gets what is missing of a chunk from a forward.
 * @param {PeerState} machine
 * @param {Intake} intake
 * @param {StoredChunk} chunk
 * @param {number[]} indices
 * @param {PeerTime} now
 */
function fetchHole(machine, intake, { sequence }, indices, now) {
    // When the forward is about to send the stripe anyway.
    if (intake.needsForward && machine.forward.isOpen) return;
    if (!machine.fetchTokens.tolerate("wish", now.monotonic)) return;
    machine.store.noteRepair(sequence, intake.stripe, 4, now.monotonic);
    machine.counters.piecesRequested += Math.max(1, indices.length);
    machine.act({ kind: "fetch", sequence, indices, why: intake.primary === null ? "owner" : "descendant" });
}
