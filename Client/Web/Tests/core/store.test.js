// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { ChunkStore } from "../../core/ChunkStore.js";
import { CoordinateClock } from "../../core/CoordinateClock.js";
import { PlayoutBuffer } from "../../core/PlayoutBuffer.js";
import { MadeChunk, madeStream, testHash } from "../support/MadeChunk.js";
import { SeededGenerator } from "../support/SeededGenerator.js";

const store = (limits) => new ChunkStore(testHash, limits);

test("any order of manifests and pieces makes the chunk once", () => {
    for (let seed = 0; seed < 20; seed += 1) {
        const generator = new SeededGenerator(seed);
        const chunks = [1, 2, 3, 4].map((number) => new MadeChunk(number, { length: generator.integer(1, 9_000) }));
        let steps = generator.shuffled(chunks.flatMap((chunk) => [
            ...chunk.signed.map((signed) => ({ chunk, signed })),
            ...Array.from({ length: chunk.pieceCount }, (_, piece) => ({ chunk, piece })),
        ]));
        const filling = store();
        const whole = new Map();
        // Until everything that came too early has been taken.
        while (steps.length > 0) {
            const early = [];
            for (const step of steps) {
                const { chunk, piece, signed } = step;
                if (signed !== undefined) {
                    assert.equal(filling.addManifest(signed), null);
                    continue;
                }
                const outcome = filling.addPiece(chunk.piece(piece), piece, chunk.sequence);
                assert.notEqual(outcome.kind, "rejected", `seed ${seed}`);
                if (outcome.kind === "early") early.push(step);
                if (outcome.kind !== "completed") continue;
                assert.ok(!whole.has(chunk.sequence), `seed ${seed}: twice`);
                whole.set(chunk.sequence, outcome.chunk);
            }
            steps = early;
        }
        for (const chunk of chunks) assert.deepEqual(whole.get(chunk.sequence)?.bytes, chunk.bytes, `seed ${seed}`);
    }
});

test("what is wrong with a piece, and whose fault it is", () => {
    const filling = store();
    const chunk = new MadeChunk(7);
    const add = (bytes, index) => filling.addPiece(bytes, index, 7).rejection;
    for (const signed of chunk.signed) assert.equal(filling.addManifest(signed), null);
    const bad = chunk.piece(2);
    bad[5] ^= 1;
    assert.deepEqual({ ...add(bad, 2) }, { kind: "wrongHash", sequence: 7, index: 2 });
    assert.ok(add(bad, 2).isSendersFault && !filling.chunk(7).has(2));
    assert.equal(add(Uint8Array.of(1), 0).kind, "wrongLength");
    assert.equal(add(Uint8Array.of(1), 99).kind, "noSuchPiece");
    assert.equal(filling.addPiece(chunk.piece(2), 2, 7).kind, "kept");
    assert.equal(add(chunk.piece(2), 2).kind, "duplicate");
    assert.ok(!add(chunk.piece(2), 2).isSendersFault);
    assert.equal(filling.addManifest(chunk.signed[0]).kind, "duplicate");
    const contradiction = filling.addManifest(new MadeChunk(7, { publishedAt: 5 }).signed[1]);
    assert.ok(contradiction.kind === "conflict" && !contradiction.isSendersFault);
    for (const index of [0, 1, 3, 4]) filling.addPiece(chunk.piece(index), index, 7);
    assert.deepEqual(filling.chunk(7).bytes, chunk.bytes);
    filling.forgetThrough(7);
    assert.equal(add(chunk.piece(0), 0).kind, "tooOld");
    assert.equal(filling.addManifest(chunk.signed[0]).kind, "tooOld");
    assert.equal(filling.reservedBytes, 0);
});

test("memory stays bounded whatever comes, and newer chunks win", () => {
    const bounded = store({ chunksMax: 8, bytesMax: 20_000 });
    for (let sequence = 1; sequence <= 100; sequence += 1) {
        assert.equal(bounded.addManifest(new MadeChunk(sequence).signed[0]), null);
        assert.ok(bounded.count <= 8 && bounded.reservedBytes <= 20_000);
    }
    assert.equal(bounded.floor, 96);
    assert.equal(bounded.addManifest(new MadeChunk(90).signed[0])?.kind, "tooOld");
    const full = store({ chunksMax: 2 });
    for (const sequence of [8, 9]) full.addManifest(new MadeChunk(sequence).signed[0]);
    assert.equal(full.addManifest(new MadeChunk(5).signed[0])?.kind, "noRoom");
});

