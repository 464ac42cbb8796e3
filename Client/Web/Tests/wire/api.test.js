// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { Fields } from "../../wire/Fields.js";
import { peerJoinBody, peerReportBody } from "../../wire/PeerReport.js";
import { readPeerPlace } from "../../wire/PeerPlace.js";
import { readStreamDescription, readTrackerAssignment } from "../../wire/StreamDescription.js";
import { WireError } from "../../wire/WireError.js";
import { vectors } from "../support/vectors.js";

const id = "ab".repeat(16);
const token = vectors("tokens.json").cases[0].text;
const stream = { name: "live", state: "live", sequence: 7, chunkMs: 200, stripes: 2, publicKey: "AA==" };

test("a stream's description, and the hello of a stripe", () => {
    assert.deepEqual(readStreamDescription(new Fields({ ...stream, viewers: 3, codecs: "?" })), stream);
    const { name, ...rest } = stream;
    assert.deepEqual(readStreamDescription(new Fields({ ...rest, stream: name, path: [] })), stream);
    for (const wrong of [
        { name: "a b" }, { name: "tracker" }, { state: "dead" }, { sequence: -1 }, { sequence: 2 ** 53 },
        { chunkMs: 0 }, { stripes: 9 }, { stripes: 0 }, { publicKey: "A".repeat(65) }, { publicKey: null },
    ]) {
        const fields = new Fields({ ...stream, ...wrong });
        assert.throws(() => readStreamDescription(fields), WireError, JSON.stringify(wrong));
    }
});

test("where to go, with and without a tracker", () => {
    const answer = { forwards: ["http://192.0.2.1:9998"], region: "", token, tokenExpiresAt: 5 };
    const tracker = { name: "t1", region: "berlin", url: "https://t1.example:9090" };
    assert.deepEqual(readTrackerAssignment(new Fields(answer)), { ...answer, tracker: null });
    const full = { ...answer, tracker: { ...tracker, stun: "192.0.2.1:3478" } };
    assert.deepEqual(readTrackerAssignment(new Fields(full)), { ...answer, tracker });
    for (const wrong of [
        { forwards: ["javascript:alert(1)"] }, { forwards: [7] }, { forwards: new Array(65).fill("http://a") },
        { token: "" }, { tracker: 7 }, { tracker: { ...tracker, url: "file:///etc/passwd" } },
    ]) {
        const fields = new Fields({ ...answer, ...wrong });
        assert.throws(() => readTrackerAssignment(fields), WireError, JSON.stringify(wrong));
    }
});

test("a join says what a browser can say, and what it still has of a place", () => {
    assert.deepEqual(JSON.parse(peerJoinBody("live", 2)), {
        stream: "live", capacity: 2, nat: "unknown", transports: ["webrtc"], agent: "browser", version: 1,
    });
    const parents = [
        { stripe: 0, peer: id, grandparent: null, forward: null, depth: 2 },
        { stripe: 1, peer: null, grandparent: null, forward: "http://192.0.2.1", depth: 1 },
    ];
    const { resume } = JSON.parse(peerJoinBody("live", 2, { id, token, role: null, depth: 2, parents, children: [] }));
    assert.deepEqual(Object.keys(resume), ["id", "token", "depth", "parents", "children"]);
    assert.deepEqual(resume.parents, [
        { stripe: 0, peer: id, depth: 2 }, { stripe: 1, forward: "http://192.0.2.1", depth: 1 },
    ]);
    // What is written is what a place says.
    const place = { ...resume, tokenExpiresAt: 1, events: "/e", children: [], ice: [], forwards: [] };
    assert.deepEqual(readPeerPlace(new Fields(place)).parents, parents);
});

test("a report is cut to what a tracker takes", () => {
    const lost = new Array(100).fill({ stripe: 0, peer: id, reason: "silent" });
    const parents = [{ stripe: 0, peer: null, grandparent: null, forward: "any", depth: 1 }];
    const body = JSON.parse(peerReportBody({ lost, parents, capacity: 3 }));
    assert.deepEqual(Object.keys(body).sort(), ["capacity", "lost", "parents"]);
    assert.equal(body.lost.length, 64);
    assert.deepEqual(body.parents, [{ stripe: 0, forward: "any", depth: 1 }]);
    assert.equal(peerReportBody({}), "{}");
});
