// @ts-check

/**
 * @typedef {object} GestureHandlers
 * @property {import("./Idling.js").Idling} idling
 * @property {() => boolean} isHeld
 * @property {(command: import("./keys.js").KeyCommand) => void} onCommand
 */

/**
 * Listens to what pointers do over a picture. A click plays and pauses, two fill the screen; a finger's tap shows what
 * lies over the picture, or hides it.
 * @param {HTMLElement} frame
 * @param {HTMLVideoElement} video
 * @param {GestureHandlers} handlers
 */
export function listenToGestures(frame, video, { idling, isHeld, onCommand }) {
    let isFinger = false;
    video.addEventListener("click", () => {
        if (!isFinger) onCommand("playPause");
    });
    video.addEventListener("dblclick", () => {
        if (!isFinger) onCommand("fullscreen");
    });
    frame.addEventListener("pointermove", ({ pointerType }) => {
        if (pointerType === "mouse") idling.stir();
    });
    frame.addEventListener("pointerdown", ({ pointerType, target }) => {
        isFinger = pointerType !== "mouse";
        if (isFinger && target === video && !idling.isIdle && !isHeld()) idling.leave();
        else idling.stir();
    });
    frame.addEventListener("pointerleave", ({ pointerType }) => {
        if (pointerType === "mouse") idling.leave();
    });
    frame.addEventListener("focusin", () => idling.stir());
}
