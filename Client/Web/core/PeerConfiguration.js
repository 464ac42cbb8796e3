// @ts-check
import { UplinkMeter } from "./UplinkMeter.js";

/** How a viewer takes part. Lengths of time are in milliseconds. */
export class PeerConfiguration {
    /** @param {Partial<PeerConfiguration>} settings those that differ from the defaults */
    constructor(settings = {}) {
        /** Stripes of the stream. */
        this.stripes = 2;
        /** From publication to release. */
        this.bufferMs = 3_000;
        /** How long a chunk plays. */
        this.chunkMs = 200;
        /** Children that can be fed before anything is measured. */
        this.capacity = UplinkMeter.start;
        /** Children that are fed at most. */
        this.capacityMax = UplinkMeter.most;
        /**
         * Bytes a second that may be sent to other viewers; null for no limit.
         * @type {number | null}
         */
        this.uploadBytesPerSecond = null;
        Object.assign(this, settings);
    }

    /** Between two calls of `tick`. */
    static tickMs = 100;
    /** A tick that comes later than this after the one before says that the process itself stood still. */
    static lateTickMs = 200;
    /** Silence of a parent after which it is dead. */
    static parentSilenceMs = 600;
    /** Silence of any other neighbour after which it is dead. */
    static neighbourSilenceMs = 5_000;
    /** A parent that sent nothing for so long sends a sign of life. */
    static aliveMs = 200;
    /** Everybody else does after this time. */
    static idleAliveMs = 1_000;
    /** How long a link may take to come about at most, and at least, whatever the last ones took. */
    static connectMs = 2_500;
    /** See connectMs. */
    static connectLeastMs = 800;
    /** How long an adopted parent may take to send something. */
    static firstDataMs = 1_000;
    /** How far a new parent may be behind to be taken at once. */
    static lagAcceptedMs = 1_000;
    /** How long a better one is waited for. */
    static lagWaitMs = 3_000;
    /** How far a stripe may be behind the newest chunk known before its parent counts as stalled. */
    static stalledMs = 1_500;
    /** How long a parent may say that it starves itself. */
    static starvingMs = 4_000;
    /** After this time without progress the next helper is asked. */
    static nextHelperMs = 400;
    /** When less of the buffer is left, the owner of a broken link turns to a forward. */
    static ownerReserveMs = 2_500;
    /** When less is left, a descendant asks another viewer. */
    static helperReserveMs = 1_200;
    /** When less is left, a descendant turns to a forward. */
    static descendantReserveMs = 800;
    /** How long a hole among newer pieces is left to fill itself before the parent, and then others, are asked. */
    static holeMs = 300;
    /** How long a refused forward is left alone. */
    static forwardRetryMs = 1_000;
    /** Before a link to a grandparent is made. */
    static grandparentMs = 1_500;
    /** Before a link that nobody needs is closed. */
    static idleLinkMs = 3_000;
    /** Chunks are kept for the children so long beyond the own buffer. */
    static windowExtraMs = 4_000;
    /** Subscriptions by viewers that the tracker has not made children: in an emergency. */
    static guestsMax = 2;
    /** Links that one neighbour may have passed the offers of. */
    static relayedLinksMax = 4;
    /** How long a viewer that the tracker has given another parent is still fed. */
    static farewellMs = 5_000;
    /** A chunk that only the coordinate told of may be on its way for so long. */
    static toldMs = 1_500;
    /** Links at once; offers beyond are not accepted. */
    static linksMax = 24;
}
