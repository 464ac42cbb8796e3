// @ts-check
import { LivePlayer } from "./LivePlayer.js";
import { bufferMilliseconds, isOn } from "./options.js";

/** @typedef {import("../viewer/ViewerTypes.js").ViewerStatistics} ViewerStatistics */

/** Attributes without which it is another viewer. */
const viewerAttributes = ["src", "p2p", "relay-only", "buffer", "autoplay"];
const lookAttributes = ["muted", "give", "controls", "poster"];

/** Properties that a page may have set before this was loaded. */
const mirrored = ["src", "muted", "autoplay", "p2p", "give", "relayOnly", "buffer", "controls", "poster"];

/**
 * `<p2p-live src="https://coordinate/NAME">`: a live stream in a page. EMBEDDING.md tells how to use it.
 */
export class P2PLiveElement extends HTMLElement {
    static get observedAttributes() {
        return [...viewerAttributes, ...lookAttributes];
    }

    #player;
    #isRestarting = false;

    constructor() {
        super();
        this.#player = new LivePlayer(this, this.attachShadow({ mode: "open" }));
    }

    connectedCallback() {
        for (const name of mirrored) this.#adopt(name);
        if (!this.hasAttribute("role")) this.setAttribute("role", "region");
        if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Live stream");
        // Else it has been moved within the page, and goes on.
        if (this.#player.isAttached) return;
        this.#player.attach();
        this.#restart();
    }

    disconnectedCallback() {
        // Whoever moves it within the page takes it out and puts it back at once.
        queueMicrotask(() => {
            if (!this.isConnected) this.#player.detach();
        });
    }

    /**
     * @param {string} name
     * @param {string | null} before
     * @param {string | null} value
     */
    attributeChangedCallback(name, before, value) {
        if (before === value || !this.isConnected) return;
        if (name === "muted") this.muted = isOn(value);
        else if (viewerAttributes.includes(name)) this.#restart();
        else if (this.#player.settings !== null) this.#player.applyLooks(this.#settings);
    }

    /** What the attributes ask for. @returns {import("./LivePlayer.js").PlayerSettings} */
    get #settings() {
        return {
            url: this.src,
            isMuted: isOn(this.getAttribute("muted")),
            startsItself: this.autoplay,
            usesPeers: this.p2p,
            mayGive: this.give,
            relayOnly: this.relayOnly,
            bufferMs: bufferMilliseconds(this.getAttribute("buffer")),
            hasControls: this.controls,
            poster: this.poster,
        };
    }

    /** Begins anew, once for all attributes that change in one go. */
    #restart() {
        if (this.#isRestarting) return;
        this.#isRestarting = true;
        queueMicrotask(() => {
            this.#isRestarting = false;
            if (this.isConnected) this.#player.start(this.#settings);
        });
    }

    /** @param {string} name */
    #adopt(name) {
        const own = Object.getOwnPropertyDescriptor(this, name);
        if (own === undefined) return;
        const self = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
        delete self[name];
        self[name] = own.value;
    }

    /**
     * @param {string} name
     * @param {boolean} isSet
     */
    #setSwitch(name, isSet) {
        if (isSet) this.removeAttribute(name);
        else this.setAttribute(name, "off");
    }

    /** The stream's address, absolute; "" when there is none. */
    get src() {
        const text = this.getAttribute("src");
        if (text === null || text === "") return "";
        try {
            return new URL(text, document.baseURI).href;
        } catch {
            return text;
        }
    }

    set src(address) {
        this.setAttribute("src", address);
    }

    /** Whether there is no sound right now. */
    get muted() {
        return this.#player.video.muted;
    }

    set muted(isMuted) {
        this.#player.video.muted = isMuted;
    }

    /** Whether it starts by itself. */
    get autoplay() {
        return isOn(this.getAttribute("autoplay"));
    }

    set autoplay(isSet) {
        this.#setSwitch("autoplay", isSet);
    }

    /** Whether it takes the stream from other viewers, too. */
    get p2p() {
        return isOn(this.getAttribute("p2p"));
    }

    set p2p(isSet) {
        this.#setSwitch("p2p", isSet);
    }

    /** Whether it may pass the stream on, unless the visitor decides otherwise. */
    get give() {
        return isOn(this.getAttribute("give"));
    }

    set give(isSet) {
        this.#setSwitch("give", isSet);
    }

    /** Whether other viewers are met through relays alone, so that they do not learn this one's address. */
    get relayOnly() {
        const text = this.getAttribute("relay-only");
        return text !== null && isOn(text);
    }

    set relayOnly(isSet) {
        this.toggleAttribute("relay-only", isSet);
    }

    /** How much is kept ahead of what is shown, as "3s" or "800ms"; "" for the default. */
    get buffer() {
        return this.getAttribute("buffer") ?? "";
    }

    set buffer(length) {
        this.setAttribute("buffer", length);
    }

    /** Whether buttons lie over the picture. */
    get controls() {
        return isOn(this.getAttribute("controls"));
    }

    set controls(isSet) {
        this.#setSwitch("controls", isSet);
    }

    /** A picture until there is one. */
    get poster() {
        return this.getAttribute("poster") ?? "";
    }

    set poster(address) {
        this.setAttribute("poster", address);
    }

    /** All figures, new each time. @returns {ViewerStatistics} */
    get stats() {
        return this.#player.viewer?.statistics ?? {};
    }

    get state() {
        return this.#player.state;
    }

    get activity() {
        return this.#player.activity;
    }

    /** The viewer behind it; null while it is stopped. */
    get viewer() {
        return this.#player.viewer;
    }

    get video() {
        return this.#player.video;
    }

    /** Plays, or begins anew. */
    play() {
        return this.#player.play();
    }

    /** Stops the picture; the viewer goes on taking and giving. */
    pause() {
        this.#player.pause();
    }

    /** Jumps to what happens now. */
    goLive() {
        this.#player.goLive();
    }

    /** Fills the screen, or leaves it. */
    toggleFullscreen() {
        this.#player.command("fullscreen");
    }

    /**
     * Takes a key that was pressed elsewhere in the page, for pages that are all player.
     * @param {KeyboardEvent} event
     * @returns {boolean} whether it did something
     */
    handleKey(event) {
        return this.#player.handleKey(event);
    }
}

// A page may load it twice, under two addresses.
if (customElements.get("p2p-live") === undefined) customElements.define("p2p-live", P2PLiveElement);
