// @ts-check
import { P2PLiveElement } from "../element/P2PLiveElement.js";
import { setText } from "../element/dom.js";
import { fetchJSON, whileVisible } from "./polling.js";
import { streamNameOf, viewersText } from "./streamList.js";
import { watchAttributes, watchTitle } from "./watchTitle.js";

const viewersMs = 10_000;

/** Keeps the screen on while it is filled, where the browser can. */
class Wakefulness {
    constructor() {
        /** @type {{ release(): Promise<void> } | null} */
        this.lock = null;
        this.isWanted = false;
    }

    /** @param {boolean} isWanted */
    async want(isWanted) {
        this.isWanted = isWanted;
        if (!isWanted || document.hidden) {
            const { lock } = this;
            this.lock = null;
            await lock?.release().catch(() => {});
            return;
        }
        if (this.lock !== null) return;
        try {
            const lock = await /** @type {any} */ (navigator).wakeLock?.request("screen");
            if (lock === undefined) return;
            this.lock = lock;
            lock.addEventListener("release", () => {
                if (this.lock === lock) this.lock = null;
            });
            if (!this.isWanted) await this.want(false);
        } catch {
            // A battery that runs low, or a page that may not.
        }
    }
}

/**
 * Tells the system what plays, and takes its keys.
 * @param {P2PLiveElement} player
 * @param {string} name
 */
function showMediaSession(player, name) {
    const session = navigator.mediaSession;
    if (session === undefined || typeof MediaMetadata === "undefined") return;
    session.metadata = new MediaMetadata({
        title: name, artist: `Live on ${location.host}`,
        artwork: [{ src: `${location.origin}/streams/${name}/thumbnail.jpg`, type: "image/jpeg" }],
    });
    session.setActionHandler("play", () => void player.play());
    session.setActionHandler("pause", () => player.pause());
}

/**
 * How many watch, and the way to see them.
 * @param {string} name
 */
function showViewers(name) {
    const link = /** @type {HTMLAnchorElement} */ (document.getElementById("watching"));
    link.href = `/topology?stream=${name}`;
    link.title = "How the viewers carry it";
    whileVisible(async () => {
        try {
            const { viewers } = /** @type {{ viewers?: unknown }} */ (await fetchJSON(`/streams/${name}`));
            link.hidden = typeof viewers !== "number" || viewers < 1;
            if (typeof viewers === "number") setText(link, viewersText(viewers));
        } catch {
            link.hidden = true;
        }
    }, viewersMs);
}

/** The page is all player. */
function watchStream() {
    const player = /** @type {P2PLiveElement} */ (document.getElementById("player"));
    const name = streamNameOf(location.pathname);
    if (!(player instanceof P2PLiveElement) || name === null) return;
    const wakefulness = new Wakefulness();
    const heading = document.getElementById("heading");
    if (heading !== null) setText(heading, `${name}, live`);
    const update = () => {
        const state = player.video.paused && player.state === "playing" ? "paused" : player.state;
        document.title = watchTitle(name, state);
        const isFull = document.fullscreenElement !== null && document.fullscreenElement !== undefined;
        void wakefulness.want(isFull && !player.video.paused);
        if (navigator.mediaSession !== undefined) {
            navigator.mediaSession.playbackState = player.video.paused ? "paused" : "playing";
        }
    };
    for (const type of ["p2plive-state", "p2plive-firstframe"]) player.addEventListener(type, update);
    for (const type of ["play", "pause"]) player.video.addEventListener(type, update);
    for (const type of ["fullscreenchange", "visibilitychange"]) document.addEventListener(type, update);
    document.addEventListener("keydown", (event) => void player.handleKey(event));
    for (const [key, value] of Object.entries(watchAttributes(new URLSearchParams(location.search)))) {
        player.setAttribute(key, value);
    }
    player.src = `${location.origin}/${name}`;
    document.title = watchTitle(name, "starting");
    showMediaSession(player, name);
    showViewers(name);
}

watchStream();
