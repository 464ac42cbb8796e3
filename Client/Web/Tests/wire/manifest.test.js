// @ts-check
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { ByteReader } from "../../wire/ByteReader.js";
import { ChunkDescription } from "../../wire/ChunkDescription.js";
import { hexadecimal } from "../../wire/Hexadecimal.js";
import { Manifest } from "../../wire/Manifest.js";
import { SignedManifest } from "../../wire/SignedManifest.js";
import { StripeLayout } from "../../wire/StripeLayout.js";
import { WireError } from "../../wire/WireError.js";
import { hex, vectors } from "../support/vectors.js";

const manifests = vectors("manifests.json");

/** Byte i of a chunk of the vectors. */
const chunkByte = (_, index) => (31 * index + Math.floor(index / 256)) % 256;

test("layouts are those of the vectors", () => {
    for (const item of vectors("layouts.json").layouts) {
        const layout = new StripeLayout(item);
        assert.equal(layout.pieceCount, item.ranges.length);
        for (const [stripe, pieces] of item.stripes.entries()) {
            assert.deepEqual(layout.piecesOfStripe(stripe), pieces);
            assert.equal(layout.pieceCountOfStripe(stripe), pieces.length);
            for (const piece of pieces) assert.equal(layout.stripeOfPiece(piece), stripe);
        }
        for (const [index, [start, end]] of item.ranges.entries()) {
            assert.deepEqual(layout.rangeOfPiece(index), { start, end });
        }
        for (const foreign of [-1, layout.pieceCount, 0.5, NaN]) {
            assert.equal(layout.stripeOfPiece(foreign), null);
            assert.equal(layout.rangeOfPiece(foreign), null);
        }
        for (const foreign of [-1, layout.stripeCount]) assert.deepEqual(layout.piecesOfStripe(foreign), []);
    }
});

test("piece sizes are those of the vectors", () => {
    for (const item of vectors("layouts.json").pieceSizes) {
        assert.equal(StripeLayout.pieceSize(item), item.pieceSize, JSON.stringify(item));
    }
});

test("manifests are read and written as in the vectors", () => {
    for (const { name, fields, stripes } of manifests.cases) {
        for (const [stripe, item] of stripes.entries()) {
            const encoded = hex(item.manifest);
            const reader = new ByteReader(encoded);
            const manifest = Manifest.read(reader);
            assert.equal(reader.remaining, 0);
            assert.equal(manifest.stripe, stripe);
            for (const [field, value] of Object.entries(fields)) {
                const found = { ...manifest.chunk, ...manifest.layout }[field];
                assert.equal(found, value, `${name}: ${field}`);
            }
            assert.equal(hexadecimal(manifest.encoded()), item.manifest, name);
            const again = new Manifest({ ...manifest, chunk: new ChunkDescription(manifest.chunk) });
            assert.equal(hexadecimal(again.encoded()), item.manifest, name);
        }
    }
});

test("hashes of a manifest are those of the chunk's pieces", () => {
    for (const { name, stripes } of manifests.cases) {
        for (const [stripe, item] of stripes.entries()) {
            const manifest = Manifest.read(new ByteReader(hex(item.manifest)));
            const chunk = Uint8Array.from({ length: manifest.layout.chunkLength }, chunkByte);
            for (let index = 0; index < manifest.layout.pieceCount; index += 1) {
                const { start, end } = manifest.layout.rangeOfPiece(index);
                const digest = createHash("sha256").update(chunk.subarray(start, end)).digest("hex").slice(0, 32);
                const isOwn = manifest.layout.stripeOfPiece(index) === stripe;
                assert.equal(manifest.hashOfPiece(index), isOwn ? digest : null, `${name}: piece ${index}`);
            }
        }
    }
});

test("a signed manifest is a manifest and 64 bytes", () => {
    const [{ manifest, signature }] = manifests.cases[0].stripes;
    const signed = SignedManifest.parse(hex(manifest + signature));
    assert.equal(hexadecimal(signed.signature), signature);
    assert.equal(new TextDecoder().decode(signed.signedBytes.subarray(0, 20)), "p2plive manifest v1\n");
    assert.equal(hexadecimal(signed.signedBytes.subarray(20)), manifest);
    const joined = SignedManifest.join(signed.manifest, signed.signature);
    assert.deepEqual(joined.bytes, signed.bytes);
    assert.throws(() => SignedManifest.join(signed.manifest, new Uint8Array(63)), WireError);
    for (const length of [signed.bytes.length - 1, signed.bytes.length + 1]) {
        const bytes = new Uint8Array(length);
        bytes.set(signed.bytes.subarray(0, length));
        assert.throws(() => SignedManifest.parse(bytes), WireError);
    }
});

test("manifests that the vectors refuse are refused", () => {
    for (const { name, manifest } of manifests.refused) {
        const signed = hex(manifest + "00".repeat(64));
        assert.throws(() => SignedManifest.parse(signed), WireError, name);
    }
});
