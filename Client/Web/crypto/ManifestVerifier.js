// @ts-check

/** Checks that manifests come from the publisher's coordinate; nothing is stored or passed on before. */
export class ManifestVerifier {
    /**
     * Accepts manifests of `stream` that are signed by the private half of `key`.
     * @param {import("./VerifyingKey.js").VerifyingKey} key
     * @param {string} stream
     */
    constructor(key, stream) {
        this.key = key;
        this.stream = stream;
    }

    /**
     * Checks the stream, then the signature.
     * @param {import("../wire/SignedManifest.js").SignedManifest} signed
     * @returns {string | null} what is wrong, or null
     */
    fault(signed) {
        const { stream } = signed.manifest.chunk;
        if (stream !== this.stream) return `manifest of another stream, ${stream}`;
        if (this.key.isValid(signed.signature, signed.signedBytes)) return null;
        return "the manifest is not signed by the stream's key";
    }
}
