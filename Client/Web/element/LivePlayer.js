// @ts-check
import { Viewer } from "../viewer/Viewer.js";
import { make } from "./dom.js";
import { dress } from "./dress.js";
import { canFillScreen, fillsScreen, toggleScreen } from "./fullscreen.js";
import { listenToGestures } from "./gestures.js";
import { GivingChoice } from "./giving.js";
import { Idling } from "./Idling.js";
import { keyCommand } from "./keys.js";
import { displayName } from "./options.js";
import { playsAsAllowed } from "./playback.js";
import { PlayerControls } from "./PlayerControls.js";
import { SampleRing } from "./SampleRing.js";
import { StatisticsPanel } from "./StatisticsPanel.js";
import { addressWords, liveStanding, wordsFor } from "./words.js";

/** @typedef {import("../viewer/ViewerTypes.js").ViewerState} ViewerState */

/**
 * @typedef {object} PlayerSettings what an element asks for
 * @property {string} url absolute; empty for none
 * @property {boolean} isMuted at the beginning
 * @property {boolean} startsItself
 * @property {boolean} usesPeers
 * @property {boolean} mayGive
 * @property {boolean} relayOnly
 * @property {number | undefined} bufferMs
 * @property {boolean} hasControls
 * @property {string} poster
 */

/** States in which a viewer has come to an end, so that playing begins anew. */
const endedStates = ["ended", "stopped", "unsupported"];
/** `disableremoteplayback`: MSE does not play on other screens, and iPhones refuse it where a video may go there. */
const videoAttributes = {
    playsinline: true, "webkit-playsinline": true, disableremoteplayback: true, part: "video", tabindex: "-1",
};
/** A step of the volume by key. */
const volumeStep = 0.1;

/** A viewer of a stream with a picture and controls in a host element. */
export class LivePlayer {
    /**
     * @param {HTMLElement} host
     * @param {ShadowRoot} root
     */
    constructor(host, root) {
        this.host = host;
        /** @type {Viewer | null} */
        this.viewer = null;
        /** @type {PlayerSettings | null} */
        this.settings = null;
        this.ring = new SampleRing();
        this.isHeld = false;
        this.heldSince = 0;
        this.hasPicture = false;
        this.isMutedByVisitor = false;
        this.isOpen = false;
        /** @type {string | null} */
        this.problem = null;
        this.giving = new GivingChoice();
        this.video = make("video", videoAttributes);
        this.controls = new PlayerControls({
            onCommand: (command) => this.command(command), onVolume: (volume) => this.setVolume(volume),
        });
        this.panel = new StatisticsPanel({
            onClose: () => this.command("figures"), onGive: (gives) => this.chooseGiving(gives),
        });
        this.frame = make("div", { class: "frame", part: "frame" }, this.video, ...this.controls.elements,
            this.panel.element);
        this.idling = new Idling(() => this.showIdle());
        dress(root);
        root.append(this.frame);
        this.listen();
        this.isAttached = false;
        /** What goes when the element does. */
        this.leaving = new AbortController();
    }

    /** Listens to what happens within the element. */
    listen() {
        const { video, frame } = this;
        for (const type of ["play", "pause", "volumechange"]) {
            video.addEventListener(type, () => this.videoChanged(type));
        }
        listenToGestures(frame, video, {
            idling: this.idling, isHeld: () => this.isHeld, onCommand: (command) => this.command(command),
        });
        this.host.addEventListener("keydown", (event) => this.handleKey(event));
    }

    /** Listens to the page, as long as the element is in it. */
    attach() {
        this.isAttached = true;
        this.leaving = new AbortController();
        const { signal } = this.leaving;
        for (const type of ["fullscreenchange", "webkitfullscreenchange"]) {
            document.addEventListener(type, () => this.show(), { signal });
        }
        document.addEventListener("visibilitychange", () => {
            if (!document.hidden && this.hasPicture) void this.begin();
            this.show();
        }, { signal });
        const connection = /** @type {any} */ (navigator).connection;
        connection?.addEventListener?.("change", () => this.updateGiving(), { signal });
        this.idling.stir();
    }

    /** The element has left the page. */
    detach() {
        this.isAttached = false;
        this.leaving.abort();
        this.idling.stop();
        this.stop();
    }

