// @ts-check
import { channelLabel, PeerMessageLimits } from "../wire/PeerMessage.js";

/**
 * @typedef {object} HostedLink
 * @property {number} number
 * @property {RTCPeerConnection} connection
 * @property {RTCDataChannel | null} channel
 * @property {{ bytes: Uint8Array, expiresAt: number }[]} queue what waits for room in the channel
 * @property {number} queued bytes in it
 * @property {Promise<unknown>} turn descriptions and candidates are applied one after the other
 */

/** A channel is given more when it has less than this to send. */
const lowBytes = 32 << 10;
/** Above this a channel is given no more, so that what waits can still expire. */
const highBytes = 128 << 10;
/** Bytes that wait for a channel; what finds no room is dropped, as if the path had lost it. */
const queuedBytesMax = 1 << 20;

/**
 * The WebRTC connections of a page, by number: does what the engine says, and tells what became of it. The child's side
 * offers, and opens the one data channel. Nothing here shows an address to anybody but the neighbour it is meant for.
 */
export class LinkHost {
    /** @param {(command: import("./EngineMessages.js").EngineCommand, transfer?: Transferable[]) => void} post */
    constructor(post) {
        this.post = post;
        /** @type {Map<number, HostedLink>} */
        this.links = new Map();
        /** Messages that found no room. */
        this.refusals = 0;
    }

    /** Whether this browser can make links at all. */
    static get isSupported() {
        return typeof RTCPeerConnection !== "undefined";
    }

    /**
     * Does what the engine says about a link.
     * @param {import("./EngineMessages.js").EngineReport} report
     */
    handle(report) {
        switch (report.kind) {
            case "offer":
                return this.open(report.link, report.servers, null);
            case "answer":
                return this.open(report.link, report.servers, report.sdp);
            case "accept":
                return this.apply(report.link, (connection) =>
                    connection.setRemoteDescription({ type: "answer", sdp: report.sdp }), true);
            case "candidate":
                // One that this browser does not understand is no reason to give the others up.
                return this.apply(report.link, (connection) =>
                    connection.addIceCandidate({ candidate: report.candidate, sdpMid: "0" }), false);
            case "send":
                return this.send(report.link, report.bytes, report.lifetimeMs);
            case "close":
                return this.close(report.link);
        }
    }

    /** Tells the engine what every open link still has to send. */
    reportBuffered() {
        /** @type {[number, number][]} */
        const links = [];
        for (const link of this.links.values()) {
            if (link.channel?.readyState === "open") links.push([link.number, waiting(link)]);
        }
        if (links.length > 0) this.post({ kind: "buffered", links });
    }

    /** Ends all links. */
    closeAll() {
        for (const number of [...this.links.keys()]) this.close(number);
    }

    /**
     * How a link goes: round trip and the kind of path. Null while there is none.
     * @param {number} number
     * @returns {Promise<{ roundTripMs: number | null, kind: string | null } | null>}
     */
    async measure(number) {
        const statistics = await this.links.get(number)?.connection.getStats().catch(() => undefined);
        if (statistics === undefined) return null;
        for (const each of statistics.values()) {
            if (each.type !== "candidate-pair" || !each.nominated) continue;
            const seconds = each.currentRoundTripTime;
            const kind = statistics.get(each.localCandidateId)?.candidateType ?? null;
            return { roundTripMs: typeof seconds === "number" ? Math.round(seconds * 1_000) : null, kind };
        }
        return null;
    }

    /**
     * Makes a connection, and offers it or answers an offer.
     * @param {number} number
     * @param {{ urls: string[] }[]} servers
     * @param {string | null} offer
     */
    open(number, servers, offer) {
        /** @type {RTCPeerConnection} */
        let connection;
        try {
            connection = new RTCPeerConnection({ iceServers: servers });
        } catch {
            // A browser allows some hundred of them, and none where its user forbids it.
            return this.post({ kind: "closed", link: number, fault: null });
        }
        /** @type {HostedLink} */
        const link = { number, connection, channel: null, queue: [], queued: 0, turn: Promise.resolve() };
        this.links.set(number, link);
        connection.onicecandidate = ({ candidate }) => {
            if (!this.isCurrent(link)) return;
            const line = candidate?.candidate ?? "";
            // An empty line says that there are no more.
            if (candidate === null || line !== "") this.post({ kind: "candidate", link: number, candidate: line });
        };
        connection.onconnectionstatechange = () => {
            if (connection.connectionState === "failed") this.end(link, null);
        };
        connection.ondatachannel = ({ channel }) => {
            if (link.channel !== null || channel.label !== channelLabel) return channel.close();
            this.attach(channel, link);
        };
        if (offer === null) this.attach(connection.createDataChannel(channelLabel, { ordered: false }), link);
        this.apply(number, async () => {
            if (offer !== null) await connection.setRemoteDescription({ type: "offer", sdp: offer });
            await connection.setLocalDescription();
            const sdp = connection.localDescription?.sdp ?? "";
            if (this.isCurrent(link)) this.post({ kind: "described", link: number, sdp });
        }, true);
    }

