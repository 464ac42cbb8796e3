// @ts-check
import { LatencyHistogram } from "../core/LatencyHistogram.js";

/** Chunks remembered: more than any buffer holds. */
const marksMax = 512;

/**
 * Which chunk is shown when: tells how far the picture is behind the publication. Pure; times of the media in seconds,
 * others in milliseconds by one wall clock.
 */
export class ShownChunks {
    constructor() {
        /** From publication to the end of each chunk on the screen. */
        this.latency = new LatencyHistogram();
        /**
         * By rising time, those that have been shown and those that will be.
         * @type {{ start: number, end: number, publishedAt: number, isCounted: boolean }[]}
         */
        this.marks = [];
    }

    /**
     * A chunk will be shown.
     * @param {import("../viewer/EngineMessages.js").PlayableFragment} fragment
     */
    add({ duration, publishedAt, start }) {
        this.marks.push({ start, end: start + duration, publishedAt, isCounted: false });
        if (this.marks.length > marksMax) this.marks.shift();
    }

    /**
     * How far behind the publication the picture is; null when it is of no chunk that is known.
     * @param {number} currentTime
     * @param {number} now
     * @returns {number | null}
     */
    latencyMs(currentTime, now) {
        let found = null;
        for (const mark of this.marks) if (mark.start <= currentTime + 0.001) found = mark;
        if (found === null || currentTime > found.end + 1) return null;
        return now - found.publishedAt + (found.end - currentTime) * 1_000;
    }

    /**
     * The picture has moved on: chunks that are over now count, unless they were jumped over.
     * @param {number} from where it was when this was called last
     * @param {number} to where it is
     * @param {number} now
     */
    moved(from, to, now) {
        for (const mark of this.marks) {
            if (mark.isCounted || mark.end > to) continue;
            mark.isCounted = true;
            if (mark.end > from) this.latency.add(Math.round(now - mark.publishedAt - (to - mark.end) * 1_000));
        }
    }
}