    /**
     * Begins anew with other settings.
     * @param {PlayerSettings} settings
     */
    start(settings) {
        this.stop();
        const isOther = this.settings?.url !== settings.url;
        this.settings = settings;
        if (isOther) {
            this.ring.clear();
            this.video.muted = settings.isMuted;
        }
        this.applyLooks(settings);
        this.isHeld = !settings.startsItself;
        if (settings.startsItself && settings.url !== "") this.watch(settings);
        this.show();
    }

    /**
     * Takes over what changes nothing about the viewer.
     * @param {PlayerSettings} settings
     */
    applyLooks(settings) {
        this.settings = settings;
        if (settings.poster === "") this.video.removeAttribute("poster");
        else this.video.poster = settings.poster;
        this.updateGiving();
        this.show();
    }

    /** @param {PlayerSettings} settings */
    watch({ url, usesPeers, relayOnly, bufferMs }) {
        this.problem = null;
        try {
            const options = { url, video: this.video, usesPeers, relayOnly, gives: this.gives, bufferMs };
            this.viewer = new Viewer(options);
        } catch (error) {
            this.tellProblem(error instanceof Error ? error.message : String(error));
            return;
        }
        const { viewer } = this;
        viewer.addEventListener("statechange", () => viewer === this.viewer && this.stateChanged());
        viewer.addEventListener("statistics", () => viewer === this.viewer && this.statisticsCame());
        viewer.addEventListener("playable", () => viewer === this.viewer && void this.begin());
        viewer.addEventListener("firstframe", () => viewer === this.viewer && this.firstFrame());
        viewer.start();
        this.stateChanged();
    }

    /** Leaves the swarm. */
    stop() {
        const { viewer } = this;
        this.viewer = null;
        this.hasPicture = false;
        this.problem = null;
        viewer?.stop();
    }

    /** @returns {ViewerState} */
    get state() {
        if (this.viewer !== null) return this.viewer.state;
        return this.problem === null ? "stopped" : "unsupported";
    }

    get activity() {
        return this.viewer?.activity ?? "finding";
    }

    get gives() {
        return this.giving.gives(this.settings?.mayGive ?? true);
    }

    /** Carries over what giving comes to by now. */
    updateGiving() {
        if (this.viewer !== null && this.viewer.gives !== this.gives) this.viewer.gives = this.gives;
        this.showPanel();
    }

    /**
     * The visitor's own switch, which wins.
     * @param {boolean} gives
     */
    chooseGiving(gives) {
        this.giving.choose(gives);
        this.updateGiving();
    }

    /** Plays; begins anew when the viewer has come to an end. */
    async play() {
        this.isHeld = false;
        if (this.settings === null || this.settings.url === "") return this.show();
        if (this.viewer === null || endedStates.includes(this.state)) {
            this.stop();
            this.watch(this.settings);
        }
        if (this.viewer?.isPlayable) await this.begin();
        this.show();
    }

    /** Plays as far as the browser lets it: with sound, else muted, else when the visitor presses play. */
    async begin() {
        if (this.isHeld || !this.video.paused) return;
        if (!await playsAsAllowed(this.video)) this.hold();
    }

    /** Plays only when told to. */
    hold() {
        if (!this.isHeld) this.heldSince = performance.now();
        this.isHeld = true;
        this.show();
    }

    /** Stops the picture, not the viewer. */
    pause() {
        this.video.pause();
        this.hold();
    }

    /** Jumps to the live edge. */
    goLive() {
        this.isHeld = false;
        this.viewer?.goLive();
        void this.begin();
        this.show();
    }

    /** @param {number} volume 0 … 1 */
    setVolume(volume) {
        this.isMutedByVisitor = volume === 0;
        this.video.volume = Math.min(1, Math.max(0, volume));
        this.video.muted = volume === 0;
    }

    /** @param {import("./keys.js").KeyCommand} command */
    command(command) {
        const { controls, video } = this;
        this.idling.stir();
        switch (command) {
            case "playPause":
                return void (this.isHeld || endedStates.includes(this.state) ? this.play() : this.pause());
            case "mute":
                this.isMutedByVisitor = !video.muted;
                video.muted = !video.muted;
                if (!video.muted && video.volume === 0) video.volume = 1;
                return;
            case "louder":
                return this.setVolume((video.muted ? 0 : video.volume) + volumeStep);
            case "softer":
                return this.setVolume(Math.max(0, (video.muted ? 0 : video.volume) - volumeStep));
            case "live":
                return this.goLive();
            case "fullscreen":
                return void toggleScreen(this.host, video);
            case "figures":
                return this.togglePanel();
            case "help":
                return controls.help.toggle(controls.helpButton);
            case "close":
                if (controls.help.isOpen) controls.help.toggle(controls.helpButton);
                else if (this.isOpen) this.togglePanel();
        }
    }

