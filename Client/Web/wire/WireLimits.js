// @ts-check

/** The bounds of every field on the wire; readers refuse what exceeds them before they store it. */
export const WireLimits = Object.freeze({
    /** Longest body of any record, of kinds unknown to this version too: 8 MiB. */
    recordBodyBytesMax: 8 << 20,
    /** Longest hello: 64 KiB. */
    helloBytesMax: 64 << 10,
    /** Longest init: 1 MiB. */
    initBytesMax: 1 << 20,
    /** Longest chunk: 4 MiB. */
    chunkBytesMax: 4 << 20,
    /** Smallest piece of a chunk that has more than one: 1 KiB. */
    pieceBytesMin: 1 << 10,
    /** Longest piece: 16 KiB. */
    pieceBytesMax: 16 << 10,
    /** Most pieces of a chunk. */
    piecesMax: 4_096,
    /** Most stripes that a stream may be split into. */
    stripeCountMax: 8,
    /** Largest sequence, session and time: what a number holds exactly. */
    integerMax: Number.MAX_SAFE_INTEGER,
    /** Bytes of a short hash, and of the id of a viewer. */
    shortHashBytes: 16,
    /** Bytes of an Ed25519 signature (RFC 8032 §5.1.6). */
    signatureBytes: 64,
    /** Longest signed manifest: the fixed fields, the longest name, the hashes of the most pieces, the signature. */
    signedManifestBytesMax: 73 + 64 + 4_096 * 16 + 64,
    /** Characters of the longest access token. */
    tokenTextMax: 145,
});
