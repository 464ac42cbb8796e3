// @ts-check
import { ManifestVerifier } from "../crypto/ManifestVerifier.js";
import { VerifyingKey } from "../crypto/VerifyingKey.js";
import { Base64 } from "../wire/Base64.js";

/**
 * The check of manifests by a key; one that cannot be read has signed nothing.
 * @param {string} publicKey base64
 * @param {string} stream
 * @returns {(signed: import("../wire/SignedManifest.js").SignedManifest) => string | null}
 */
export function verification(publicKey, stream) {
    const bytes = Base64.standard.decode(publicKey);
    if (bytes?.length !== 32) return () => "the coordinate's key cannot be read";
    const verifier = new ManifestVerifier(new VerifyingKey(bytes), stream);
    return (signed) => verifier.fault(signed);
}

/**
 * The forward that PARENT names; null when it is a viewer, or any forward.
 * @param {import("../wire/PeerPlace.js").ParentDescription} parent
 */
export function forwardOf({ forward }) {
    return forward === "any" ? null : forward;
}

/**
 * What the machine needs of PARENT.
 * @param {import("../wire/PeerPlace.js").ParentDescription} parent
 * @returns {import("../core/PeerTime.js").Assignment}
 */
export function assignmentOf({ depth, grandparent, peer, stripe }) {
    return { stripe, source: peer ?? "forward", grandparent, depth };
}
