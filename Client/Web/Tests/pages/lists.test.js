// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { embeddingText, publishingAddress, publishingWays } from "../../pages/publishing.js";
import {
    isStreamName, readStreams, sinceText, sizeText, streamNameOf, summaryText, viewersText,
} from "../../pages/streamList.js";
import { watchAttributes, watchTitle } from "../../pages/watchTitle.js";

const stream = {
    name: "live", state: "live", width: 1_280, height: 720, bitrate: 2e6, startedAt: 5, viewers: 3, offload: 0.9,
};

test("a stream's name comes from the end of the path", () => {
    assert.equal(streamNameOf("/live"), "live");
    assert.equal(streamNameOf("/watch/a.b_c-D9"), "a.b_c-D9");
    for (const path of ["/", "/watch/", "/%3Cscript%3E", "/a b", "/..", "/.", `/${"x".repeat(65)}`, "/a%2Fb", "/ä"]) {
        assert.equal(streamNameOf(path), null, path);
    }
    assert.ok(!isStreamName(null) && !isStreamName(["live"]) && !isStreamName("a\n"));
});

test("streams come live ones first, then by viewers, then by name", () => {
    const names = readStreams({
        streams: [
            { ...stream, name: "ended", state: "ended", viewers: 99 }, { ...stream, name: "b", viewers: 5 },
            { ...stream, name: "waits", state: "waiting" }, { ...stream, name: "a", viewers: 5 },
            { ...stream, name: "most", viewers: 6 },
        ],
    }).map(({ name }) => name);
    assert.deepEqual(names, ["most", "a", "b", "waits", "ended"]);
});

test("what a server should not say is left out", () => {
    for (const answer of [null, undefined, 3, "x", {}, { streams: null }, { streams: {} }, []]) {
        assert.deepEqual(readStreams(answer), []);
    }
    const odd = [
        null, 3, [], { ...stream, name: "<img>" }, { ...stream, state: "toString" }, { ...stream, state: undefined },
    ];
    assert.deepEqual(readStreams({ streams: odd }), []);
    const [read] = readStreams({ streams: [{ ...stream, viewers: "9", width: -1, offload: 7, extra: "x" }] });
    assert.deepEqual(read, { ...stream, viewers: 0, width: 0, offload: 1 });
    assert.equal(readStreams({ streams: [{ ...stream, offload: undefined }] })[0].offload, null);
    assert.equal(readStreams({ streams: Array(2_000).fill(stream) }).length, 500);
});

test("a stream in words", () => {
    assert.equal(viewersText(0), "Nobody watching yet");
    assert.equal(viewersText(1), "1 viewer");
    assert.equal(sizeText({ width: 1_920, height: 1_080 }), "1080p");
    assert.equal(sizeText({ width: 720, height: 1_280 }), "720p");
    assert.equal(sizeText({ width: 640, height: 360 }), "640 × 360");
    assert.equal(sizeText({ width: 0, height: 0 }), "");
    assert.equal(sinceText(0, 9), "");
    assert.equal(sinceText(1_000, 500), "just started");
    assert.equal(sinceText(1, 120_001), "for 2 min");
    assert.equal(sinceText(1, 7_380_001), "for 2 h 3 min");
    assert.equal(sinceText(1, 86_400_001), "for 1 day");
    const streams = readStreams({ streams: [stream, { ...stream, name: "b", state: "waiting", viewers: 9 }] });
    assert.equal(summaryText(streams), "1 stream · 3 viewers");
    assert.equal(summaryText([]), "");
});

test("each way to publish names this very host and stream", () => {
    const address = publishingAddress("http://host:8080", "show");
    assert.equal(address, "http://host:8080/stream/show");
    for (const { command, title, hint } of publishingWays) {
        assert.ok(command(address).includes(address), title);
        assert.ok(hint.length > 10);
    }
    assert.equal(embeddingText("http://host:8080", "show"), [
        '<script type="module" src="http://host:8080/player.js"></script>',
        '<p2p-live src="http://host:8080/show"></p2p-live>',
    ].join("\n"));
});

test("a title says first how the stream stands", () => {
    assert.equal(watchTitle("show", "playing"), "● show · p2plive");
    assert.equal(watchTitle("show", "waiting"), "Waiting · show · p2plive");
});

test("the page's address sets what the player may be told", () => {
    const attributes = (/** @type {string} */ query) => watchAttributes(new URLSearchParams(query));
    assert.deepEqual(attributes("p2p=0&buffer=3s&relay=1"), { p2p: "off", buffer: "3s", "relay-only": "" });
    assert.deepEqual(attributes("p2p=1&relay=0&src=http://evil&onclick=x"), {});
    assert.deepEqual(attributes("give=0"), { give: "off" });
});
