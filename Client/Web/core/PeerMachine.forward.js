// @ts-check
import { settle, firstMissing } from "./PeerMachine.intake.js";
import { PeerConfiguration } from "./PeerConfiguration.js";
import { forwardReasons, isPast, millisecondsSince } from "./PeerTime.js";

/**
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 */

/** How long a connection that carries a stripe too many goes on, in milliseconds: the others often follow. */
const tooManyMs = 500;

/**
 * See `PeerMachine.forwardOpened`.
 * @param {PeerState} machine
 */
export function forwardOpened(machine) {
    machine.forward.isOpen = true;
    machine.inits.forget("forward");
}

/**
 * See `PeerMachine.forwardClosed`.
 * @param {PeerState} machine
 */
export function forwardClosed(machine) {
    machine.forward.isOpen = false;
}

/**
 * See `PeerMachine.forwardRefused`.
 * @param {PeerState} machine
 * @param {number} retryMs
 * @param {PeerTime} now
 */
export function forwardRefused(machine, retryMs, now) {
    const { forward } = machine;
    forward.isOpen = false;
    forward.refusedUntil = now.monotonic + Math.min(Math.max(retryMs, PeerConfiguration.forwardRetryMs), 10_000);
    if (forward.reason === "root") forward.rootRefusedUntil = forward.refusedUntil;
    forward.stripes = [];
    for (const intake of machine.intakes) {
        if (intake.rescue === "forward") {
            intake.rescue = null;
            intake.triedHelpers = [];
        }
        // It was a root, and is none any more.
        if (intake.primary === "forward" && intake.assignment?.source !== "forward") {
            intake.primary = null;
            intake.primaryDelivers = false;
            intake.brokenSince = now.monotonic;
        }
    }
    settle(machine, now);
}

/**
 * See `PeerMachine.forwardHead`.
 * @param {PeerState} machine
 * @returns {number}
 */
export function forwardHead(machine) {
    const heads = machine.intakes.filter((intake) => intake.needsForward).map((intake) => intake.completeHead);
    return heads.length > 0 ? Math.min(...heads) : 0;
}

/**
 * See `PeerMachine.forwardFrom`.
 * @param {PeerState} machine
 * @returns {number | null}
 */
export function forwardFrom(machine) {
    const wanted = machine.forward.stripes.flatMap((stripe) => firstMissing(machine, stripe) ?? []);
    return wanted.length > 0 ? Math.min(...wanted) : null;
}

/**
 * Asks for another set of stripes when it has changed.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function useForward(machine, now) {
    const { forward } = machine;
    const needed = machine.intakes.filter((intake) => intake.needsForward);
    const stripes = needed.map((intake) => intake.stripe);
    if (stripes.length === forward.stripes.length && stripes.every((stripe) => forward.stripes.includes(stripe))) {
        forward.tooManySince = null;
        return;
    }
    if (stripes.length > 0 && stripes.every((stripe) => forward.stripes.includes(stripe))) {
        forward.tooManySince ??= now.monotonic;
        if (millisecondsSince(now, forward.tooManySince) < tooManyMs) return;
    }
    // That there is no room for more does not keep a root from what is its own.
    const isRoots = needed.every((intake) => intake.primary === "forward" && intake.rescue !== "forward");
    const refusedUntil = isRoots ? forward.rootRefusedUntil : forward.refusedUntil;
    if (stripes.length > 0 && !isPast(now, refusedUntil)) return;
    forward.tooManySince = null;
    forward.stripes = stripes;
    if (stripes.length === 0) forward.isOpen = false;
    // The weakest claim of those that are none of a root's: with it the forward counts what is not a root's.
    const reasons = needed.map((intake) => (intake.primary === "forward" ? "root" : intake.rescueReason));
    forward.reason = forwardReasons.find((reason) => reason !== "root" && reasons.includes(reason)) ?? "root";
    machine.act({ kind: "takeFromForward", stripes, from: forwardFrom(machine), why: forward.reason });
}
