// @ts-check

/**
 * What a tracker says, other than about the place as a whole. `ended`: the swarm is over because the stream is.
 * @typedef {{ kind: "parent", parent: import("../wire/PeerPlace.js").ParentDescription }
 *   | { kind: "child" | "drop", child: import("../wire/PeerPlace.js").ChildDescription }
 *   | { kind: "signal", from: string, signal: import("../wire/LinkSignal.js").LinkSignal }
 *   | { kind: "forwards", forwards: string[] }
 *   | { kind: "ended" }} TrackerEvent
 */

/**
 * What an event means for who takes part in the swarm; null when only the place at the tracker is concerned.
 * @param {import("../wire/PeerEvent.js").PeerEvent} event
 * @returns {TrackerEvent | null}
 */
export function trackerEventOf(event) {
    switch (event.name) {
        case "parent":
            return { kind: "parent", parent: event.parent };
        case "child":
        case "drop":
            return { kind: event.name, child: event.child };
        case "signal":
            return { kind: "signal", from: event.from, signal: event.signal };
        case "forward":
            return { kind: "forwards", forwards: event.forwards };
        case "bye":
            return event.reason === "ended" ? { kind: "ended" } : null;
        default:
            return null;
    }
}
