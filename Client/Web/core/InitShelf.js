// @ts-check

/** @typedef {import("./PeerTime.js").Source} Source */

/**
 * Init segments: those that signed manifests have named, and a few that came before. Nobody signs an init: it counts
 * from the moment on when a manifest names its hash.
 */
export class InitShelf {
    /** Kept: the ones in use around a change of codec parameters. */
    static namedMax = 8;
    /** Inits that no manifest has named yet, of each source. */
    static strangeMax = 2;
    /** The same of all sources. */
    static strangeMaxOfAll = 16;
    /**
     * Manifests after which such an init is its sender's invention: one is sent right in front of the first chunk that
     * needs it.
     */
    static manifestsUntilNamed = 32;

    constructor() {
        /** @type {{ hash: string, bytes: Uint8Array }[]} */
        this.named = [];
        /**
         * Hashes that manifests have named, and no init has come.
         * @type {string[]}
         */
        this.wanted = [];
        /** @type {{ hash: string, bytes: Uint8Array, source: Source, manifests: number }[]} */
        this.strange = [];
    }

    /**
     * An init that a manifest has named; null when it is not here.
     * @param {string} hash
     * @returns {Uint8Array | null}
     */
    bytes(hash) {
        return this.named.find((each) => each.hash === hash)?.bytes ?? null;
    }

    /**
     * Takes one whose hash has been checked.
     * @param {string} hash
     * @param {Uint8Array} bytes
     * @param {Source} source
     * @returns {"news" | "kept" | "invented"} `news`: a manifest has named it, and it was not here; `kept`: it waits
     *   for its manifest, or was here; `invented`: its sender invents inits
     */
    add(hash, bytes, source) {
        if (this.bytes(hash) !== null) return "kept";
        if (this.wanted.includes(hash)) {
            this.keep(hash, bytes);
            return "news";
        }
        if (this.strange.some((each) => each.hash === hash)) return "kept";
        if (this.strange.filter((each) => each.source === source).length >= InitShelf.strangeMax) {
            this.forget(source);
            return "invented";
        }
        if (this.strange.length >= InitShelf.strangeMaxOfAll) this.strange.shift();
        this.strange.push({ hash, bytes, source, manifests: 0 });
        return "kept";
    }

    /**
     * What a source left unexplained does not count against its next connection.
     * @param {Source} source
     */
    forget(source) {
        this.strange = this.strange.filter((each) => each.source !== source);
    }

    /**
     * A verified manifest names `hash`.
     * @param {string} hash
     * @param {Source} source
     * @returns {{ news: Uint8Array | null, liars: Source[] }} the init if it was waiting for that, and sources whose
     *   init was none
     */
    name(hash, source) {
        let news = null;
        if (this.bytes(hash) === null) {
            const found = this.strange.find((each) => each.hash === hash);
            if (found !== undefined) {
                this.strange = this.strange.filter((each) => each !== found);
                this.keep(hash, found.bytes);
                news = found.bytes;
            } else if (!this.wanted.includes(hash)) {
                this.wanted.push(hash);
                if (this.wanted.length > InitShelf.namedMax) this.wanted.shift();
            }
        }
        for (const each of this.strange) if (each.source === source) each.manifests += 1;
        /** @type {(each: { manifests: number }) => boolean} */
        const isLie = (each) => each.manifests > InitShelf.manifestsUntilNamed;
        const liars = this.strange.filter(isLie).map((each) => each.source);
        this.strange = this.strange.filter((each) => !isLie(each));
        return { news, liars };
    }

    /**
     * Puts a named init on the shelf.
     * @param {string} hash
     * @param {Uint8Array} bytes
     */
    keep(hash, bytes) {
        this.wanted = this.wanted.filter((each) => each !== hash);
        this.named.push({ hash, bytes });
        if (this.named.length > InitShelf.namedMax) this.named.shift();
    }
}
