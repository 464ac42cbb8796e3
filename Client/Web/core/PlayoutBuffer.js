// @ts-check
import { MissedChunks } from "./MissedChunks.js";
import { PlayoutCounters } from "./PlayoutCounters.js";

/**
 * @typedef {import("../wire/ChunkDescription.js").ChunkDescription} ChunkDescription
 * @typedef {import("./ChunkStore.js").VerifiedChunk} VerifiedChunk
 */

/**
 * @typedef {object} Release a chunk on its way to the player
 * @property {VerifiedChunk} chunk
 * @property {boolean} followsLoss something before it was skipped
 * @property {number | null} latencyMs from its publication; null in the first group, which no clock holds back
 */

/** @typedef {{ description: ChunkDescription, chunk: VerifiedChunk | null }} Entry */

/** A hole of more numbers than this is a jump between sessions that were missed altogether. */
const lossMax = 100_000;

/**
 * Decides when each chunk goes to the player. Pure: every time is a parameter, in milliseconds by the coordinate's
 * clock.
 *
 * A joiner begins with a keyframe and gets the whole first group at once; from the next group on a chunk is released
 * when it is due, at `publishedAt` + the buffer. One that is not there then is skipped, and so is the rest of its
 * group, because a decoder can go on only at a keyframe. Numbers jump between publisher sessions; `previousSequence`
 * tells such a jump from a loss.
 */
export class PlayoutBuffer {
    /**
     * An empty buffer.
     * @param {number} bufferMs from publication to release, at least 0
     * @param {{ chunksMax?: number, bytesMax?: number, isEager?: boolean }} settings chunks announced or held, and
     *   bytes held; whether what is here and follows what was released is released at once, because the player itself
     *   waits until its time has come: then `bufferMs` is how long a missing chunk is waited for
     */
    constructor(bufferMs, { chunksMax = 1_024, bytesMax = 64 << 20, isEager = false } = {}) {
        this.bufferMs = Math.max(0, bufferMs);
        this.isEager = isEager;
        this.chunksMax = chunksMax;
        this.bytesMax = bytesMax;
        /** What happened so far, in the calls up to now. */
        this.counters = new PlayoutCounters();
        /** Bytes that wait. */
        this.heldBytes = 0;
        /**
         * The end of what has been dealt with.
         * @type {{ sequence: number, publishedAt: number, durationMs: number } | null}
         */
        this.last = null;
        /** @type {"waitingForKeyframe" | "firstGroup" | "clocked"} */
        this.phase = "waitingForKeyframe";
        /** When the first group began. */
        this.began = 0;
        /**
         * By rising sequence.
         * @type {Entry[]}
         */
        this.entries = [];
        /** @type {Release[]} */
        this.ready = [];
        this.missed = new MissedChunks();
        this.needsKeyframe = false;
        /** @type {number | null} */
        this.starvingSince = null;
        this.lastRelease = -Infinity;
    }

    /** Chunks announced or held. */
    get count() {
        return this.entries.length;
    }

    /** The chunk up to which everything was released or given up; null before the first release. */
    get dealtWith() {
        return this.last?.sequence ?? null;
    }

    /** The first chunk that may still be of use: what to ask a source for. Null before the first release. */
    get firstWanted() {
        if (this.last === null) return null;
        let wanted = this.last.sequence + 1;
        for (const { chunk, description } of this.entries) {
            if (chunk === null || description.previousSequence >= wanted) break;
            wanted = description.sequence + 1;
        }
        return wanted;
    }

    /** When `advance` should be called next; null when only an arrival changes anything. */
    get nextDue() {
        const [first] = this.entries;
        if (first === undefined || this.last === null) return null;
        return this.isBehindHole(first) ? this.holeDue(first) : this.due(first.description);
    }

    /**
     * A verified manifest tells of a chunk whose pieces are still to come.
     * @param {ChunkDescription} description
     * @param {number} now
     */
    announce(description, now) {
        this.run(now);
        if (!this.isWanted(description.sequence) || this.count >= this.chunksMax) return;
        this.insert({ description, chunk: null });
        this.run(now);
    }