    /**
     * Does something with a connection after what was begun before.
     * @param {number} number
     * @param {(connection: RTCPeerConnection) => Promise<unknown>} action
     * @param {boolean} isVital the link is of no use without it
     */
    apply(number, action, isVital) {
        const link = this.links.get(number);
        if (link === undefined) return;
        link.turn = link.turn
            .then(() => (this.isCurrent(link) ? action(link.connection) : undefined))
            .catch(() => {
                if (isVital) this.end(link, null);
            });
    }

    /**
     * @param {RTCDataChannel} channel
     * @param {HostedLink} link
     */
    attach(channel, link) {
        link.channel = channel;
        channel.binaryType = "arraybuffer";
        channel.bufferedAmountLowThreshold = lowBytes;
        const opened = () => {
            if (this.isCurrent(link)) this.post({ kind: "opened", link: link.number });
        };
        channel.onopen = opened;
        channel.onclose = () => this.end(link, null);
        channel.onbufferedamountlow = () => {
            this.flush(link);
            if (this.isCurrent(link)) this.post({ kind: "buffered", links: [[link.number, waiting(link)]] });
        };
        channel.onmessage = ({ data }) => {
            if (!this.isCurrent(link)) return;
            if (!(data instanceof ArrayBuffer)) return this.end(link, "a message that is text");
            if (data.byteLength > PeerMessageLimits.bytesMax) return this.end(link, "a message that is too long");
            this.post({ kind: "message", link: link.number, bytes: new Uint8Array(data) }, [data]);
        };
        if (channel.readyState === "open") opened();
    }

    /**
     * @param {number} number
     * @param {Uint8Array} bytes
     * @param {number | null} lifetimeMs
     */
    send(number, bytes, lifetimeMs) {
        const link = this.links.get(number);
        if (link?.channel?.readyState !== "open") return;
        if (link.queued + bytes.length > queuedBytesMax) {
            this.refusals += 1;
            return;
        }
        link.queue.push({ bytes, expiresAt: lifetimeMs === null ? Infinity : performance.now() + lifetimeMs });
        link.queued += bytes.length;
        this.flush(link);
    }

    /**
     * Gives a channel what it has room for.
     * @param {HostedLink} link
     */
    flush(link) {
        const { channel, queue } = link;
        if (channel?.readyState !== "open") return;
        const now = performance.now();
        let taken = 0;
        for (; taken < queue.length && channel.bufferedAmount < highBytes; taken += 1) {
            const { bytes, expiresAt } = queue[taken];
            link.queued -= bytes.length;
            if (expiresAt < now) continue;
            try {
                channel.send(bytes);
            } catch {
                return this.end(link, null);
            }
        }
        if (taken > 0) queue.splice(0, taken);
    }

    /**
     * Ends a link that the engine has given up.
     * @param {number} number
     */
    close(number) {
        const link = this.links.get(number);
        if (link === undefined) return;
        this.links.delete(number);
        // What was sent last, a good-bye, goes out before the channel is closed.
        link.channel?.close();
        link.connection.close();
    }

    /**
     * A link is over, and the engine does not know yet.
     * @param {HostedLink} link
     * @param {string | null} fault what the other side did that no honest one does
     */
    end(link, fault) {
        if (!this.isCurrent(link)) return;
        this.close(link.number);
        this.post({ kind: "closed", link: link.number, fault });
    }

    /** @param {HostedLink} link */
    isCurrent(link) {
        return this.links.get(link.number) === link;
    }
}

/**
 * Bytes that a neighbour was sent and that have not left.
 * @param {HostedLink} link
 */
function waiting({ channel, queued }) {
    return queued + (channel?.bufferedAmount ?? 0);
}
