// @ts-check
import { sha512InitialState, sha512RoundConstants } from "./SHA2Constants.js";

/** Bytes that are mixed at once. */
const sha512BlockBytes = 128;
const wordSize = 0x1_0000_0000;

/**
 * Mixes one block of 128 bytes into the state (FIPS 180-4 §6.4.2). Each word of 64 bits is two of 32, high and low in
 * turn; sums of low ones are numbers that carry into the high ones.
 * @param {Int32Array} state 8 pairs
 * @param {Int32Array} schedule 80 pairs, overwritten
 * @param {DataView} view
 * @param {number} start of the block
 */
function mixSHA512Block(state, schedule, view, start) {
    for (let at = 0; at < 32; at += 1) schedule[at] = view.getInt32(start + 4 * at);
    for (let at = 32; at < 160; at += 2) {
        const xh = schedule[at - 30];
        const xl = schedule[at - 29];
        const yh = schedule[at - 4];
        const yl = schedule[at - 3];
        const s0h = ((xh >>> 1) | (xl << 31)) ^ ((xh >>> 8) | (xl << 24)) ^ (xh >>> 7);
        const s0l = ((xl >>> 1) | (xh << 31)) ^ ((xl >>> 8) | (xh << 24)) ^ ((xl >>> 7) | (xh << 25));
        const s1h = ((yh >>> 19) | (yl << 13)) ^ ((yl >>> 29) | (yh << 3)) ^ (yh >>> 6);
        const s1l = ((yl >>> 19) | (yh << 13)) ^ ((yh >>> 29) | (yl << 3)) ^ ((yl >>> 6) | (yh << 26));
        const low = (s0l >>> 0) + (s1l >>> 0) + (schedule[at - 31] >>> 0) + (schedule[at - 13] >>> 0);
        schedule[at] = s0h + s1h + schedule[at - 32] + schedule[at - 14] + Math.floor(low / wordSize);
        schedule[at + 1] = low;
    }
    const words = state.slice();
    for (let at = 0; at < 160; at += 2) mixSHA512Round(words, schedule, at);
    for (let at = 0; at < 16; at += 2) {
        const low = (state[at + 1] >>> 0) + (words[at + 1] >>> 0);
        state[at] = state[at] + words[at] + Math.floor(low / wordSize);
        state[at + 1] = low;
    }
}

/**
 * One round.
 * @param {Int32Array} words a to h, as pairs
 * @param {Int32Array} schedule
 * @param {number} at the pair of the round
 */
function mixSHA512Round(words, schedule, at) {
    const ah = words[0];
    const al = words[1];
    const eh = words[8];
    const el = words[9];
    const s1h = ((eh >>> 14) | (el << 18)) ^ ((eh >>> 18) | (el << 14)) ^ ((el >>> 9) | (eh << 23));
    const s1l = ((el >>> 14) | (eh << 18)) ^ ((el >>> 18) | (eh << 14)) ^ ((eh >>> 9) | (el << 23));
    const choiceHigh = (eh & words[10]) ^ (~eh & words[12]);
    const choiceLow = (el & words[11]) ^ (~el & words[13]);
    const lowSum =
        (words[15] >>> 0) + (s1l >>> 0) + (choiceLow >>> 0) + (sha512RoundConstants[at + 1] >>> 0) +
        (schedule[at + 1] >>> 0);
    const carry = Math.floor(lowSum / wordSize);
    const t1High = words[14] + s1h + choiceHigh + sha512RoundConstants[at] + schedule[at] + carry;
    const t1Low = lowSum % wordSize;
    const s0h = ((ah >>> 28) | (al << 4)) ^ ((al >>> 2) | (ah << 30)) ^ ((al >>> 7) | (ah << 25));
    const s0l = ((al >>> 28) | (ah << 4)) ^ ((ah >>> 2) | (al << 30)) ^ ((ah >>> 7) | (al << 25));
    const majorityHigh = (ah & words[2]) ^ (ah & words[4]) ^ (words[2] & words[4]);
    const majorityLow = (al & words[3]) ^ (al & words[5]) ^ (words[3] & words[5]);
    const eLow = (words[7] >>> 0) + t1Low;
    const eHigh = words[6] + t1High + Math.floor(eLow / wordSize);
    const aLow = t1Low + (s0l >>> 0) + (majorityLow >>> 0);
    const aHigh = t1High + s0h + majorityHigh + Math.floor(aLow / wordSize);
    words.copyWithin(2, 0, 14);
    words[0] = aHigh;
    words[1] = aLow;
    words[8] = eHigh;
    words[9] = eLow;
}

/**
 * The 64 bytes of SHA-512 (FIPS 180-4), which Ed25519 needs.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function sha512(bytes) {
    const blocks = Math.floor((bytes.length + 16) / sha512BlockBytes) + 1;
    const padded = new Uint8Array(blocks * sha512BlockBytes);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x2000_0000));
    view.setUint32(padded.length - 4, (bytes.length * 8) % wordSize);
    const state = sha512InitialState.slice();
    const schedule = new Int32Array(160);
    for (let start = 0; start < padded.length; start += sha512BlockBytes) mixSHA512Block(state, schedule, view, start);
    const digest = new Uint8Array(64);
    const words = new DataView(digest.buffer);
    state.forEach((word, index) => words.setInt32(4 * index, word));
    return digest;
}