    /**
     * A chunk has become whole.
     * @param {VerifiedChunk} chunk
     * @param {number} now
     */
    add(chunk, now) {
        const { description } = chunk;
        this.run(now);
        if (!this.isWanted(description.sequence)) {
            if (this.missed.remove(description.sequence)) this.counters.countLate();
            return;
        }
        if (this.heldBytes + chunk.bytes.length > this.bytesMax || this.count >= this.chunksMax) return;
        this.insert({ description, chunk });
        if (this.phase === "waitingForKeyframe" && description.isKeyframe) {
            this.phase = "firstGroup";
            this.began = now;
            const before = this.entries.filter((entry) => entry.description.sequence < description.sequence);
            for (const entry of before) this.heldBytes -= entry.chunk?.bytes.length ?? 0;
            this.entries.splice(0, before.length);
        }
        this.run(now);
    }

    /**
     * What is to be released up to now, in order.
     * @param {number} now
     * @returns {Release[]}
     */
    advance(now) {
        this.run(now);
        const { ready } = this;
        this.ready = [];
        return ready;
    }

    /**
     * The counters with the pause that is under way, if any.
     * @param {number} now
     * @param {boolean} isFed a source is connected: silence is the publisher's then, and a loss otherwise
     * @returns {PlayoutCounters}
     */
    countersAt(now, isFed) {
        const counters = this.counters.copy();
        if (this.phase !== "clocked" || this.last === null) return counters;
        const silenceMs = now - this.last.publishedAt - this.last.durationMs;
        const [first] = this.entries;
        const since = this.starvingSince ?? (first === undefined ? null : this.due(first.description));
        if (since !== null) {
            counters.countPause(now - since);
        } else if (isFed) {
            counters.countSilence(silenceMs);
        } else if (silenceMs - this.bufferMs > PlayoutCounters.publisherToleranceMs) {
            counters.countPause(silenceMs - this.bufferMs);
        }
        return counters;
    }

    // Order.

    /**
     * Whether a chunk can still be of use.
     * @param {number} sequence
     */
    isWanted(sequence) {
        return this.last === null || sequence > this.last.sequence;
    }

    /**
     * Puts an entry in its place.
     * @param {Entry} entry
     */
    insert(entry) {
        const { sequence } = entry.description;
        let position = this.entries.length;
        while (position > 0 && this.entries[position - 1].description.sequence >= sequence) position -= 1;
        const known = this.entries[position];
        if (known?.description.sequence === sequence) {
            if (known.chunk !== null || entry.chunk === null) return;
            known.chunk = entry.chunk;
        } else {
            this.entries.splice(position, 0, entry);
        }
        this.heldBytes += entry.chunk?.bytes.length ?? 0;
    }

    /**
     * Whether a chunk before this one is not even known of.
     * @param {Entry} entry
     */
    isBehindHole({ description }) {
        return this.last !== null && description.previousSequence > this.last.sequence;
    }

    // Time.

    /**
     * In the first group, what is not here yet gets as long as if it were published when the viewer began.
     * @param {ChunkDescription} description
     */
    due({ publishedAt }) {
        return (this.phase === "firstGroup" ? Math.max(publishedAt, this.began) : publishedAt) + this.bufferMs;
    }

    /**
     * Nothing is known of a chunk that never came; it closed when the next one began.
     * @param {Entry} entry
     */
    holeDue({ description }) {
        return this.due(description) - description.durationMs;
    }

    /**
     * Deals with everything whose time has come.
     * @param {number} now
     */
    run(now) {
        if (this.phase === "waitingForKeyframe") return;
        while (this.entries.length > 0 && this.step(this.entries[0], now));
    }

