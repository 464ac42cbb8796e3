// @ts-check
import { hexadecimal } from "../wire/Hexadecimal.js";
import { WireError } from "../wire/WireError.js";

/** @typedef {import("./Box.js").Box} Box */

/** Bytes of fields before the boxes of a visual and of an audio sample entry (ISO/IEC 14496-12 §12.1.3, §12.2.3). */
const visualEntryBytes = 78;
const audioEntryBytes = 28;

/**
 * The codec of a sample entry as MIME types name it (RFC 6381 §3.3); the bare type where its details are not known
 * here. Throws `WireError`.
 * @param {Box} entry
 * @returns {string}
 */
export function codecString(entry) {
    switch (entry.type) {
        case "avc1":
        case "avc3":
            return h264String(entry.type, entry.child("avcC", visualEntryBytes));
        case "vp09":
            return vp9String(entry.child("vpcC", visualEntryBytes));
        case "av01":
            return av1String(entry.child("av1C", visualEntryBytes));
        case "mp4a":
            return mpeg4AudioString(entry.child("esds", audioEntryBytes));
        case "Opus":
            return "opus";
        case "fLaC":
            return "flac";
        default:
            return entry.type;
    }
}

/** @type {(number: number) => string} */
const twoDigits = (number) => String(number).padStart(2, "0");

/**
 * `avc1.PPCCLL`: profile, constraints and level of the decoder configuration (ISO/IEC 14496-15 §5.3.3.1).
 * @param {string} format
 * @param {Box} box
 */
function h264String(format, { reader }) {
    reader.u8("avcC");
    return `${format}.${hexadecimal(reader.take(3, "avcC")).toUpperCase()}`;
}

/**
 * `vp09.PP.LL.DD`: profile, level and bit depth (VP Codec ISO Media File Format Binding 1.0, "Codecs Parameter").
 * @param {Box} box
 */
function vp9String({ reader }) {
    reader.u32("vpcC");
    const profile = reader.u8("vpcC");
    const level = reader.u8("vpcC");
    return `vp09.${twoDigits(profile)}.${twoDigits(level)}.${twoDigits(reader.u8("vpcC") >> 4)}`;
}

/**
 * `av01.P.LLT.DD`: profile, level, tier and bit depth (AV1 Codec ISO Media File Format Binding §5).
 * @param {Box} box
 */
function av1String({ reader }) {
    reader.u8("av1C");
    const profileAndLevel = reader.u8("av1C");
    const bits = reader.u8("av1C");
    const highDepth = (bits & 0x20) !== 0 ? 12 : 10;
    const depth = (bits & 0x40) !== 0 ? highDepth : 8;
    const tier = (bits & 0x80) === 0 ? "M" : "H";
    return `av01.${profileAndLevel >> 5}.${twoDigits(profileAndLevel & 31)}${tier}.${twoDigits(depth)}`;
}

/**
 * `mp4a.40.2` for MPEG-4 audio object type 2, `mp4a.6b` for other object types (ISO/IEC 14496-1 §7.2.6).
 * @param {Box} box
 */
function mpeg4AudioString({ reader }) {
    reader.u32("esds");
    enterDescriptor(reader, 3);
    reader.take(2, "esds");
    const flags = reader.u8("esds");
    if ((flags & 0x80) !== 0) reader.take(2, "esds");
    if ((flags & 0x40) !== 0) reader.take(reader.u8("esds"), "esds");
    if ((flags & 0x20) !== 0) reader.take(2, "esds");
    enterDescriptor(reader, 4);
    const objectType = reader.u8("esds");
    const prefix = `mp4a.${objectType.toString(16).padStart(2, "0")}`;
    if (objectType !== 0x40) return prefix;
    reader.take(12, "esds");
    enterDescriptor(reader, 5);
    const first = reader.u8("esds");
    if (first >> 3 !== 31) return `${prefix}.${first >> 3}`;
    // Object types from 32 on take six more bits (ISO/IEC 14496-3 §1.6.2.1).
    return `${prefix}.${32 + ((first & 7) << 3) + (reader.u8("esds") >> 5)}`;
}

/**
 * Steps into the descriptor `tag`; its length is 7 bits a byte, four bytes at most (ISO/IEC 14496-1 §8.3.3).
 * @param {import("../wire/ByteReader.js").ByteReader} reader
 * @param {number} tag
 */
function enterDescriptor(reader, tag) {
    if (reader.u8("esds") !== tag) throw new WireError(`esds has no descriptor ${tag}`);
    for (let count = 0; count < 4; count += 1) if ((reader.u8("esds") & 0x80) === 0) return;
    throw new WireError("a descriptor of esds has an impossible length");
}
