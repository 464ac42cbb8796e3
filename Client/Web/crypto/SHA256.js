// @ts-check
import { hexadecimal } from "../wire/Hexadecimal.js";
import { WireLimits } from "../wire/WireLimits.js";
import { sha256InitialState, sha256RoundConstants } from "./SHA2Constants.js";

/** Bytes that are mixed at once. */
const sha256BlockBytes = 64;

/**
 * Mixes one block of 64 bytes into the state (FIPS 180-4 §6.2.2).
 * @param {Int32Array} state 8 words
 * @param {Int32Array} schedule 64 words, overwritten
 * @param {Uint8Array} bytes
 * @param {number} start of the block
 */
function mixSHA256Block(state, schedule, bytes, start) {
    for (let word = 0, at = start; word < 16; word += 1, at += 4) {
        schedule[word] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let word = 16; word < 64; word += 1) {
        const x = schedule[word - 15];
        const y = schedule[word - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        schedule[word] = (schedule[word - 16] + s0 + schedule[word - 7] + s1) | 0;
    }
    // One by one: taking an array apart goes through its iterator, which costs more than all the rounds.
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let round = 0; round < 64; round += 1) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + sha256RoundConstants[round] + schedule[round]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

/**
 * The 32 bytes of SHA-256 (FIPS 180-4). At once: whoever needs a hash of a piece has nothing to do meanwhile.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function sha256(bytes) {
    const state = sha256InitialState.slice();
    const schedule = new Int32Array(64);
    const whole = bytes.length - (bytes.length % sha256BlockBytes);
    for (let start = 0; start < whole; start += sha256BlockBytes) mixSHA256Block(state, schedule, bytes, start);
    const tail = new Uint8Array(bytes.length - whole < 56 ? sha256BlockBytes : 2 * sha256BlockBytes);
    tail.set(bytes.subarray(whole));
    tail[bytes.length - whole] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(bytes.length / 0x2000_0000));
    view.setUint32(tail.length - 4, (bytes.length * 8) % 0x1_0000_0000);
    for (let start = 0; start < tail.length; start += sha256BlockBytes) mixSHA256Block(state, schedule, tail, start);
    const digest = new Uint8Array(32);
    const words = new DataView(digest.buffer);
    state.forEach((word, index) => words.setInt32(4 * index, word));
    return digest;
}

/**
 * The first 16 bytes of the SHA-256, as 32 hexadecimal digits: names init segments and vouches for pieces.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function shortHash(bytes) {
    return hexadecimal(sha256(bytes).subarray(0, WireLimits.shortHashBytes));
}
