// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { parseBoxes } from "../../media/Box.js";
import { codecString } from "../../media/CodecString.js";
import { FragmentRebaser } from "../../media/FragmentRebaser.js";
import { InitSegment } from "../../media/InitSegment.js";
import { OutputTimeline } from "../../media/OutputTimeline.js";
import { ChunkDescription } from "../../wire/ChunkDescription.js";
import { hexadecimal } from "../../wire/Hexadecimal.js";
import { WireError } from "../../wire/WireError.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { hex, vectors } from "../support/vectors.js";

const movies = vectors("movies.json");
const header = () => new InitSegment(hex(movies.init));

test("tracks and codecs are read from the header", () => {
    const { kinds, mimeType, tracks } = header();
    assert.deepEqual(tracks, [
        { id: 1, kind: "video", timescale: 90_000, codec: "avc1.64001F" },
        { id: 2, kind: "audio", timescale: 48_000, codec: "mp4a.40.2" },
    ]);
    assert.equal(kinds, "video,audio");
    assert.equal(mimeType, 'video/mp4; codecs="avc1.64001F,mp4a.40.2"');
});

/** A box around some bytes. */
function box(type, ...parts) {
    const payload = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + payload.length);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, payload]);
}

test("codecs are named as RFC 6381 has it", () => {
    const visual = Buffer.alloc(78);
    const esds = (...bytes) => box("mp4a", Buffer.alloc(28), box("esds", Buffer.from(bytes)));
    const zeros = new Array(12).fill(0);
    const cases = [
        [box("avc3", visual, box("avcC", Buffer.from([1, 0x42, 0xc0, 0x1e]))), "avc3.42C01E"],
        [box("vp09", visual, box("vpcC", Buffer.from([1, 0, 0, 0, 0, 40, 0x82]))), "vp09.00.40.08"],
        [box("av01", visual, box("av1C", Buffer.from([0x81, 0x04, 0x0c]))), "av01.0.04M.08"],
        [box("av01", visual, box("av1C", Buffer.from([0x81, 0x29, 0xe0]))), "av01.1.09H.12"],
        [esds(0, 0, 0, 0, 3, 9, 0, 1, 0, 4, 0x80, 0x80, 0x80, 9, 0x40, ...zeros, 5, 2, 0x12, 0x10), "mp4a.40.2"],
        [esds(0, 0, 0, 0, 3, 9, 0, 1, 0, 4, 9, 0x40, ...zeros, 5, 2, 0xf9, 0x40), "mp4a.40.42"],
        [esds(0, 0, 0, 0, 3, 9, 0, 1, 0, 4, 9, 0x6b, ...zeros), "mp4a.6b"],
        [box("Opus"), "opus"],
        [box("fLaC"), "flac"],
        [box("hvc1"), "hvc1"],
    ];
    for (const [bytes, expected] of cases) assert.equal(codecString(parseBoxes(bytes, true)[0]), expected);
    for (const [bytes] of cases.slice(0, 7)) {
        // Bytes cut off at the end are missed somewhere.
        const short = Buffer.from(bytes.subarray(0, -1));
        assert.throws(() => codecString(parseBoxes(short, true)[0]), WireError);
    }
});

test("boxes: large sizes, to the end, extended types, and what does not fit", () => {
    const large = hex("00000001" + "6d646174" + "0000000000000012" + "abcd");
    assert.equal(hexadecimal(parseBoxes(large, false)[0].payload), "abcd");
    const open = hex("00000000" + "6d646174" + "abcd");
    assert.equal(hexadecimal(parseBoxes(open, true)[0].payload), "abcd");
    const extended = hex("00000019" + "75756964" + "00".repeat(16) + "ab");
    assert.equal(hexadecimal(parseBoxes(extended, true)[0].payload), "ab");
    const [first, second] = parseBoxes(Buffer.concat([box("free"), box("mdat", Buffer.from([7]))]), true);
    assert.deepEqual([first.type, second.type, ...second.payload], ["free", "mdat", 7]);
    for (const wrong of [
        "00000000" + "6d646174", "00000007" + "6d646174", "00000009" + "6d646174", "0000000c" + "75756964" + "00000000",
        "00000001" + "6d646174" + "ffffffffffffffff", "000000",
    ]) {
        assert.throws(() => parseBoxes(hex(wrong), false), WireError, wrong);
    }
    assert.throws(() => parseBoxes(Buffer.concat(new Array(4_097).fill(box("free"))), true), WireError);
});

