// @ts-check
import { hexadecimal } from "../wire/Hexadecimal.js";
import { linkSignalFields } from "../wire/LinkSignal.js";

/** @typedef {import("../wire/LinkSignal.js").LinkSignal} LinkSignal */

/** Candidates that came before their offer; of more the oldest are dropped. */
const strayCandidatesMax = 32;

/**
 * @typedef {object} TableEntry
 * @property {string} peer
 * @property {number} link the page's number for it
 * @property {string} attempt names the attempt in signals
 * @property {boolean} isOurs this side offered
 * @property {string | null} relay the neighbour that passes signals on; null for the tracker
 * @property {boolean} isOpen
 * @property {number} bytesIn
 * @property {number} bytesOut
 */

/**
 * The links of one viewer, by neighbour: says what the page is to do to make them, passes signals on, and carries
 * messages. The connections themselves are the page's (`LinkHost`), and have numbers here.
 */
export class LinkTable {
    /**
     * @param {{ urls: string[] }[]} servers STUN servers, as the tracker named them
     * @param {(report: import("./EngineMessages.js").EngineReport, transfer?: Transferable[]) => void} post to the page
     */
    constructor(servers, post) {
        // A relay would need a secret that trackers do not give; with one that has none a browser makes no link at all.
        this.servers = servers.map(({ urls }) => ({ urls: urls.filter((url) => url.startsWith("stun:")) }))
            .filter(({ urls }) => urls.length > 0);
        this.post = post;
        /** @type {Map<string, TableEntry>} */
        this.entries = new Map();
        /** @type {{ attempt: string, candidate: string }[]} */
        this.strays = [];
        /** A link has come about. */
        this.hasOpened = false;
        /** Own offers through the tracker that came to nothing, of those whom they reached. */
        this.failures = 0;
        this.isClosed = false;
        /** @type {(peer: string, relay: string | null) => boolean} */
        this.accepts = () => false;
        /** @type {(peer: string) => void} */
        this.onOpen = () => {};
        /** @type {(peer: string, fault: string | null) => void} */
        this.onClosed = () => {};
        /** @type {(peer: string, bytes: Uint8Array) => void} */
        this.onMessage = () => {};
        /** @type {(peer: string, bytes: number) => void} */
        this.onBuffered = () => {};
        /** @type {(signal: { to: string, signal: LinkSignal }) => void} */
        this.signalTracker = () => {};
        /** @type {(relay: string, peer: string, signal: Uint8Array) => void} */
        this.signalRelay = () => {};
    }

    /** Numbers are never used again in this engine: what the page still says of a closed link concerns nobody. */
    static lastNumber = 0;

    // Making links.

    /**
     * Offers a link, through the tracker or a neighbour.
     * @param {string} peer
     * @param {string | null} relay
     */
    connect(peer, relay) {
        if (this.isClosed) return;
        this.discard(peer);
        const attempt = hexadecimal(crypto.getRandomValues(new Uint8Array(8)));
        const { link } = this.add(peer, attempt, true, relay);
        this.post({ kind: "offer", link, servers: this.servers });
    }

    /**
     * A signal has come.
     * @param {LinkSignal} signal
     * @param {string} peer
     * @param {string | null} relay
     */
    take(signal, peer, relay) {
        const entry = this.entries.get(peer);
        const isOfEntry = entry !== undefined && entry.attempt === signal.link;
        switch (signal.type) {
            case "offer":
                return this.answer(signal, peer, relay);
            case "answer":
                if (isOfEntry && entry.isOurs) this.post({ kind: "accept", link: entry.link, sdp: signal.text });
                return;
            case "candidate":
                if (isOfEntry) {
                    this.post({ kind: "candidate", link: entry.link, candidate: signal.text });
                } else {
                    if (this.strays.length >= strayCandidatesMax) this.strays.shift();
                    this.strays.push({ attempt: signal.link, candidate: signal.text });
                }
        }
    }