    /** Opens or shuts the panel, and moves the focus there and back. */
    togglePanel() {
        this.isOpen = !this.isOpen;
        const hadFocus = this.panel.element.matches(":focus-within");
        this.panel.element.hidden = !this.isOpen;
        this.frame.classList.toggle("open", this.isOpen);
        this.show();
        if (this.isOpen) this.panel.body.focus({ preventScroll: true });
        else if (hadFocus) this.controls.figures.focus({ preventScroll: true });
    }

    /**
     * A key, which does what the list of keys says.
     * @param {KeyboardEvent} event
     * @returns {boolean} whether it did something
     */
    handleKey(event) {
        if (event.defaultPrevented || this.settings?.hasControls !== true) return false;
        const target = event.composedPath()[0];
        const focus = target instanceof HTMLElement
            ? { tag: target.tagName, type: target.getAttribute("type") ?? "", isEditable: target.isContentEditable }
            : { tag: "", type: "", isEditable: false };
        const command = keyCommand(event, focus);
        if (command === null || (command === "close" && !this.controls.help.isOpen && !this.isOpen)) return false;
        event.preventDefault();
        this.command(command);
        return true;
    }

    /** @param {string} type */
    videoChanged(type) {
        // Browsers stop what nobody sees; it goes on when somebody does.
        if (type === "pause" && this.video.readyState >= 2 && !document.hidden) this.hold();
        if (type === "play") this.isHeld = false;
        this.show();
    }

    /** The viewer stands otherwise than before. */
    stateChanged() {
        if (this.viewer === null) return;
        const { state, activity, problem } = this.viewer;
        this.tell("p2plive-state", { state, activity });
        if (problem !== null && problem !== this.problem) this.tellProblem(problem);
        this.problem = problem;
        this.show();
    }

    /** The viewer has told its figures, as it does twice a second. */
    statisticsCame() {
        const statistics = this.viewer?.statistics ?? {};
        this.ring.take(statistics, performance.now());
        this.tell("p2plive-stats", statistics);
        this.show();
    }

    /** Something is to be seen. */
    firstFrame() {
        this.hasPicture = true;
        this.tell("p2plive-firstframe", { startupMs: this.viewer?.statistics.startupMs ?? null });
        this.show();
    }

    /** @param {string} problem */
    tellProblem(problem) {
        this.problem = problem;
        this.tell("p2plive-problem", { problem, state: this.state });
    }

    /**
     * @param {string} type
     * @param {object} detail
     */
    tell(type, detail) {
        this.host.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
    }

    /** Shows how everything stands. */
    show() {
        const { settings, state, video, viewer, isHeld } = this;
        if (settings === null) return;
        const statistics = viewer?.statistics ?? {};
        const pausedMs = isHeld && this.hasPicture ? performance.now() - this.heldSince : 0;
        const wording = viewer === null && this.problem !== null ? addressWords
            : wordsFor(isHeld && state === "playing" ? "paused" : state, this.activity);
        this.frame.classList.toggle("bare", !this.hasPicture && settings.poster === "");
        this.controls.show({
            name: displayName(settings.url), wording, state, problem: this.problem, isHeld, hasPicture: this.hasPicture,
            isMuted: video.muted, offersSound: video.muted && !this.isMutedByVisitor, volume: video.volume,
            ...liveStanding(statistics, pausedMs),
            isFullscreen: fillsScreen(this.host), canFullscreen: canFillScreen(this.host, video),
            isOpen: this.isOpen, hasControls: settings.hasControls,
        });
        this.showIdle();
        this.showPanel(statistics);
    }

    /** Draws the panel, when it is there to be seen. */
    showPanel(statistics = this.viewer?.statistics ?? {}) {
        if (!this.isOpen || document.hidden) return;
        this.panel.show({
            statistics, ring: this.ring, gives: this.gives,
            isMetered: this.giving.isMetered, usesPeers: this.viewer?.usesPeers ?? this.settings?.usesPeers ?? true,
        });
    }

    /** Hides what lies over the picture, unless somebody is at it. */
    showIdle() {
        const isBusy = this.isHeld || this.isOpen || this.controls.help.isOpen || this.state !== "playing"
            || this.frame.querySelector(".bar :focus-visible") !== null;
        this.frame.classList.toggle("idle", this.idling.isIdle && !isBusy);
    }
}
