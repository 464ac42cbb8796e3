// @ts-check
import { peerOf } from "../core/PeerTime.js";

/** @typedef {import("./PeerSession.js").PeerSession} PeerSession */

/** Counters of a `PeerMachine` that go on over sessions. */
const counterNames = /** @type {const} */ ([
    "bytesFromPeers", "bytesFromForwards", "bytesUseless", "overheadBytes", "uploadBytes", "badPieces", "repairs",
    "repairMs", "piecesRequested", "dropsForChildren",
]);

/** @typedef {Record<typeof counterNames[number], number>} SessionCounters */

/**
 * The sum of counters, field by field.
 * @param {SessionCounters[]} all
 * @returns {SessionCounters}
 */
export function sumOfCounters(all) {
    const sums = counterNames.map((name) => [name, all.reduce((total, each) => total + each[name], 0)]);
    return /** @type {SessionCounters} */ (Object.fromEntries(sums));
}

/**
 * What an engine has measured, by the names of the contract (PROTOCOL.md §12).
 * @param {string} stream
 * @param {import("./Playback.js").Playback} playback
 * @param {PeerSession | null} session
 * @param {SessionCounters} past of sessions that are over
 * @returns {import("./EngineMessages.js").EngineStatistics}
 */
export function sessionStatistics(stream, playback, session, past) {
    const played = playback.buffer.countersAt(playback.clock.now, session?.isFed ?? true);
    const counters = sumOfCounters(session === null ? [past] : [past, session.machine.counters]);
    const bytes = counters.bytesFromPeers + counters.bytesFromForwards;
    const good = Math.max(0, played.onTime - playback.unplayable);
    return {
        stream,
        sequence: playback.lastReleased,
        ...counters,
        offload: bytes > 0 ? counters.bytesFromPeers / bytes : 0,
        chunksDue: played.due,
        chunksOnTime: played.onTime,
        chunksLate: played.late,
        chunksMissing: played.missing,
        chunksSkipped: played.skipped,
        chunksUnplayable: playback.unplayable,
        continuity: played.due > 0 ? good / played.due : 0,
        publisherGapMs: Math.round(played.publisherGapMs),
        arrivalMs: playback.arrival.percentiles(),
        clockErrorMs: playback.clock.errorMs,
        mediaBytes: playback.mediaBytes,
        ...placeOf(session),
    };
}

/**
 * Where a viewer is in its swarm.
 * @param {PeerSession | null} session
 */
function placeOf(session) {
    if (session === null) {
        return { peer: null, parents: [], children: 0, capacity: 0, depth: 0, links: 0, forward: null, tracker: null,
            reconnects: 0, neighbours: [] };
    }
    const { feed, machine } = session;
    const { capacity, children, links, stripes } = machine.snapshot;
    return {
        peer: machine.id,
        parents: stripes.flatMap(({ primary }, stripe) => {
            const peer = peerOf(primary);
            const parent = peer !== null ? { peer } : primary === "forward" ? { forward: feed.forward } : null;
            return parent === null ? [] : [{ stripe, ...parent }];
        }),
        children: children.length,
        capacity,
        depth: Math.max(0, ...stripes.map(({ depth }) => depth)),
        links,
        forward: feed.forward,
        tracker: session.tracker?.tracker ?? null,
        reconnects: feed.reconnects,
        neighbours: neighboursOf(session),
    };
}

/**
 * Who sends and gets what, link by link.
 * @param {PeerSession} session
 */
function neighboursOf({ links, machine }) {
    const open = [...(links?.entries.values() ?? [])].filter(({ isOpen }) => isOpen);
    return open.map(({ bytesIn, bytesOut, link, peer }) => {
        const stripes = machine.intakes.flatMap(({ primary, rescue, stripe }) =>
            primary === peer || rescue === peer ? [stripe] : []);
        const subscriptions = machine.link(peer)?.child.subscriptions ?? [];
        const feeds = subscriptions.flatMap(({ stripe, until }) => (until === null ? [stripe] : []));
        const isParent = stripes.length > 0;
        const isChild = feeds.length > 0;
        const relation = isParent && isChild ? "both" : isParent ? "parent" : isChild ? "child" : "idle";
        return { peer, link, relation, stripes, feeds, bytesIn, bytesOut, roundTripMs: null, kind: null };
    });
}
