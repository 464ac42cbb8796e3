// @ts-check

/**
 * Full screen as browsers offer it: for any element, under an older name, or on iPhones for the video alone.
 *
 * @typedef {HTMLElement & { webkitRequestFullscreen?: () => void }} ScreenElement
 * @typedef {HTMLVideoElement & { webkitEnterFullscreen?: () => void, webkitSupportsFullscreen?: boolean }} ScreenVideo
 * @typedef {Document & { webkitFullscreenElement?: Element | null, webkitExitFullscreen?: () => void }} ScreenDocument
 */

/**
 * Whether an element fills the screen.
 * @param {HTMLElement} element
 */
export function fillsScreen(element) {
    const page = /** @type {ScreenDocument} */ (document);
    const root = /** @type {ShadowRoot | Document} */ (element.getRootNode());
    return (root.fullscreenElement ?? page.webkitFullscreenElement ?? null) === element;
}

/**
 * Whether an element, or else its video, may fill the screen here.
 * @param {ScreenElement} element
 * @param {ScreenVideo} video
 */
export function canFillScreen(element, video) {
    if (document.fullscreenEnabled === false) return video.webkitEnterFullscreen !== undefined;
    return element.requestFullscreen !== undefined || element.webkitRequestFullscreen !== undefined
        || video.webkitEnterFullscreen !== undefined;
}

/**
 * Fills the screen or leaves it. What the browser refuses does not happen.
 * @param {ScreenElement} element
 * @param {ScreenVideo} video
 * @returns {Promise<void>}
 */
export async function toggleScreen(element, video) {
    const page = /** @type {ScreenDocument} */ (document);
    try {
        if (fillsScreen(element)) {
            if (page.exitFullscreen !== undefined) await page.exitFullscreen();
            else page.webkitExitFullscreen?.();
        } else if (element.requestFullscreen !== undefined) {
            await element.requestFullscreen({ navigationUI: "hide" });
        } else if (element.webkitRequestFullscreen !== undefined) {
            element.webkitRequestFullscreen();
        } else {
            video.webkitEnterFullscreen?.();
        }
    } catch {
        // The visitor or the page around it does not want it.
    }
}
