// @ts-check
import { MediaSourcePlayer } from "../media/MediaSourcePlayer.js";
import { StallCounter } from "../media/StallCounter.js";
import { checkedStreamName } from "../wire/StreamName.js";
import { EngineHost } from "./EngineHost.js";
import { LinkHost } from "./LinkHost.js";

/**
 * @typedef {import("./EngineMessages.js").EngineReport} EngineReport
 * @typedef {import("./EngineMessages.js").EngineActivity} EngineActivity
 * @typedef {import("./EngineMessages.js").StreamStanding} StreamStanding
 * @typedef {import("./ViewerTypes.js").ViewerState} ViewerState
 */

/**
 * @typedef {object} ViewerOptions
 * @property {string} url of the stream, as `http://coordinate:8080/NAME` or `…/watch/NAME`
 * @property {HTMLVideoElement} video that shows it
 * @property {boolean} [usesPeers] takes the stream from other viewers where it can; true
 * @property {boolean} [gives] feeds other viewers; true
 * @property {boolean} [relayOnly] never shows other viewers this address: without relays, forwards alone; false
 * @property {number} [bufferMs] from publication to the picture, 200 … 30,000; 3,000
 * @property {number | null} [uploadBitsPerSecond] that may be sent to others; null for what the uplink carries
 */

/** What a viewer that leaves has for its good-byes, in milliseconds. */
const farewellMs = 500;
/** Between two looks at round trips, in milliseconds. */
const measureMs = 3_000;

/**
 * One viewer of a stream in a page: a full peer of its swarm. Emits `statechange` when state or activity change,
 * `statistics` twice a second, `firstframe`, and `playable` when there is enough to begin, or to go on, with: then the
 * page plays the video element, unless its visitor does not want that.
 */
export class Viewer extends EventTarget {
    /**
     * A viewer that has not started. Throws `TypeError` for a URL that is none of a stream.
     * @param {ViewerOptions} options
     */
    constructor(options) {
        super();
        const { bufferMs = 3_000, gives = true, uploadBitsPerSecond = null } = options;
        const { relayOnly = false, usesPeers = true } = options;
        const { origin, stream } = streamOfURL(options.url);
        this.stream = stream;
        this.origin = origin;
        this.video = options.video;
        /** Takes the stream from other viewers where it can. */
        this.usesPeers = usesPeers && !relayOnly && LinkHost.isSupported;
        this.wantsToGive = gives;
        this.engineOptions = {
            origin,
            stream,
            usesPeers: this.usesPeers,
            gives,
            bufferMs: Math.min(Math.max(bufferMs, 200), 30_000),
            uploadBytesPerSecond: uploadBitsPerSecond === null ? null : uploadBitsPerSecond / 8,
        };
        /** @type {EngineHost | null} */
        this.engine = null;
        /** @type {MediaSourcePlayer | null} */
        this.player = null;
        /** @type {LinkHost | null} */
        this.links = null;
        this.listeners = new AbortController();
        /** @type {StreamStanding} */
        this.standing = "finding";
        /** @type {EngineActivity} */
        this.engineActivity = "finding";
        /**
         * What went wrong last, for those who want to know; null when nothing did.
         * @type {string | null}
         */
        this.problem = null;
        this.isUnsupported = false;
        this.isStopped = false;
        /** @type {string | null} */
        this.leaveURL = null;
        /** @type {import("./EngineMessages.js").EngineStatistics} */
        this.measured = {};
        /**
         * Round trip and kind of path, by link.
         * @type {Map<number, { roundTripMs: number | null, kind: string | null }>}
         */
        this.paths = new Map();
        this.lastMeasured = -Infinity;
        this.lastTick = 0;
        this.lastPace = 0;
        this.startedAt = 0;
        /**
         * From the start, or the navigation, to the first picture; null before.
         * @type {number | null}
         */
        this.startupMs = null;
        this.stalls = new StallCounter();
        /**
         * What was received and sent when, for rates.
         * @type {{ at: number, received: number, sent: number }[]}
         */
        this.rates = [];
        this.said = "";
    }

    // What a page does.

    /** Begins to watch. */
    start() {
        if (this.engine !== null || this.isStopped) return;
        // What a visitor waits for begins with the click on the link, if the page begins with the stream.
        this.startedAt = document.readyState === "complete" ? performance.now() : 0;
        if (!MediaSourcePlayer.canPlay()) {
            this.isUnsupported = true;
            this.problem = "this browser has no Media Source Extensions";
            return this.tell();
        }
        this.player = new MediaSourcePlayer(this.video, this.engineOptions.bufferMs);
        this.player.onProblem = (what) => this.noteProblem(what);
        this.player.onSupport = (isSupported, mimeType) => {
            this.isUnsupported = !isSupported;
            this.noteProblem(isSupported ? null : `this browser does not play ${mimeType}`);
        };
        const { goalMs } = this.player.pace;
        this.player.onStall = (ms) => this.stalls.add(ms, goalMs, performance.now());
        this.player.onPlayable = () => this.dispatchEvent(new Event("playable"));
        this.engine = new EngineHost((report) => this.take(report), (what) => {
            this.standing = "unreachable";
            this.noteProblem(what);
        });
        const { engine } = this;
        this.links = new LinkHost((command, transfer) => engine.post(command, transfer));
        this.listen();
        engine.post({ kind: "start", options: { ...this.engineOptions, gives: this.givesNow } });
        this.tell();
    }

