// @ts-check

/**
 * @typedef {object} PublishingWay
 * @property {string} title
 * @property {(address: string) => string} command
 * @property {string} hint
 */

const encoding = "-c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p -b:v 2M -g 60 -c:a aac";
const sending = "-f mpegts -pes_payload_size 0 -send_expect_100 1";

/**
 * Ways to publish, the shortest to try first.
 * @type {PublishingWay[]}
 */
export const publishingWays = [
    {
        title: "Test picture",
        command: (address) => "ffmpeg -re -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine "
            + `${encoding} ${sending} ${address}`,
        hint: "A moving picture and a tone, to see that everything works.",
    },
    {
        title: "Camera",
        command: (address) => `ffmpeg -f v4l2 -i /dev/video0 -f alsa -i default ${encoding} ${sending} ${address}`,
        hint: "On Linux. On a Mac: -f avfoundation -framerate 30 -i 0:0 in place of both inputs.",
    },
    {
        title: "File",
        command: (address) => `ffmpeg -re -i film.mp4 -c copy ${sending} ${address}`,
        hint: "As it is, without encoding anew: H.264, AV1 or VP9 with AAC or Opus.",
    },
    {
        title: "OBS",
        command: (address) => address,
        hint: "Settings, Output, Advanced, Recording: type “Custom Output (FFmpeg)”, output to URL, this address, "
            + "container mpegts. Then press Start Recording.",
    },
    {
        title: "client publish",
        command: (address) => `client publish ${address} testsrc`,
        hint: "With p2plive's own client, no ffmpeg needed: a test picture with a clock, or a file.",
    },
];

/**
 * Where a stream is pushed to.
 * @param {string} origin of the coordinate
 * @param {string} name
 * @returns {string}
 */
export function publishingAddress(origin, name) {
    return `${origin}/stream/${name}`;
}

/**
 * What puts a stream into any page.
 * @param {string} origin of the coordinate
 * @param {string} name
 * @returns {string}
 */
export function embeddingText(origin, name) {
    return `<script type="module" src="${origin}/player.js"></script>\n<p2p-live src="${origin}/${name}"></p2p-live>`;
}
