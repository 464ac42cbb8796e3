// @ts-check
import { encodedSend } from "./PeerMachine.children.js";
import { forwardClosed, forwardFrom, forwardHead, forwardOpened, forwardRefused } from "./PeerMachine.forward.js";
import { linkBuffered, linkClosed, linkOffered, linkOpened, received } from "./PeerMachine.links.js";
import { takeChunk, takeInit, takeManifest, takePiece } from "./PeerMachine.media.js";
import { tick } from "./PeerMachine.tick.js";
import { addChild, assign, dropChild, leave, liveOffForwards, place } from "./PeerMachine.tracker.js";
import { PeerState } from "./PeerState.js";
import { UplinkMeter } from "./UplinkMeter.js";
import { UploadBudget } from "./UploadBudget.js";

/**
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("../wire/SignedManifest.js").SignedManifest} SignedManifest
 * @typedef {import("../wire/PeerPlace.js").ChildDescription} ChildDescription
 */

/**
 * One viewer of a swarm: who sends it what, what it passes on to whom, and what it does when anything of that fails. A
 * pure machine: whatever happens is a call with the time, and what is to be done about it comes out of `takeActions`.
 *
 * Each stripe comes from one *primary*: the parent that the tracker assigned, or a forward. While there is none, or
 * none that delivers, a *rescue* helps out: at once another neighbour, then the grandparent, and a forward when the
 * buffer runs low. See docs/ARCHITECTURE.md, "A parent falls silent".
 */
export class PeerMachine extends PeerState {
    // What the tracker says.

    /**
     * The tracker gave this viewer its id.
     * @param {string} id that the tracker gave this viewer
     */
    join(id) {
        this.id = id;
    }

    /**
     * All that the tracker wants, after joining or a gap in its events.
     * @param {import("./PeerTime.js").Assignment[]} assignments
     * @param {ChildDescription[]} children
     * @param {PeerTime} now
     */
    place(assignments, children, now) {
        place(this, assignments, children, now);
    }

    /**
     * Somebody else is to send a stripe. The old parent goes on until the new one delivers.
     * @param {import("./PeerTime.js").Assignment} assignment
     * @param {PeerTime} now
     */
    assign(assignment, now) {
        assign(this, assignment, now);
    }

    /**
     * The tracker is not reachable and the forward is all there is: every stripe from there.
     * @param {PeerTime} now
     */
    liveOffForwards(now) {
        liveOffForwards(this, now);
    }

    /**
     * A viewer is to be fed.
     * @param {ChildDescription} child
     */
    addChild(child) {
        addChild(this, child);
    }

    /**
     * A viewer has another parent now. It is fed until it says so itself, or for another 5 s.
     * @param {ChildDescription} child
     * @param {PeerTime} now
     */
    dropChild(child, now) {
        dropChild(this, child, now);
    }

    /**
     * The viewer gives more, or less, or nothing from now on. Children that are too many are fed until the tracker has
     * found them other parents.
     * @param {number | null} bytesPerSecond that may be sent to others; null for what the uplink carries
     */
    setUpload(bytesPerSecond) {
        const { capacityMax } = this.configuration;
        this.uplink = new UplinkMeter({ limitBytesPerSecond: bytesPerSecond, childrenMax: capacityMax });
        if (bytesPerSecond !== 0) this.budget = new UploadBudget(bytesPerSecond);
    }

    /**
     * Says good-bye to everybody.
     * @param {PeerTime} now
     */
    leave(now) {
        leave(this, now);
    }

    // What links bring.

    /**
     * Somebody offers a link. True when it is to be answered.
     * @param {string} peer
     * @param {string | null} relay the neighbour that passed it on; null for the tracker
     * @param {PeerTime} now
     * @returns {boolean}
     */
    offered(peer, relay, now) {
        return linkOffered(this, peer, relay, now);
    }

    /**
     * A link is up: messages can be sent.
     * @param {string} peer
     * @param {PeerTime} now
     */
    opened(peer, now) {
        linkOpened(this, peer, now);
    }

    /**
     * A link has ended, or did not come about.
     * @param {string} peer
     * @param {PeerTime} now
     * @param {string | null} fault what the peer did to it that no honest one does
     */
    closed(peer, now, fault = null) {
        linkClosed(this, peer, now, fault);
    }

    /**
     * How many bytes that were sent over a link are not acknowledged yet.
     * @param {string} peer
     * @param {number} bytes
     * @param {PeerTime} now
     */
    buffered(peer, bytes, now) {
        linkBuffered(this, peer, bytes, now);
    }