    /** Leaves the swarm, and lets go of the video element. */
    stop() {
        if (this.isStopped) return;
        this.isStopped = true;
        this.listeners.abort();
        this.engine?.stop();
        this.player?.stop();
        // Good-byes go out first.
        setTimeout(() => this.links?.closeAll(), farewellMs);
        this.tell();
    }

    /** Whether other viewers are fed. */
    get gives() {
        return this.wantsToGive;
    }

    set gives(gives) {
        this.wantsToGive = gives;
        this.engine?.post({ kind: "gives", gives: this.givesNow });
    }

    /** Goes to where the picture should be. */
    goLive() {
        this.player?.goLive();
    }

    /** Whether there is enough to play. */
    get isPlayable() {
        return this.player?.isPlayable ?? false;
    }

    // What a page sees.

    /** @returns {ViewerState} */
    get state() {
        const { player, standing, video } = this;
        if (this.isStopped) return "stopped";
        if (this.isUnsupported) return "unsupported";
        const isShowing = player !== null && player.hasShown && !player.isStarved;
        if (player?.isPlayable && video.paused && standing !== "ended") return "paused";
        if (isShowing) return "playing";
        if (standing === "waiting" || standing === "ended" || standing === "unknown") return standing;
        if (standing === "unreachable") return "unreachable";
        return player?.hasShown ? "rebuffering" : "starting";
    }

    /**
     * What it is doing, in a word.
     * @returns {EngineActivity}
     */
    get activity() {
        return navigator.onLine === false ? "offline" : this.engineActivity;
    }

    /**
     * What it has measured, by the names of the contract (PROTOCOL.md §12), and what only a page can tell.
     * @returns {import("./ViewerTypes.js").ViewerStatistics}
     */
    get statistics() {
        const { engine, measured, player, stalls, video } = this;
        const quality = video.getVideoPlaybackQuality?.();
        const framesDropped = quality?.droppedVideoFrames ?? 0;
        // With the pause that is under way, if it is one.
        const stallMs = player !== null && player.isStarved ? player.stallMs : 0;
        const isStall = stallMs > 0 ? 1 : 0;
        const first = this.rates[0];
        const last = this.rates[this.rates.length - 1];
        const perSecond = (/** @type {number} */ bytes) =>
            last && last.at > first.at ? Math.round((bytes * 8_000) / (last.at - first.at)) : 0;
        return {
            peer: null, parents: [], children: 0, links: 0, capacity: 0, depth: 0, offload: 0, continuity: 0,
            bytesFromPeers: 0, bytesFromForwards: 0, uploadBytes: 0, repairs: 0, repairMs: 0, badPieces: 0,
            chunksDue: 0, chunksOnTime: 0, chunksLate: 0, chunksMissing: 0, publisherGapMs: 0, clockErrorMs: null,
            forward: null, tracker: null,
            ...measured,
            stream: this.stream,
            state: this.state,
            activity: this.activity,
            startupMs: this.startupMs,
            latencyMs: player?.shown.latency.percentiles() ?? {},
            liveLatencyMs: rounded(player?.latencyMs ?? null),
            targetMs: rounded(player?.pace.targetMs ?? null),
            bufferMs: player?.aheadMs ?? 0,
            playbackRate: video.playbackRate,
            stalls: stalls.stalls + isStall,
            stallMs: stalls.stallMs + stallMs,
            rebuffers: stalls.rebuffers + isStall,
            rebufferMs: stalls.rebufferMs + stallMs,
            framesShown: Math.max(0, (quality?.totalVideoFrames ?? 0) - framesDropped),
            framesDropped,
            width: video.videoWidth,
            height: video.videoHeight,
            bitrate: last ? perSecond(last.received - first.received) : 0,
            uploadBitrate: last ? perSecond(last.sent - first.sent) : 0,
            isWorker: engine?.isWorker ?? false,
            gives: this.givesNow,
            neighbours: (measured.neighbours ?? []).map((/** @type {any} */ { link, ...each }) => ({
                ...each, ...this.paths.get(link) })),
        };
    }

    // What the engine says.

    /** @param {EngineReport} report */
    take(report) {
        if (this.isStopped && report.kind !== "send") return;
        switch (report.kind) {
            case "tick":
                return this.tick();
            case "status":
                this.standing = report.stream;
                this.engineActivity = report.activity;
                this.leaveURL = report.leaveURL;
                if (report.stream !== "live") this.player?.excuse();
                if (!this.isUnsupported) this.problem = report.problem;
                return this.tell();
            case "play":
                return this.player?.play(report.fragment);
            case "statistics":
                return this.takeStatistics(report.statistics);
            default:
                this.links?.handle(report);
        }
    }

