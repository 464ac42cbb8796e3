// @ts-check
import { ByteReader } from "../wire/ByteReader.js";
import { WireError } from "../wire/WireError.js";
import { parseBoxes } from "./Box.js";

/** @typedef {import("./Box.js").Box} Box */

/** Ticks per second of offsets. */
const ticksPerSecond = 90_000;
/** Most movie fragments in a chunk, and most track fragments in one of them. */
const partsMax = 64;

/**
 * Moves chunks to the time of an output: each track's decode time by the session's offset, and the numbers of the movie
 * fragments to those of the output (PROTOCOL.md §7). Nothing else changes, and the length stays.
 */
export class FragmentRebaser {
    /** @param {import("./InitSegment.js").InitSegment} header of the chunks */
    constructor(header) {
        this.header = header;
    }

    /**
     * A copy of `chunk` on the time of the output. Throws `WireError`, also when a time would become negative or exceed
     * its field.
     * @param {Uint8Array} chunk whole boxes with at least one `moof`
     * @param {number} offset what to add to all decode times, in 1/90,000 s; may be negative. A track of another
     *   timescale gets ⌊offset · timescale / 90,000⌋: the same for every chunk of the session, so that nothing drifts
     * @param {number} sequenceNumber of the first movie fragment; further ones in the same chunk count on
     * @returns {Uint8Array}
     */
    rebase(chunk, offset, sequenceNumber) {
        const copy = new Uint8Array(chunk);
        for (const [index, fragment] of movieFragments(copy).entries()) {
            const { payload } = fragment.child("mfhd");
            if (payload.length < 8) throw new WireError("mfhd is too short");
            viewOf(payload).setUint32(4, (sequenceNumber + index) % 2 ** 32);
            for (const part of this.trackFragments(fragment)) {
                const ticks = floorOfProduct(offset, part.timescale);
                const time = part.time + ticks;
                const most = part.isLong ? Number.MAX_SAFE_INTEGER : 0xffff_ffff;
                if (!(time >= 0 && time <= most)) throw new WireError(`the time ${time} does not fit its field`);
                const view = viewOf(part.payload);
                if (part.isLong) view.setUint32(4, Math.floor(time / 2 ** 32));
                view.setUint32(part.isLong ? 8 : 4, time % 2 ** 32);
            }
        }
        return copy;
    }

    /**
     * Where an output that begins with `chunk` should begin, in 1/90,000 s, so that no track's time becomes negative:
     * sound may lag behind pictures. That is 1 s, for sound that begins in a later chunk, and as much more as a track
     * of this one begins before `decodeTime`, the chunk's media time. Throws `WireError`.
     * @param {Uint8Array} chunk
     * @param {number} decodeTime
     * @returns {number}
     */
    outputStart(chunk, decodeTime) {
        const parts = movieFragments(chunk).flatMap((fragment) => this.trackFragments(fragment));
        const begins = parts.map(({ time, timescale }) => Math.floor((time / timescale) * ticksPerSecond));
        return ticksPerSecond + Math.max(0, ...begins.map((begin) => decodeTime - begin));
    }

    /**
     * What the track fragments (`traf`) of a movie fragment say of their time.
     * @param {Box} fragment
     */
    trackFragments(fragment) {
        const boxes = fragment.children().filter(({ type }) => type === "traf");
        if (boxes.length === 0 || boxes.length > partsMax) throw new WireError(`${boxes.length} of traf in moof`);
        return boxes.map((box) => {
            const header = box.child("tfhd").reader;
            header.u32("tfhd");
            const { timescale } = this.header.track(header.u32("tfhd"));
            const { payload, reader } = box.child("tfdt");
            const version = reader.u32("tfdt") >>> 24;
            if (version > 1) throw new WireError(`tfdt has the version ${version}`);
            const time = version === 1 ? reader.u64("tfdt") : reader.u32("tfdt");
            if (time > Number.MAX_SAFE_INTEGER) throw new WireError("a decode time does not fit 53 bits");
            return { payload, isLong: version === 1, time, timescale };
        });
    }
}

/**
 * The movie fragments of a chunk. Throws `WireError`.
 * @param {Uint8Array} chunk
 * @returns {Box[]}
 */
function movieFragments(chunk) {
    const fragments = parseBoxes(chunk, true).filter(({ type }) => type === "moof");
    const count = fragments.length;
    if (count === 0 || count > partsMax) throw new WireError(`${count} of moof in a chunk`);
    return fragments;
}

/** @type {(bytes: Uint8Array) => DataView} */
const viewOf = (bytes) => new ByteReader(bytes).view;

/**
 * ⌊offset · timescale / 90,000⌋, exactly as far as it is exact in a number at all.
 * @param {number} offset
 * @param {number} timescale
 */
function floorOfProduct(offset, timescale) {
    const seconds = Math.floor(offset / ticksPerSecond);
    return seconds * timescale + Math.floor(((offset - seconds * ticksPerSecond) * timescale) / ticksPerSecond);
}
