// @ts-check
import { bytesText, countText, durationText, hostText, shareText, shortId } from "./figures.js";

/**
 * What else there is to know, as pairs of a name and a figure.
 * @param {import("../viewer/ViewerTypes.js").ViewerStatistics} statistics
 * @returns {{ title: string, facts: [string, string][] }[]}
 */
export function factGroups(statistics) {
    const { clockErrorMs, latencyMs = {}, width, height, tracker } = statistics;
    const delays = [latencyMs.p50, latencyMs.p95, latencyMs.p99];
    const chunks = [statistics.chunksOnTime, statistics.chunksLate, statistics.chunksMissing];
    const joined = (/** @type {string[]} */ ...texts) => texts.join(" · ");
    const yesNo = (/** @type {boolean | undefined} */ is, /** @type {[string, string]} */ [yes, no]) =>
        (is === undefined ? "–" : is ? yes : no);
    return [
        {
            title: "Smoothness",
            facts: [
                ["In time", shareText(statistics.continuity, 2)],
                ["Chunks due", countText(statistics.chunksDue)],
                ["On time · late · missing", joined(...chunks.map(countText))],
                ["First picture after", durationText(statistics.startupMs)],
                ["Waits for the picture", joined(countText(statistics.rebuffers), durationText(statistics.rebufferMs))],
                ["Stalls", joined(countText(statistics.stalls), durationText(statistics.stallMs))],
                ["Repairs", joined(countText(statistics.repairs), durationText(statistics.repairMs))],
                ["Broadcaster was away", durationText(statistics.publisherGapMs)],
            ],
        },
        {
            title: "Picture",
            facts: [
                ["Size", width && height ? `${width} × ${height}` : "–"],
                ["Frames shown · dropped",
                    joined(countText(statistics.framesShown), countText(statistics.framesDropped))],
                ["Speed", statistics.playbackRate === undefined ? "–" : `${statistics.playbackRate.toFixed(2)} ×`],
                ["Delay p50 · p95 · p99", joined(...delays.map(durationText))],
                ["Clock known to", clockErrorMs == null ? "–" : `± ${durationText(clockErrorMs)}`],
            ],
        },
        {
            title: "Place in the swarm",
            facts: [
                ["You", shortId(statistics.peer)],
                ["Depth", countText(statistics.depth)],
                ["Feeds · can feed", joined(countText(statistics.children), countText(statistics.capacity))],
                ["Links", countText(statistics.links)],
                ["Passed on", bytesText(statistics.uploadBytes)],
                ["Refused pieces", countText(statistics.badPieces)],
                ["Tracker", tracker ? `${tracker.name} (${tracker.region})` : "–"],
                ["Server", hostText(statistics.forward)],
                ["Runs in", yesNo(statistics.isWorker, ["a worker", "the page"])],
            ],
        },
    ];
}
