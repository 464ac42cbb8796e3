// @ts-check
import { encodedSend } from "./PeerMachine.children.js";
import { settle } from "./PeerMachine.intake.js";
import { peerOf } from "./PeerTime.js";

/**
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./PeerTime.js").Assignment} Assignment
 * @typedef {import("../wire/PeerPlace.js").ChildDescription} ChildDescription
 */

/** Children that a tracker may give: more than ever make sense, but a bound. */
const childrenMax = 64;

/** @type {(one: ChildDescription, other: ChildDescription) => boolean} */
const isSameChild = (one, other) => one.stripe === other.stripe && one.peer === other.peer;

/**
 * See `PeerMachine.place`.
 * @param {PeerState} machine
 * @param {Assignment[]} assignments
 * @param {ChildDescription[]} children
 * @param {PeerTime} now
 */
export function place(machine, assignments, children, now) {
    for (const assignment of assignments) assign(machine, assignment, now);
    for (const old of machine.children) {
        if (!children.some((child) => isSameChild(child, old))) dropChild(machine, old, now);
    }
    for (const child of children) addChild(machine, child);
}

/**
 * See `PeerMachine.assign`.
 * @param {PeerState} machine
 * @param {Assignment} assignment
 * @param {PeerTime} now
 */
export function assign(machine, assignment, now) {
    const intake = machine.intakes[assignment.stripe];
    const peer = peerOf(assignment.source);
    if (intake === undefined || (peer !== null && peer === machine.id)) return;
    intake.assignment = assignment;
    intake.connectNotBefore = null;
    intake.waitsSince = null;
    settle(machine, now);
}

/**
 * See `PeerMachine.liveOffForwards`.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function liveOffForwards(machine, now) {
    for (const intake of machine.intakes) {
        intake.assignment ??= { stripe: intake.stripe, source: "forward", grandparent: null, depth: 0 };
    }
    settle(machine, now);
}

/**
 * See `PeerMachine.addChild`.
 * @param {PeerState} machine
 * @param {ChildDescription} child
 */
export function addChild(machine, child) {
    if (machine.intakes[child.stripe] === undefined || machine.children.length >= childrenMax) return;
    if (!machine.children.some((each) => isSameChild(each, child))) machine.children.push(child);
    machine.link(child.peer)?.child.assign(child.stripe);
}

/**
 * See `PeerMachine.dropChild`.
 * @param {PeerState} machine
 * @param {ChildDescription} child
 * @param {PeerTime} now
 */
export function dropChild(machine, child, now) {
    machine.children = machine.children.filter((each) => !isSameChild(each, child));
    machine.link(child.peer)?.child.drop(child.stripe, now.monotonic);
}

/**
 * See `PeerMachine.leave`.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function leave(machine, now) {
    machine.isLeaving = true;
    for (const link of machine.links) encodedSend(machine, { kind: "bye" }, link.peer, now);
}
