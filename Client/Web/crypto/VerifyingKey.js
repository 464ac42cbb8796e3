// @ts-check
import { Base64 } from "../wire/Base64.js";
import { EdwardsPoint, PreparedPoint } from "./EdwardsPoint.js";
import { isCanonicalScalar, nonAdjacentForm, reduceScalar } from "./Scalar25519.js";
import { sha512 } from "./SHA512.js";

/** Widths of the non-adjacent forms of what multiplies a key, and the base point: each more doubles a table. */
const keyWidth = 5;
const baseWidth = 7;

/** The base point: y = 4/5, x even (RFC 8032 §5.1). */
const baseBytes = new Uint8Array(32).fill(0x66);
baseBytes[0] = 0x58;

/**
 * Odd multiples of the base point, made when they are first needed.
 * @type {PreparedPoint[]}
 */
let baseMultiples = [];

/**
 * The public Ed25519 key (RFC 8032) of a stream. It decides as OpenSSL does, on which the services rely: S must be
 * below L, the equation holds without a cofactor, and R is compared byte for byte.
 */
export class VerifyingKey {
    /**
     * The key of 32 bytes. Throws `RangeError` for another count. Bytes that are no point of the curve are accepted; no
     * signature is valid for them.
     * @param {Uint8Array} bytes
     */
    constructor(bytes) {
        if (bytes.length !== 32) throw new RangeError(`a public key has 32 bytes, not ${bytes.length}`);
        this.bytes = new Uint8Array(bytes);
        const point = EdwardsPoint.ofBytes(bytes);
        point?.negate();
        /** Odd multiples of the opposite point; none for bytes that are no point. */
        this.multiples = point === null ? [] : PreparedPoint.oddMultiples(point, 1 << (keyWidth - 2));
    }

    /**
     * The key of standard base64 text, as `publicKey` has it in JSON; null for anything else.
     * @param {unknown} text
     * @returns {VerifyingKey | null}
     */
    static ofBase64(text) {
        const bytes = typeof text === "string" && text.length <= 64 ? Base64.standard.decode(text) : null;
        return bytes?.length === 32 ? new VerifyingKey(bytes) : null;
    }

    /**
     * True when `signature` was made over `message` by the private half of this key. False for any malformed input.
     * @param {Uint8Array} signature
     * @param {Uint8Array} message
     * @returns {boolean}
     */
    isValid(signature, message) {
        if (signature.length !== 64 || this.multiples.length === 0) return false;
        const r = signature.subarray(0, 32);
        const s = signature.subarray(32);
        if (!isCanonicalScalar(s)) return false;
        const text = new Uint8Array(64 + message.length);
        text.set(r);
        text.set(this.bytes, 32);
        text.set(message, 64);
        // R = S B - h A, with h the hash of R, A and the message.
        return this.combination(reduceScalar(sha512(text)), s).bytes.every((byte, index) => byte === r[index]);
    }

    /**
     * The base point times `s` minus the key's point times `h`.
     * @param {Uint8Array} h
     * @param {Uint8Array} s
     * @returns {EdwardsPoint}
     */
    combination(h, s) {
        if (baseMultiples.length === 0) {
            const base = /** @type {EdwardsPoint} */ (EdwardsPoint.ofBytes(baseBytes));
            baseMultiples = PreparedPoint.oddMultiples(base, 1 << (baseWidth - 2));
        }
        const ofKey = nonAdjacentForm(h, keyWidth);
        const ofBase = nonAdjacentForm(s, baseWidth);
        const point = new EdwardsPoint();
        for (let place = 255; place >= 0; place -= 1) {
            point.double();
            const key = ofKey[place];
            const base = ofBase[place];
            if (key !== 0) point.add(this.multiples[Math.abs(key) >> 1], key < 0);
            if (base !== 0) point.add(baseMultiples[Math.abs(base) >> 1], base < 0);
        }
        return point;
    }
}
