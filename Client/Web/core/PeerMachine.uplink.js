// @ts-check

/**
 * How many children can be fed.
 * @typedef {import("./PeerState.js").PeerState} PeerState
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./Link.js").Link} Link
 */

/** So many chunks must be here before they tell what a stripe takes. */
const chunksForRate = 10;

/**
 * What one child needs, in bytes a second, as the chunks of the window tell; 0 before there are some.
 * @param {PeerState} machine
 * @returns {number}
 */
export function stripeBytesPerSecond({ configuration, store }) {
    if (store.count < chunksForRate || configuration.chunkMs <= 0) return 0;
    return Math.floor((store.reservedBytes * 1_000) / (store.count * configuration.chunkMs * configuration.stripes));
}

/**
 * Looks at what waits for each child, and what follows for the capacity.
 * @param {PeerState} machine
 * @param {PeerTime} now
 */
export function judgeUplink(machine, now) {
    const rate = stripeBytesPerSecond(machine);
    const isHeldBack = !machine.budget.hasRoom;
    const view = { children: 0, links: 0, stuckLinks: 0, isHeldBack, waitingMs: 0, stripeBytesPerSecond: rate };
    for (const link of machine.links) {
        const count = link.child.subscriptions.filter(({ until }) => until === null).length;
        if (!link.isOpen || count === 0) {
            link.backlog.clear();
            continue;
        }
        link.backlog.note(waitingMs(machine, link, rate * count), now.monotonic);
        view.children += count;
        view.links += 1;
        view.stuckLinks += link.backlog.isStuck ? 1 : 0;
        view.waitingMs = Math.max(view.waitingMs, link.backlog.ms);
    }
    machine.uplink.look(view, now.monotonic);
}

/**
 * How much of the stream waits for a child, in its queue and in the link, in milliseconds.
 * @param {PeerState} machine
 * @param {Link} link
 * @param {number} bytesPerSecond that it needs
 */
function waitingMs({ configuration, store }, { buffered, child }, bytesPerSecond) {
    const { first, last } = child;
    const oldest = first === null ? null : store.chunk(first.sequence);
    const newest = last === null ? null : store.chunk(last.sequence);
    let ms = 0;
    if (oldest !== null && newest !== null) {
        ms = Math.max(0, newest.description.publishedAt - oldest.description.publishedAt) + configuration.chunkMs;
    }
    return bytesPerSecond > 0 ? ms + (buffered * 1_000) / bytesPerSecond : ms;
}