test("rebasing gives the fragments of the vectors", () => {
    const rebaser = new FragmentRebaser(header());
    const original = hex(movies.fragment);
    for (const { fragment, offset, sequenceNumber } of movies.rebased) {
        assert.equal(hexadecimal(rebaser.rebase(original, offset, sequenceNumber)), fragment, `offset ${offset}`);
        // A part of a longer buffer is rebased alike, and stays as it was.
        const buffer = Buffer.concat([Buffer.alloc(33, 7), original, Buffer.alloc(5, 7)]);
        const part = buffer.subarray(33, 33 + original.length);
        assert.equal(hexadecimal(rebaser.rebase(part, offset, sequenceNumber)), fragment, `offset ${offset}`);
        assert.deepEqual(new Uint8Array(part), original);
    }
    for (const offset of [-90_001, 2 ** 53, -(2 ** 60), NaN]) {
        assert.throws(() => rebaser.rebase(original, offset, 1), WireError, String(offset));
    }
});

test("damaged headers and fragments throw WireError or nothing", () => {
    const rebaser = new FragmentRebaser(header());
    for (let seed = 0; seed < 400; seed += 1) {
        const generator = new SeededGenerator(seed);
        for (const original of [hex(movies.init), hex(movies.fragment)]) {
            for (let flip = generator.integer(1, 4); flip > 0; flip -= 1) {
                original[generator.integer(0, original.length - 1)] = generator.pick([0, 1, 0x7f, 0x80, 0xff]);
            }
            const isCut = generator.integer(0, 1) === 0;
            const bytes = isCut ? original.subarray(0, generator.integer(0, original.length)) : original;
            for (const attempt of [() => new InitSegment(bytes), () => rebaser.rebase(bytes, 90_000, 1)]) {
                try {
                    attempt();
                } catch (error) {
                    assert.ok(error instanceof WireError, `seed ${seed}: ${error}`);
                }
            }
        }
    }
});

/** The vectors' chunk as one of a session; its tracks begin at media time 90,000. */
const chunk = (session, decodeTime, initHash = "a") => ({
    bytes: hex(movies.fragment),
    description: new ChunkDescription({
        stream: "test", sequence: 1, previousSequence: 0, session, flags: 1, initHash: initHash.repeat(32),
        publishedAt: 0, decodeTime, duration: 18_000,
    }),
});

/** The decode time of the first track. */
const firstTime = ({ bytes }) => new FragmentRebaser(header()).trackFragments(parseBoxes(bytes, true)[0])[0].time;

test("an output goes on where the session before it ended", () => {
    const timeline = new OutputTimeline();
    const init = hex(movies.init);
    const first = timeline.next(chunk(5, 90_000), init);
    assert.deepEqual([first.start, first.header?.codecs], [1, "avc1.64001F,mp4a.40.2"]);
    assert.equal(firstTime(first), 90_000);
    // The next session begins at another media time, with the same header, and then with another.
    const second = timeline.next(chunk(6, 45_000), init);
    assert.deepEqual([second.start, second.header], [1.2, null]);
    assert.equal(firstTime(second), 90_000 + 18_000 + 45_000);
    const third = timeline.next(chunk(6, 63_000, "b"), init);
    assert.ok(third.header !== null && third.start === 1.4);
    for (const wrong of [chunk(5, 108_000), chunk(6, 62_999, "b")]) {
        assert.throws(() => timeline.next(wrong, init), WireError);
    }
    assert.throws(() => timeline.next(chunk(7, 0, "c"), Uint8Array.of(1)), WireError);
    // What was refused has changed nothing.
    assert.equal(timeline.next(chunk(6, 81_000, "b"), init).start, 1.6);
});

test("an output begins later where sound lags behind pictures", () => {
    // The chunk's own time is two seconds behind what its tracks say.
    assert.equal(new OutputTimeline().next(chunk(1, 270_000), hex(movies.init)).start, 3);
});