    tick() {
        const now = performance.now();
        this.player?.tick();
        this.links?.reportBuffered();
        const targetMs = this.player?.pace.targetMs ?? null;
        if (targetMs !== null && Math.abs(targetMs - this.lastPace) >= 50) {
            this.lastPace = targetMs;
            this.engine?.post({ kind: "pace", targetMs });
        }
        if (now - this.lastMeasured > measureMs) {
            this.lastMeasured = now;
            this.measurePaths();
        }
        this.tell();
    }

    /** @param {import("./EngineMessages.js").EngineStatistics} statistics */
    takeStatistics(statistics) {
        this.measured = statistics;
        const received = statistics.bytesFromPeers + statistics.bytesFromForwards;
        if (this.standing !== "live") this.player?.excuse();
        const now = performance.now();
        this.stalls.note(statistics.publisherGapMs, now);
        this.rates.push({ at: now, received, sent: statistics.uploadBytes });
        if (this.rates.length > 9) this.rates.shift();
        this.dispatchEvent(new Event("statistics"));
    }

    /** @param {string | null} what */
    noteProblem(what) {
        this.problem = what;
        this.tell();
    }

    async measurePaths() {
        const { links } = this;
        if (links === null) return;
        const numbers = [...links.links.keys()];
        const found = await Promise.all(numbers.map((number) => links.measure(number)));
        this.paths = new Map(numbers.flatMap((number, index) => {
            const path = found[index];
            return path === null ? [] : [[number, path]];
        }));
    }

    /** Tells the page when state or activity have changed. */
    tell() {
        const all = `${this.state} ${this.activity} ${this.problem}`;
        if (all === this.said) return;
        this.said = all;
        this.dispatchEvent(new Event("statechange"));
    }

    // What happens to the page.

    /** Feeds others now: a phone in a pocket does not. */
    get givesNow() {
        return this.wantsToGive && !(document.hidden && isPhone());
    }

    listen() {
        const { signal } = this.listeners;
        const { video } = this;
        const changed = () => this.engine?.post({ kind: "network" });
        addEventListener("online", changed, { signal });
        addEventListener("offline", () => this.tell(), { signal });
        /** @type {any} */ (navigator).connection?.addEventListener?.("change", changed, { signal });
        addEventListener("pagehide", () => this.sayLeave(), { signal });
        // The page comes out of the browser's memory: its links are gone.
        addEventListener("pageshow", ({ persisted }) => persisted && changed(), { signal });
        document.addEventListener("visibilitychange", () => this.shownOrHidden(), { signal });
        for (const name of ["playing", "pause", "waiting"]) video.addEventListener(name, () => this.tell(), { signal });
        const seen = () => this.firstFrame();
        if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(seen);
        video.addEventListener("playing", seen, { signal, once: true });
    }

    shownOrHidden() {
        this.engine?.post({ kind: "gives", gives: this.givesNow });
        // What went by unseen is not caught up with.
        if (!document.hidden) this.player?.goLive();
    }

    firstFrame() {
        if (this.startupMs !== null || this.isStopped) return;
        this.startupMs = Math.round(performance.now() - this.startedAt);
        if (this.player !== null) this.player.hasShown = true;
        this.dispatchEvent(new Event("firstframe"));
        this.tell();
    }

    /** Tells the tracker, which a page that is closed has no time for otherwise. */
    sayLeave() {
        if (this.leaveURL === null) return;
        // No cookies, as `sendBeacon` would send. If it fails, the tracker finds out by itself.
        const request = { method: "POST", keepalive: true, credentials: /** @type {const} */ ("omit") };
        fetch(this.leaveURL, request).catch(() => {});
    }
}

/**
 * Coordinate and name of a stream's URL. Throws `TypeError`.
 * @param {string} url
 * @returns {{ origin: string, stream: string }}
 */
export function streamOfURL(url) {
    const parsed = new URL(url, document.baseURI);
    const path = parsed.pathname.replace(/^\/watch\//, "/");
    if (!/^https?:$/.test(parsed.protocol)) throw new TypeError(`${url} is no http URL of a stream`);
    try {
        return { origin: parsed.origin, stream: checkedStreamName(path.slice(1)) };
    } catch (error) {
        throw new TypeError(`${url}: ${/** @type {Error} */ (error).message}`);
    }
}

/** @param {number | null} value */
const rounded = (value) => (value === null ? null : Math.round(value));

/** Whether this is a phone, whose battery and data are its owner's. */
function isPhone() {
    const { userAgent, userAgentData } = /** @type {any} */ (navigator);
    return userAgentData?.mobile ?? /Mobi|Android|iPhone|iPad/.test(userAgent);
}
