// @ts-check
import { ByteReader } from "./ByteReader.js";
import { Manifest } from "./Manifest.js";
import { WireError } from "./WireError.js";
import { WireLimits } from "./WireLimits.js";

/** What precedes the encoded manifest in the signed text, so that a signature cannot be taken for another format's. */
const domain = Uint8Array.from("p2plive manifest v1\n", (letter) => letter.charCodeAt(0));

/** A manifest with the signature of the stream's key. Parsing proves nothing about the signature. */
export class SignedManifest {
    /**
     * @param {Manifest} manifest
     * @param {Uint8Array} bytes the encoded manifest and the signature, as they are passed on
     */
    constructor(manifest, bytes) {
        this.manifest = manifest;
        this.bytes = bytes;
    }

    /** 64 bytes of Ed25519 over `signedBytes`. */
    get signature() {
        return this.bytes.subarray(this.bytes.length - WireLimits.signatureBytes);
    }

    /** The text that is signed: the domain, then the encoded manifest. */
    get signedBytes() {
        const encoded = this.bytes.subarray(0, this.bytes.length - WireLimits.signatureBytes);
        const text = new Uint8Array(domain.length + encoded.length);
        text.set(domain);
        text.set(encoded, domain.length);
        return text;
    }

    /**
     * Joins a manifest and its signature. Throws `WireError` unless the signature has 64 bytes.
     * @param {Manifest} manifest
     * @param {Uint8Array} signature
     * @returns {SignedManifest}
     */
    static join(manifest, signature) {
        const expected = WireLimits.signatureBytes;
        if (signature.length !== expected) {
            throw new WireError(`signature has ${signature.length} bytes instead of ${expected}`);
        }
        const bytes = new Uint8Array(manifest.encodedCount + expected);
        bytes.set(manifest.encoded());
        bytes.set(signature, manifest.encodedCount);
        return new SignedManifest(manifest, bytes);
    }

    /**
     * Reads a signed manifest that takes up all of `bytes`. Throws `WireError`.
     * @param {Uint8Array} bytes are copied, for they may be part of a much longer buffer
     * @returns {SignedManifest}
     */
    static parse(bytes) {
        if (bytes.length > WireLimits.signedManifestBytesMax) {
            throw new WireError(`a manifest of ${bytes.length} bytes is too long`);
        }
        const own = new Uint8Array(bytes);
        const reader = new ByteReader(own);
        const manifest = Manifest.read(reader);
        reader.take(WireLimits.signatureBytes, "signature");
        reader.end();
        return new SignedManifest(manifest, own);
    }
}
