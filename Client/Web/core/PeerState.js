// @ts-check
import { ChunkStore } from "./ChunkStore.js";
import { Conduct } from "./Conduct.js";
import { InitShelf } from "./InitShelf.js";
import { Intake } from "./Intake.js";
import { Link } from "./Link.js";
import { forget } from "./PeerMachine.intake.js";
import { UplinkMeter } from "./UplinkMeter.js";
import { UploadBudget } from "./UploadBudget.js";

/**
 * @typedef {import("./PeerTime.js").PeerTime} PeerTime
 * @typedef {import("./PeerTime.js").LossReason} LossReason
 * @typedef {import("./PeerTime.js").ForwardReason} ForwardReason
 * @typedef {import("../wire/SignedManifest.js").SignedManifest} SignedManifest
 * @typedef {import("../wire/PeerPlace.js").ChildDescription} ChildDescription
 * @typedef {import("./PeerAction.js").PeerAction} PeerAction
 */

/**
 * What a viewer knows: its links, who sends it what, whom it feeds, and what is to be done. The parts of the machine,
 * which are in `PeerMachine.*.js` as in Swift, work on it; `PeerMachine` is what others see of it.
 */
export class PeerState {
    /**
     * A viewer without anything.
     * @param {import("./PeerConfiguration.js").PeerConfiguration} configuration how it takes part
     * @param {import("./ChunkStore.js").Hash} hash the first 16 bytes of the SHA-256
     * @param {(signed: SignedManifest) => string | null} verify checks stream and signature of a manifest; what is
     *   wrong, or null. It may be replaced: the coordinate may get another key with a restart.
     */
    constructor(configuration, hash, verify) {
        this.configuration = configuration;
        this.hash = hash;
        this.verify = verify;
        /**
         * This viewer's id; null until the tracker gave one.
         * @type {string | null}
         */
        this.id = null;
        this.counters = {
            /** Bytes of pieces that came from viewers, whether of use or not. */
            bytesFromPeers: 0,
            /** Bytes of pieces that came from forwards, whether of use or not. */
            bytesFromForwards: 0,
            /** Of both, what was here already or could no longer be played. */
            bytesUseless: 0,
            /** Bytes of manifests, inits and headers that came. */
            overheadBytes: 0,
            /** Bytes of messages sent to viewers. */
            uploadBytes: 0,
            /** Pieces and manifests that no honest sender sends. */
            badPieces: 0,
            /** Parents lost and replaced. */
            repairs: 0,
            /** Milliseconds from the loss of a parent to the first data of the next one, summed. */
            repairMs: 0,
            /** Pieces asked for again, of viewers or forwards. */
            piecesRequested: 0,
            /** What children were sent too late, and therefore not at all. */
            dropsForChildren: 0,
        };
        this.store = new ChunkStore(hash);
        this.inits = new InitShelf();
        /** @type {Link[]} */
        this.links = [];
        this.intakes = Array.from({ length: configuration.stripes }, (_, stripe) => new Intake(stripe));
        /**
         * What the tracker wants us to feed.
         * @type {ChildDescription[]}
         */
        this.children = [];
        /** @type {{ peer: string, until: number }[]} */
        this.banned = [];
        this.budget = new UploadBudget(configuration.uploadBytesPerSecond);
        /** See `Link.bufferedLeast`. */
        this.linkBufferedMax = Link.bufferedLeast;
        this.uplink = new UplinkMeter({
            limitBytesPerSecond: configuration.uploadBytesPerSecond,
            start: configuration.capacity,
            childrenMax: configuration.capacityMax,
        });
        /** What is taken from a forward. */
        this.forward = {
            stripes: /** @type {number[]} */ ([]),
            reason: /** @type {ForwardReason} */ ("start"),
            isOpen: false,
            refusedUntil: /** @type {number | null} */ (null),
            rootRefusedUntil: /** @type {number | null} */ (null),
            /** A smaller set would do since then. */
            tooManySince: /** @type {number | null} */ (null),
        };
        /** The player is past this chunk. */
        /** @type {number[]} What the last links took to come about, in milliseconds. */
        this.setUpsMs = [];
        /** Links that did not come about, since one did. */
        this.setUpsFailed = 0;
        this.played = 0;
        /** The newest chunk that the coordinate told of. */
        this.sequenceTold = 0;
        /** @type {number | null} */
        this.toldAt = null;
        /** @type {number | null} */
        this.lastTick = null;
        this.isLeaving = false;
        this.turn = 0;
        this.fetchTokens = new Conduct();
        /** @type {PeerAction[]} */
        this.pending = [];
    }

    /**
     * What is to be done, in order; empty afterwards.
     * @returns {PeerAction[]}
     */
    takeActions() {
        const actions = this.pending;
        this.pending = [];
        return actions;
    }

    /**
     * Adds to what is to be done.
     * @param {PeerAction} action
     */
    act(action) {
        this.pending.push(action);
    }

    // Links by peer.

    /**
     * The link to a viewer, open or not.
     * @param {string} peer
     * @returns {Link | null}
     */
    link(peer) {
        return this.links.find((link) => link.peer === peer) ?? null;
    }

    /**
     * The open link to a viewer.
     * @param {string | null} peer
     * @returns {Link | null}
     */
    openLink(peer) {
        return this.links.find((link) => link.peer === peer && link.isOpen) ?? null;
    }

    /**
     * Whether a viewer broke the rules less than a minute ago.
     * @param {string} peer
     * @param {PeerTime} now
     */
    isBanned(peer, now) {
        return this.banned.some((ban) => ban.peer === peer && ban.until > now.monotonic);
    }

    /**
     * Takes a link out, and says nothing.
     * @param {Link} link
     */
    remove(link) {
        link.state = "closed";
        this.links = this.links.filter((each) => each !== link);
    }

    /**
     * Closes a link, whoever wanted it.
     * @param {string} peer
     * @param {string} reason
     * @param {LossReason} loss
     * @param {PeerTime} now
     */
    close(peer, reason, loss, now) {
        const link = this.link(peer);
        if (link === null) return;
        this.remove(link);
        this.act({ kind: "close", peer, reason });
        forget(this, peer, loss, now);
    }

    /**
     * Closes the link to a neighbour that broke the rules, and tells the tracker.
     * @param {string} peer
     * @param {string} reason
     * @param {PeerTime} now
     */
    condemn(peer, reason, now) {
        const link = this.link(peer);
        // Who is at the other end of a link that a neighbour brought about, only that neighbour says.
        if (link === null || link.relay === null || link.isOurs) {
            this.banned = this.banned.filter((ban) => ban.peer !== peer && ban.until > now.monotonic).slice(-63);
            this.banned.push({ peer, until: now.monotonic + 60_000 });
            this.act({ kind: "accuse", peer, reason });
        }
        this.close(peer, reason, "closed", now);
    }
}