    /**
     * Deals with the first entry if its time has come; false when it has not.
     * @param {Entry} first
     * @param {number} now
     * @returns {boolean}
     */
    step(first, now) {
        const { chunk, description } = first;
        if (this.isBehindHole(first)) {
            if (now < this.holeDue(first)) return false;
            this.giveUpHole(first);
            return true;
        }
        if (this.phase === "firstGroup" && chunk !== null) {
            // The group after the first one is where the clock begins.
            if (this.last === null || !description.isKeyframe) {
                this.take(first, chunk, now, null);
                return true;
            }
            this.phase = "clocked";
        }
        if (now < this.due(description) && !(this.isEager && chunk !== null)) return false;
        if (chunk === null) this.giveUp(first);
        else this.take(first, chunk, now, now - description.publishedAt);
        return true;
    }

    // Release or loss.

    /**
     * A chunk that is here is passed on, unless a decoder could not use it.
     * @param {Entry} entry
     * @param {VerifiedChunk} chunk
     * @param {number} now
     * @param {number | null} latencyMs
     */
    take({ description }, chunk, now, latencyMs) {
        this.noteSilence(description, 0);
        this.pass();
        if (this.needsKeyframe && !description.isKeyframe) {
            this.counters.countOnTime(false);
            this.starvingSince ??= this.due(description);
            return;
        }
        this.counters.countOnTime(true);
        this.ready.push({ chunk, followsLoss: this.needsKeyframe, latencyMs });
        this.needsKeyframe = false;
        // From the last release at the earliest: several chunks that follow one pause end it together.
        if (latencyMs !== null) {
            this.counters.countPause(now - Math.max(this.starvingSince ?? this.due(description), this.lastRelease));
        }
        this.starvingSince = null;
        this.lastRelease = now;
    }

    /**
     * A chunk that is known of has not come in time.
     * @param {Entry} entry
     */
    giveUp({ description }) {
        this.noteSilence(description, 0);
        this.lose(description.sequence, description.sequence, this.due(description));
        this.pass();
    }

    /**
     * Chunks that nobody told of have not come in time.
     * @param {Entry} entry
     */
    giveUpHole(entry) {
        if (this.last === null) return;
        const { description } = entry;
        const { first, last } = lostNumbers(this.last.sequence, description);
        const { durationMs } = description;
        this.noteSilence(description, last - first + 1);
        const due = this.holeDue(entry) - (last - first) * durationMs;
        this.lose(first, last, Math.max(due, this.last.publishedAt + this.bufferMs));
        this.last = { sequence: last, publishedAt: description.publishedAt - durationMs, durationMs };
    }

    /**
     * Counts a loss, after which a keyframe is needed.
     * @param {number} first
     * @param {number} last
     * @param {number} dueAt
     */
    lose(first, last, dueAt) {
        this.counters.countMissing(last - first + 1);
        this.missed.add(first, last);
        this.needsKeyframe = true;
        if (this.phase === "firstGroup") this.phase = "clocked";
        this.starvingSince ??= dueAt;
    }

    /** Takes the first entry out. */
    pass() {
        const [{ chunk, description }] = this.entries.splice(0, 1);
        const { durationMs, publishedAt, sequence } = description;
        this.last = { sequence, publishedAt, durationMs };
        this.heldBytes -= chunk?.bytes.length ?? 0;
    }

    /**
     * Counts the time in which nothing was published between the last chunk and the one that follows `holes` lost ones.
     * @param {ChunkDescription} next
     * @param {number} holes
     */
    noteSilence(next, holes) {
        if (this.last === null || this.phase !== "clocked") return;
        this.counters.countSilence(next.publishedAt - this.last.publishedAt - next.durationMs * (holes + 1));
    }
}

/**
 * The numbers that were certainly used between two chunks. A session's number is not above that of its first chunk, so
 * of a hole that reaches back over a session's start only the part behind it is known.
 * @param {number} last
 * @param {ChunkDescription} next
 */
function lostNumbers(last, next) {
    const upper = next.previousSequence;
    const lower = upper >= next.session ? Math.max(last + 1, next.session) : last + 1;
    return { first: upper - lower < lossMax ? lower : upper, last: upper };
}