/** A random stream with restarts of its publisher. */
function randomStream(generator) {
    const chunks = [];
    let [sequence, previous, session, time] = [1_000, 0, 1_000, 200_000];
    const count = generator.integer(40, 120);
    for (let number = 0; number < count; number += 1) {
        let isKeyframe = number % 5 === 0;
        if (number > 0 && generator.integer(0, 24) === 0) {
            session = sequence + generator.integer(1, 100_000);
            sequence = session;
            time += generator.integer(0, 6_000);
            isKeyframe = true;
            if (generator.integer(0, 1) === 0) previous = 0;
        }
        time += 200;
        const length = generator.integer(1, 4_000);
        chunks.push(new MadeChunk(sequence, { previous, session, isKeyframe, publishedAt: time, length }));
        previous = sequence;
        sequence += 1;
    }
    return chunks;
}

/** When its parts come over a network that reorders, loses, repeats and damages. */
function randomArrivals(chunks, generator) {
    const arrivals = [];
    for (const made of chunks) {
        const { publishedAt } = made.description;
        // Some chunks come very late, some never.
        const slow = generator.integer(0, 14) === 0 ? 4_000 : 300;
        const isLost = generator.integer(0, 14) === 0;
        // A piece that comes before its manifest is not kept: an early copy of those makes up for it.
        arrivals.push({ time: publishedAt, made, piece: null, isDamaged: false });
        for (const piece of [null, ...Array.from({ length: made.pieceCount }, (_, index) => index)]) {
            for (let copy = generator.integer(1, 2); copy > 0 && !(isLost && piece === 0); copy -= 1) {
                const isDamaged = piece !== null && generator.integer(0, 39) === 0;
                arrivals.push({ time: publishedAt + generator.integer(0, slow), made, piece, isDamaged });
            }
        }
    }
    return generator.shuffled(arrivals).sort((one, other) => one.time - other.time);
}

test("released numbers rise, only genuine chunks are released, and the counts add up", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
        const generator = new SeededGenerator(seed);
        const chunks = randomStream(generator);
        const filling = store();
        const buffer = new PlayoutBuffer(2_000);
        const released = [];
        for (const { isDamaged, made, piece, time } of randomArrivals(chunks, generator)) {
            if (piece === null) {
                for (const signed of made.signed) {
                    if (filling.addManifest(signed) === null) buffer.announce(made.description, time);
                }
            } else {
                const bytes = made.piece(piece);
                if (isDamaged) bytes[bytes.length >> 1] ^= 0x40;
                const outcome = filling.addPiece(bytes, piece, made.sequence);
                if (outcome.kind === "completed") buffer.add(outcome.chunk, time);
            }
            released.push(...buffer.advance(time));
            const { due, late, missing, onTime } = buffer.counters;
            assert.equal(due, onTime + late + missing, `seed ${seed}`);
        }
        released.push(...buffer.advance(2 ** 50));
        const order = new Map(chunks.map(({ sequence }, index) => [sequence, index]));
        const places = released.map(({ chunk }) => order.get(chunk.description.sequence));
        for (const [index, { chunk, followsLoss }] of released.entries()) {
            const { isKeyframe } = chunk.description;
            assert.deepEqual(chunk.bytes, chunks[places[index]].bytes, `seed ${seed}: genuine`);
            assert.ok(!followsLoss || isKeyframe, `seed ${seed}: decodable`);
            // Each release is a keyframe or directly follows the one before it.
            if (index > 0) assert.ok(places[index] > places[index - 1], `seed ${seed}: order`);
            if (index > 0 && !isKeyframe) assert.equal(places[index], places[index - 1] + 1, `seed ${seed}`);
        }
        assert.equal(released.length + buffer.counters.skipped, buffer.counters.onTime, `seed ${seed}: on time`);
        assert.equal(buffer.heldBytes, 0);
    }
});

