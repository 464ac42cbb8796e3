// @ts-check
import { make, setAttributes, setText } from "./dom.js";
import { icon, showIcon } from "./icons.js";
import { KeyHelp } from "./KeyHelp.js";
import { Veil } from "./Veil.js";

/** @typedef {import("./keys.js").KeyCommand} KeyCommand */

/**
 * @typedef {object} ControlsView what the controls show
 * @property {string} name
 * @property {import("./words.js").Wording} wording
 * @property {import("../viewer/ViewerTypes.js").ViewerState} state
 * @property {string | null} problem
 * @property {boolean} isHeld it plays only when told to
 * @property {boolean} hasPicture something has been shown
 * @property {boolean} isMuted
 * @property {boolean} offersSound it is muted, and nobody has asked for that
 * @property {number} volume 0 … 1
 * @property {boolean} isLive
 * @property {number} behindSeconds
 * @property {boolean} isFullscreen
 * @property {boolean} canFullscreen
 * @property {boolean} isOpen the panel is
 * @property {boolean} hasControls
 */

/** States in which words stand where the picture would be. */
const veiledStates = ["starting", "waiting", "ended", "unknown", "unreachable", "unsupported", "stopped"];

/** What lies over the picture: buttons, and words where there is no picture. It knows nothing of viewers. */
export class PlayerControls {
    /** @param {{ onCommand: (command: KeyCommand) => void, onVolume: (volume: number) => void }} handlers */
    constructor({ onCommand, onVolume }) {
        this.onCommand = onCommand;
        this.playIcon = icon("pause");
        this.play = this.button("press", "playPause", "Pause", this.playIcon);
        this.muteIcon = icon("muted");
        this.mute = this.button("press", "mute", "Sound on", this.muteIcon);
        this.volume = make("input", {
            class: "volume", type: "range", min: 0, max: 100, step: 5, value: 100, "aria-label": "Volume",
        });
        this.volume.addEventListener("input", () => onVolume(this.volume.valueAsNumber / 100));
        this.live = this.button("livebutton", "live", "Live");
        this.quality = make("div", { class: "quality" });
        this.qualityWords = make("span", { class: "words" });
        this.quality.append(this.qualityWords);
        this.caption = make("div", { class: "caption", "aria-hidden": "true" });
        this.captionQuality = make("div", { class: "quality" });
        this.captionWords = make("span", { class: "words" });
        this.captionQuality.append(this.captionWords);
        this.caption.append(this.captionQuality);
        this.helpButton = this.button("press wide", "help", "Keyboard keys", icon("help"));
        this.figures = this.button("press", "figures", "Figures: behind the picture", icon("figures"));
        this.screenIcon = icon("fullscreen");
        this.screen = this.button("press", "fullscreen", "Full screen", this.screenIcon);
        this.name = make("div", { class: "name", part: "name" });
        this.top = make("div", { class: "top", part: "top" }, make("slot", { name: "corner" }), this.name,
            make("div", { class: "grow" }), make("slot", { name: "aside" }));
        this.bar = make("div", { class: "bar", part: "bar", role: "group", "aria-label": "Player controls" },
            this.play, make("div", { class: "sound" }, this.mute, this.volume), this.live, this.quality,
            make("div", { class: "grow" }), this.helpButton, this.figures, this.screen);
        this.pill = this.button("pill", "mute", null, icon("sound"), "Tap for sound");
        this.big = this.button("big", "playPause", "Play", icon("play"));
        this.veil = new Veil();
        this.help = new KeyHelp(() => onCommand("help"));
        this.status = make("div", { class: "hush", role: "status", "aria-live": "polite" });
        this.elements = [
            this.veil.element, this.big, this.pill, this.top, this.caption, this.bar, this.help.element, this.status,
        ];
    }

    /**
     * @param {string} style
     * @param {KeyCommand} command
     * @param {string | null} label where its text does not say it
     * @param {(Node | string)[]} content
     */
    button(style, command, label, ...content) {
        const attributes = { class: style, type: "button", "aria-label": label, title: label };
        const button = make("button", attributes, ...content);
        button.addEventListener("click", () => this.onCommand(command));
        return button;
    }

    /** @param {ControlsView} view */
    show(view) {
        const { wording, hasControls, isHeld, isLive, behindSeconds } = view;
        this.top.hidden = this.bar.hidden = this.caption.hidden = !hasControls;
        setText(this.name, view.name);
        labelButton(this.play, isHeld ? "Play" : "Pause");
        showIcon(this.playIcon, isHeld ? "play" : "pause");
        const isSilent = view.isMuted || view.volume === 0;
        labelButton(this.mute, isSilent ? "Sound on" : "Sound off");
        showIcon(this.muteIcon, isSilent ? "muted" : "sound");
        const volume = isSilent ? 0 : Math.round(view.volume * 100);
        if (this.volume.valueAsNumber !== volume) this.volume.value = String(volume);
        const isOn = ["playing", "rebuffering", "paused"].includes(view.state);
        this.live.hidden = !isOn;
        // Elsewhere the words in place of the picture say it.
        this.quality.hidden = this.captionQuality.hidden = !isOn;
        this.live.className = `livebutton ${isLive && !isHeld ? "live" : "behind"}`;
        setText(this.live, isLive ? "LIVE" : `−${behindSeconds} s · go live`);
        labelButton(this.live, isLive ? "Live" : `${behindSeconds} seconds behind: jump to live`);
        this.quality.className = this.captionQuality.className = `quality ${wording.tone}`;
        setText(this.qualityWords, wording.short);
        setText(this.captionWords, wording.short);
        labelButton(this.screen, view.isFullscreen ? "Leave full screen" : "Full screen");
        showIcon(this.screenIcon, view.isFullscreen ? "unfullscreen" : "fullscreen");
        this.screen.hidden = !view.canFullscreen;
        setAttributes(this.figures, { "aria-expanded": String(view.isOpen) });
        this.showMiddle(view);
        setText(this.status, view.state === "playing" ? wording.short : `${wording.title}. ${wording.detail}`);
    }

    /** @param {ControlsView} view */
    showMiddle({ wording, state, isHeld, hasPicture, problem, offersSound, hasControls }) {
        const canPlay = !["unsupported", "unknown", "unreachable", "waiting", "ended"].includes(state);
        this.big.hidden = !(isHeld && canPlay) || !hasControls;
        this.pill.hidden = !offersSound || !this.big.hidden || !hasPicture || !hasControls || state !== "playing";
        const isWaiting = state === "rebuffering" && !isHeld;
        this.veil.element.hidden = !(veiledStates.includes(state) || isWaiting) || !this.big.hidden;
        const tellsProblem = state === "unreachable" || state === "unsupported";
        this.veil.show(wording, isWaiting ? "light" : hasPicture ? "" : "solid", tellsProblem ? problem ?? "" : "");
    }
}

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
function labelButton(button, text) {
    if (button.getAttribute("aria-label") !== text) setAttributes(button, { "aria-label": text, title: text });
}