    /**
     * A whole message has come.
     * @param {Uint8Array} bytes are kept, not copied
     * @param {string} peer
     * @param {PeerTime} now
     */
    received(bytes, peer, now) {
        received(this, bytes, peer, now);
    }

    /**
     * Sends a signal to a viewer through a neighbour.
     * @param {Uint8Array} signal
     * @param {string} peer
     * @param {string} relay
     * @param {PeerTime} now
     */
    relay(signal, peer, relay, now) {
        encodedSend(this, { kind: "relay", direction: "to", peer, signal }, relay, now);
    }

    // What the forward brings.

    /** The forward sends (again). */
    forwardOpened() {
        forwardOpened(this);
    }

    /** The connection is down; whoever keeps it makes another. */
    forwardClosed() {
        forwardClosed(this);
    }

    /**
     * The forward has no room for this viewer's reason until `retryMs` from now.
     * @param {number} retryMs
     * @param {PeerTime} now
     */
    forwardRefused(retryMs, now) {
        forwardRefused(this, retryMs, now);
    }

    /** Up to which chunk all stripes that come from the forward are complete: while it rises, the forward delivers. */
    get forwardHead() {
        return forwardHead(this);
    }

    /** Where a connection that is made anew begins; null for the newest keyframe. */
    get forwardFrom() {
        return forwardFrom(this);
    }

    /**
     * A signed manifest has come from a forward.
     * @param {SignedManifest} signed
     * @param {PeerTime} now
     */
    takeManifestFromForward(signed, now) {
        takeManifest(this, signed, "forward", now);
    }

    /**
     * A piece has come from a forward.
     * @param {Uint8Array} piece
     * @param {number} index
     * @param {number} sequence
     * @param {PeerTime} now
     */
    takePieceFromForward(piece, index, sequence, now) {
        takePiece(this, piece, index, sequence, "forward", now);
    }

    /**
     * A whole chunk has come from a forward, after its manifests: only what is missing of it is of use.
     * @param {Uint8Array} bytes
     * @param {number} sequence
     * @param {PeerTime} now
     */
    takeChunkFromForward(bytes, sequence, now) {
        takeChunk(this, bytes, sequence, now);
    }

    /**
     * An init segment has come from a forward, its hash checked.
     * @param {string} hash
     * @param {Uint8Array} bytes
     * @param {PeerTime} now
     */
    takeInitFromForward(hash, bytes, now) {
        takeInit(this, hash, bytes, "forward", now);
    }

    // Time and play.

    /**
     * To be called every `PeerConfiguration.tickMs`.
     * @param {PeerTime} now
     */
    tick(now) {
        tick(this, now);
    }

    /**
     * The player has released or given up everything up to `sequence`.
     * @param {number} sequence
     */
    noteReleased(sequence) {
        this.played = Math.max(this.played, sequence);
    }

    /**
     * The coordinate says that this chunk exists: if it does not come soon, silence is not the publisher's.
     * @param {number} sequence
     * @param {PeerTime} now
     */
    noteSequence(sequence, now) {
        if (sequence <= Math.max(this.sequenceTold, this.store.newest)) return;
        // The first one of several that do not come counts.
        if (this.sequenceTold <= this.store.newest) this.toldAt = now.monotonic;
        this.sequenceTold = sequence;
    }

    // How things are.

    /** How many children this viewer can feed now, 0 … 8. When it falls the tracker must hear of it at once. */
    get capacity() {
        return this.uplink.capacity;
    }

    /** What the tracker has assigned, as far as it is in force. */
    get assignments() {
        return this.intakes.flatMap(({ assignment, primary }) =>
            assignment === null ? [] : [{ ...assignment, source: primary ?? assignment.source }],
        );
    }

    /** Neighbours with an open link. */
    get openPeers() {
        return this.links.filter((link) => link.isOpen).map((link) => link.peer);
    }

    /** Who sends each stripe now, and who is fed. */
    get snapshot() {
        return {
            stripes: this.intakes.map(({ assignment, primary, rescue }) => ({
                primary: primary ?? rescue,
                rescue,
                depth: assignment?.depth ?? 0,
            })),
            children: this.links.flatMap(({ child, peer }) =>
                child.subscriptions.filter(({ until }) => until === null).map(({ stripe }) => ({ stripe, peer })),
            ),
            capacity: this.uplink.capacity,
            carriedBytesPerSecond: this.uplink.carriedBytesPerSecond,
            links: this.openPeers.length,
            newest: this.store.newest,
            storedBytes: this.store.reservedBytes,
        };
    }
}