    /**
     * Answers an offer, if it is welcome.
     * @param {LinkSignal} signal
     * @param {string} peer
     * @param {string | null} relay
     */
    answer(signal, peer, relay) {
        if (this.isClosed || !this.accepts(peer, relay)) return;
        this.discard(peer);
        const { link } = this.add(peer, signal.link, false, relay);
        this.post({ kind: "answer", link, servers: this.servers, sdp: signal.text });
        const isHere = (/** @type {{ attempt: string }} */ stray) => stray.attempt === signal.link;
        for (const { candidate } of this.strays.filter(isHere)) this.post({ kind: "candidate", link, candidate });
        this.strays = this.strays.filter((stray) => !isHere(stray));
    }

    /**
     * @param {string} peer
     * @param {string} attempt
     * @param {boolean} isOurs
     * @param {string | null} relay
     */
    add(peer, attempt, isOurs, relay) {
        LinkTable.lastNumber += 1;
        const link = LinkTable.lastNumber;
        const entry = { peer, link, attempt, isOurs, relay, isOpen: false, bytesIn: 0, bytesOut: 0 };
        this.entries.set(peer, entry);
        return entry;
    }

    // What the page says.

    /**
     * Takes what concerns links; false when it is about something else.
     * @param {import("./EngineMessages.js").EngineCommand} command
     * @returns {boolean}
     */
    handle(command) {
        if (command.kind === "buffered") {
            for (const [link, bytes] of command.links) {
                const entry = this.entryOf(link);
                if (entry?.isOpen) this.onBuffered(entry.peer, bytes);
            }
            return true;
        }
        if (!("link" in command)) return false;
        const entry = this.entryOf(command.link);
        if (entry === undefined) return true;
        switch (command.kind) {
            case "described":
                this.signal({ link: entry.attempt, type: entry.isOurs ? "offer" : "answer", text: command.sdp }, entry);
                break;
            case "candidate":
                this.signal({ link: entry.attempt, type: "candidate", text: command.candidate }, entry);
                break;
            case "opened":
                if (entry.isOpen) break;
                entry.isOpen = true;
                this.hasOpened = true;
                this.onOpen(entry.peer);
                break;
            case "closed":
                this.forget(entry);
                this.onClosed(entry.peer, command.fault);
                break;
            case "message":
                entry.bytesIn += command.bytes.length;
                this.onMessage(entry.peer, command.bytes);
        }
        return true;
    }

    /**
     * @param {LinkSignal} signal
     * @param {TableEntry} entry
     */
    signal(signal, { peer, relay }) {
        if (relay === null) return this.signalTracker({ to: peer, signal });
        this.signalRelay(relay, peer, new TextEncoder().encode(JSON.stringify(linkSignalFields(signal))));
    }

    // Using links.

    /**
     * Sends a message that is of no use after `lifetimeMs` milliseconds; null for one of lasting use.
     * @param {string} peer
     * @param {Uint8Array} bytes
     * @param {number | null} lifetimeMs
     */
    send(peer, bytes, lifetimeMs) {
        const entry = this.entries.get(peer);
        if (!entry?.isOpen) return;
        entry.bytesOut += bytes.length;
        // Encoded for this neighbour alone: it may move to the page's thread as it is.
        this.post({ kind: "send", link: entry.link, bytes, lifetimeMs }, [bytes.buffer]);
    }

    /**
     * The tracker cannot pass signals on to a viewer: a link to it that is being made through the tracker never will
     * be.
     * @param {string} peer
     */
    giveUp(peer) {
        const entry = this.entries.get(peer);
        if (entry === undefined || !entry.isOurs || entry.isOpen || entry.relay !== null) return;
        this.discard(peer);
        this.failures -= 1;
        this.onClosed(peer, null);
    }

    /**
     * Ends a link that the machine has given up, if there is one.
     * @param {string} peer
     */
    discard(peer) {
        const entry = this.entries.get(peer);
        if (entry === undefined) return;
        this.forget(entry);
        this.post({ kind: "close", link: entry.link });
    }

    /** @param {TableEntry} entry */
    forget(entry) {
        this.entries.delete(entry.peer);
        if (entry.isOurs && !entry.isOpen && entry.relay === null) this.failures += 1;
    }

    /** Ends all links, and makes no more. */
    close() {
        this.isClosed = true;
        for (const peer of [...this.entries.keys()]) this.discard(peer);
    }

    /**
     * @param {number} link
     * @returns {TableEntry | undefined}
     */
    entryOf(link) {
        for (const entry of this.entries.values()) if (entry.link === link) return entry;
        return undefined;
    }
}
