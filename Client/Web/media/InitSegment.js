// @ts-check
import { WireError } from "../wire/WireError.js";
import { parseBoxes } from "./Box.js";
import { codecString } from "./CodecString.js";

/** @typedef {import("./Box.js").Box} Box */

/** Most tracks that are accepted. */
const tracksMax = 16;

/**
 * @typedef {object} Track
 * @property {number} id not 0
 * @property {"video" | "audio" | "other"} kind
 * @property {number} timescale ticks per second of its times, not 0
 * @property {string} codec as MIME types name it, such as `avc1.64001F`
 */

/** What the header of a fragmented MP4 (ftyp + moov; ISO/IEC 14496-12 §8) says about its tracks. */
export class InitSegment {
    /**
     * Parses the whole header. Throws `WireError`.
     * @param {Uint8Array} bytes
     */
    constructor(bytes) {
        const movie = parseBoxes(bytes, true).find(({ type }) => type === "moov");
        if (movie === undefined) throw new WireError("no moov in the init segment");
        const boxes = movie.children().filter(({ type }) => type === "trak");
        if (boxes.length === 0 || boxes.length > tracksMax) throw new WireError(`${boxes.length} tracks`);
        /**
         * In the order of the file, at least one, no number twice.
         * @type {Track[]}
         */
        this.tracks = boxes.map(readTrack);
        const numbers = new Set(this.tracks.map(({ id }) => id));
        if (numbers.size < boxes.length) throw new WireError("a track number comes twice");
    }

    /**
     * The track with number `id`. Throws `WireError`.
     * @param {number} id
     * @returns {Track}
     */
    track(id) {
        const found = this.tracks.find((track) => track.id === id);
        if (found === undefined) throw new WireError(`track ${id} is not in the init segment`);
        return found;
    }

    /** The `codecs` parameter of the MIME type (RFC 6381): the codecs of all tracks, comma-separated. */
    get codecs() {
        return this.tracks.map(({ codec }) => codec).join(",");
    }

    /** The MIME type with its `codecs` parameter, as Media Source Extensions want it. */
    get mimeType() {
        const kind = this.tracks.some((track) => track.kind === "video") ? "video" : "audio";
        return `${kind}/mp4; codecs="${this.codecs}"`;
    }

    /** Kinds of the tracks in order: a source buffer takes new parameters of the same kinds, and no others. */
    get kinds() {
        return this.tracks.map(({ kind }) => kind).join(",");
    }
}

/**
 * Reads a `trak` (ISO/IEC 14496-12 §8.3 to §8.5).
 * @param {Box} box
 * @returns {Track}
 */
function readTrack(box) {
    const media = box.child("mdia");
    const entry = media.child("minf").child("stbl").child("stsd").children(8)[0];
    if (entry === undefined) throw new WireError("no entry in stsd");
    const id = readAfterTimes(box.child("tkhd"));
    const timescale = readAfterTimes(media.child("mdhd"));
    if (id === 0 || timescale === 0) throw new WireError("a track has no number, or no timescale");
    const handler = media.child("hdlr").reader;
    handler.take(8, "hdlr");
    const name = String.fromCharCode(...handler.take(4, "hdlr"));
    const kind = name === "vide" ? "video" : name === "soun" ? "audio" : "other";
    return { id, kind, timescale, codec: codecString(entry) };
}

/**
 * The number behind the two times with which `tkhd` and `mdhd` begin.
 * @param {Box} box
 */
function readAfterTimes({ reader, type }) {
    const version = reader.u32(type) >>> 24;
    reader.take(version === 1 ? 16 : 8, type);
    return reader.u32(type);
}
