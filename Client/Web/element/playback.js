// @ts-check

/**
 * Plays a video as far as the browser lets a page: with sound, else muted.
 * @param {HTMLVideoElement} video
 * @returns {Promise<boolean>} false when it plays only after the visitor has pressed play
 */
export async function playsAsAllowed(video) {
    if (await isLetPlay(video)) return true;
    if (video.muted) return false;
    video.muted = true;
    return isLetPlay(video);
}

/**
 * Whether a video was not refused to play; it may still fail for other reasons, which are its player's.
 * @param {HTMLVideoElement} video
 */
async function isLetPlay(video) {
    try {
        await video.play();
        return true;
    } catch (error) {
        return !(error instanceof Error && error.name === "NotAllowedError");
    }
}
