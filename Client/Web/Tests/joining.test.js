// @ts-check
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { joined } from "./support/joined.js";
import { hex, vectors } from "./support/vectors.js";

test("the modules can be joined into one, which works", async () => {
    const entries = [
        "core/PeerMachine.js", "core/PlayoutBuffer.js", "core/SourceChooser.js", "crypto/ManifestVerifier.js",
        "crypto/SHA256.js", "crypto/VerifyingKey.js", "media/MediaSourcePlayer.js", "wire/SignedManifest.js",
        "viewer/LinkHost.js", "viewer/ViewingEngine.js",
    ];
    const folder = mkdtempSync(join(tmpdir(), "p2plive-"));
    try {
        const file = join(folder, "player.mjs");
        writeFileSync(file, joined(entries));
        const player = await import(pathToFileURL(file).href);
        const { cases, publicKey } = vectors("manifests.json");
        const { fields, stripes } = cases[0];
        const key = new player.VerifyingKey(hex(publicKey));
        const verifier = new player.ManifestVerifier(key, fields.stream);
        const signed = player.SignedManifest.parse(hex(stripes[0].manifest + stripes[0].signature));
        const machine = new player.PeerMachine(
            new player.PeerConfiguration(), player.shortHash, (each) => verifier.fault(each),
        );
        const now = { monotonic: 0, wall: fields.publishedAt };
        machine.takeManifestFromForward(signed, now);
        machine.tick(now);
        assert.ok(machine.takeActions().some(({ kind }) => kind === "announce"));
        assert.equal(typeof player.MediaSourcePlayer, "function");
    } finally {
        rmSync(folder, { recursive: true });
    }
});