test("without losses every chunk from the first keyframe on is on time, whatever the order", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
        const generator = new SeededGenerator(seed);
        const chunks = madeStream(60);
        const arrivals = chunks.map((chunk, index) => {
            const delay = index === 0 ? 0 : generator.integer(0, 1_500);
            return { time: chunk.description.publishedAt + delay, chunk };
        });
        arrivals.sort((one, other) => one.time - other.time);
        const buffer = new PlayoutBuffer(2_000);
        let count = 0;
        for (const { chunk, time } of arrivals) {
            buffer.add(chunk.verified, time);
            count += buffer.advance(time).length;
        }
        count += buffer.advance(chunks[59].description.publishedAt + 2_000).length;
        assert.deepEqual([count, buffer.counters.onTime, buffer.counters.due], [60, 60, 60], `seed ${seed}`);
    }
});

test("a chunk goes to the player when it is due, and a lost one costs its group", () => {
    const buffer = new PlayoutBuffer(1_000);
    const chunks = madeStream(15, 100);
    const start = chunks[0].description.publishedAt;
    for (const [index, chunk] of chunks.entries()) {
        // The first group comes at once, and one chunk of the second never.
        if (index !== 7) buffer.add(chunk.verified, start + 100 + index);
    }
    const numbers = (now) => buffer.advance(now).map(({ chunk }) => chunk.description.sequence);
    assert.deepEqual(numbers(start + 200), [100, 101, 102, 103, 104]);
    assert.equal(buffer.nextDue, chunks[5].description.publishedAt + 1_000);
    assert.deepEqual(numbers(chunks[5].description.publishedAt + 999), []);
    assert.deepEqual(numbers(chunks[5].description.publishedAt + 1_000), [105]);
    assert.equal(buffer.firstWanted, 107);
    const [next, ...rest] = buffer.advance(chunks[10].description.publishedAt + 1_000);
    assert.deepEqual([next.chunk.description.sequence, next.followsLoss], [106, false]);
    assert.deepEqual(rest.map(({ chunk, followsLoss }) => [chunk.description.sequence, followsLoss]), [[110, true]]);
    buffer.add(chunks[7].verified, chunks[10].description.publishedAt + 1_100);
    const { due, late, missing, onTime, skipped, stalls } = buffer.counters;
    assert.deepEqual({ due, late, missing, onTime, skipped, stalls },
        { due: 11, late: 1, missing: 0, onTime: 10, skipped: 2, stalls: 1 });
});

test("a player that holds chunks back itself gets them as they come, and waits for lost ones as long as it can", () => {
    const buffer = new PlayoutBuffer(3_000, { isEager: true });
    const chunks = madeStream(15, 100);
    const numbers = (now) => buffer.advance(now).map(({ chunk }) => chunk.description.sequence);
    for (const [index, chunk] of chunks.entries()) {
        const { publishedAt, sequence } = chunk.description;
        if (index === 7) continue;
        buffer.add(chunk.verified, publishedAt + 50);
        // Behind the one that has not come everything waits.
        assert.deepEqual(numbers(publishedAt + 50), index < 7 ? [sequence] : []);
    }
    const { publishedAt } = chunks[7].description;
    assert.deepEqual(numbers(publishedAt + 2_999), []);
    assert.deepEqual(numbers(publishedAt + 3_000), [110, 111, 112, 113, 114]);
    assert.deepEqual([buffer.counters.missing, buffer.counters.skipped], [1, 2]);
});

test("a lost chunk that comes before it is given up costs nothing", () => {
    const buffer = new PlayoutBuffer(1_000, { isEager: true });
    const chunks = madeStream(10, 100);
    for (const [index, chunk] of chunks.entries()) {
        if (index !== 7) buffer.add(chunk.verified, chunk.description.publishedAt);
    }
    const now = chunks[9].description.publishedAt + 10;
    assert.equal(buffer.advance(now).length, 7);
    buffer.add(chunks[7].verified, now);
    assert.equal(buffer.advance(now).length, 3);
    assert.deepEqual([buffer.counters.onTime, buffer.counters.due, buffer.counters.stalls], [10, 10, 0]);
});

test("the coordinate's clock is the middle of the best round trip", () => {
    const clock = CoordinateClock.ofRoundTrip(1_000_000, 500, 540);
    assert.deepEqual([clock.errorMs, clock.wallAt(620), clock.instantOf(1_000_100)], [20.5, 1_000_100, 620]);
    assert.ok(clock.isBetterThan(CoordinateClock.local(7, 0)));
    assert.ok(!clock.isBetterThan(CoordinateClock.ofRoundTrip(1, 500, 510)));
});
