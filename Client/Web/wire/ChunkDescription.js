// @ts-check
import { checkedStreamName } from "./StreamName.js";
import { checked } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/** Marks of a chunk. Bits that this version does not know are kept, so that the signature still fits. */
export const ChunkFlags = Object.freeze({
    /** The chunk starts a group: a decoder can begin here. */
    keyframe: 1,
    /** The first chunk of a session, or after a jump of the media time. */
    discontinuity: 2,
});

/**
 * @typedef {object} ChunkFields
 * @property {string} stream the broadcast it belongs to
 * @property {number} sequence its number: 1 to 2^53 - 1, never going back within a stream
 * @property {number} previousSequence the number of the chunk before it, so that a gap in the numbers is told from a
 *   loss; 0 when there is none
 * @property {number} session the publisher connection: a number that rises with each session
 * @property {number} flags the byte on the wire, see `ChunkFlags`
 * @property {string} initHash names the init segment that decodes it
 * @property {number} publishedAt when the chunk closed, by the coordinate's clock, in milliseconds
 * @property {number} decodeTime media time of its first sample within the session, in 1/90,000 s
 * @property {number} duration how long it plays, in 1/90,000 s
 */

/** What the manifests of all stripes say alike about one chunk. */
export class ChunkDescription {
    /**
     * Checks and wraps a description. Throws `WireError`.
     * @param {ChunkFields} fields
     */
    constructor(fields) {
        const most = WireLimits.integerMax;
        this.stream = checkedStreamName(fields.stream);
        this.sequence = checked(fields.sequence, "sequence", 1, most);
        this.previousSequence = checked(fields.previousSequence, "previousSequence", 0, fields.sequence - 1);
        this.session = checked(fields.session, "session", 0, most);
        this.flags = checked(fields.flags, "flags", 0, 255);
        this.initHash = fields.initHash;
        this.publishedAt = checked(fields.publishedAt, "publishedAt", 0, most);
        this.decodeTime = checked(fields.decodeTime, "decodeTime", 0, most);
        this.duration = checked(fields.duration, "duration", 0, 0xffff_ffff);
    }

    /** A decoder can begin here. */
    get isKeyframe() {
        return (this.flags & ChunkFlags.keyframe) !== 0;
    }

    /** How long it plays, in whole milliseconds. */
    get durationMs() {
        return Math.floor(this.duration / 90);
    }

    /**
     * Whether another one says the same.
     * @param {ChunkDescription} other
     */
    equals(other) {
        return (
            this.stream === other.stream &&
            this.sequence === other.sequence &&
            this.previousSequence === other.previousSequence &&
            this.session === other.session &&
            this.flags === other.flags &&
            this.initHash === other.initHash &&
            this.publishedAt === other.publishedAt &&
            this.decodeTime === other.decodeTime &&
            this.duration === other.duration
        );
    }
}
