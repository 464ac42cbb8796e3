// @ts-check
import { hexadecimal } from "../wire/Hexadecimal.js";
import { shortHash } from "./SHA256.js";
import { VerifyingKey } from "./VerifyingKey.js";

/**
 * @typedef {object} StreamCryptography what a viewer checks of one stream, by whoever does it
 * @property {boolean} isNative the browser does it, away from the page's thread
 * @property {(bytes: Uint8Array) => Promise<string>} shortHash the first 16 bytes of the SHA-256, as hexadecimal digits
 * @property {(signature: Uint8Array, message: Uint8Array) => Promise<boolean>} isValid whether the stream's key signed
 */

/**
 * The browser's own cryptography where a page gets it, which is in secure contexts only, and this module's elsewhere: a
 * page that came over plain HTTP from another host has no `crypto.subtle`, and older browsers know no Ed25519.
 * @param {Uint8Array} publicKey 32 bytes
 * @param {SubtleCrypto | null} subtle
 * @returns {Promise<StreamCryptography>}
 */
export async function streamCryptography(publicKey, subtle = globalThis.crypto?.subtle ?? null) {
    return (await nativeCryptography(publicKey, subtle)) ?? plainCryptography(publicKey);
}

/**
 * The browser's own; null where it lacks something.
 * @param {Uint8Array} publicKey
 * @param {SubtleCrypto | null} subtle
 * @returns {Promise<StreamCryptography | null>}
 */
async function nativeCryptography(publicKey, subtle) {
    if (subtle === null) return null;
    try {
        const key = await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
        return {
            isNative: true,
            shortHash: async (bytes) => hexadecimal(new Uint8Array(await subtle.digest("SHA-256", bytes), 0, 16)),
            isValid: (signature, message) => subtle.verify("Ed25519", key, signature, message),
        };
    } catch {
        return null;
    }
}

/**
 * This module's own.
 * @param {Uint8Array} publicKey
 * @returns {StreamCryptography}
 */
function plainCryptography(publicKey) {
    const key = new VerifyingKey(publicKey);
    return {
        isNative: false,
        shortHash: async (bytes) => shortHash(bytes),
        isValid: async (signature, message) => key.isValid(signature, message),
    };
}
