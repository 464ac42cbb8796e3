// @ts-check
import assert from "node:assert/strict";
import * as node from "node:crypto";
import test from "node:test";
import { EdwardsPoint, PreparedPoint } from "../../crypto/EdwardsPoint.js";
import { ManifestVerifier } from "../../crypto/ManifestVerifier.js";
import { VerifyingKey } from "../../crypto/VerifyingKey.js";
import { Base64 } from "../../wire/Base64.js";
import { hexadecimal } from "../../wire/Hexadecimal.js";
import { SignedManifest } from "../../wire/SignedManifest.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { hex, vectors } from "../support/vectors.js";

/** Public key, message and signature of RFC 8032 §7.1. */
const examples = [
    ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b" +
        "d25bf5f0595bbe24655141438e7a100b"],
    ["3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c" +
        "387b2eaeb4302aeeb00d291612bb0c00"],
    ["fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659" +
        "4a7c15e9716ed28dc027beceea1ec40a"],
].map((texts) => texts.map(hex));

/** What OpenSSL, and so every service, says. */
function opensslIsValid(key, signature, message) {
    const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
    try {
        return node.verify(null, message, node.createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
    } catch {
        return false;
    }
}

const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const p = 2n ** 255n - 19n;
const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const bytesOf = (value) => Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
const join = (...parts) => Uint8Array.from(Buffer.concat(parts));

function makeKey() {
    const { publicKey, privateKey } = node.generateKeyPairSync("ed25519");
    const bytes = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    return { bytes, sign: (message) => new Uint8Array(node.sign(null, message, privateKey)) };
}

test("signatures of RFC 8032 are valid", () => {
    for (const [key, message, signature] of examples) {
        assert.ok(new VerifyingKey(key).isValid(signature, message), hexadecimal(key));
        assert.ok(opensslIsValid(key, signature, message));
    }
});

test("a change of any byte of message, signature or key makes a signature invalid", () => {
    const key = makeKey();
    const message = new SeededGenerator(1).bytes(100);
    const signature = key.sign(message);
    const verifying = new VerifyingKey(key.bytes);
    assert.ok(verifying.isValid(signature, message));
    for (const [name, bytes] of Object.entries({ message, signature, key: key.bytes })) {
        for (let index = 0; index < bytes.length; index += 1) {
            const changed = bytes.slice();
            changed[index] ^= 1 << index % 8;
            const parts = { message, signature, key: key.bytes, [name]: changed };
            assert.ok(!new VerifyingKey(parts.key).isValid(parts.signature, parts.message), `${name} ${index}`);
        }
    }
    for (const count of [0, 63, 65]) assert.ok(!verifying.isValid(new Uint8Array(count), message));
    assert.ok(!verifying.isValid(signature, join(message, new Uint8Array(1))));
});

test("random keys and messages are judged as by OpenSSL", () => {
    for (let seed = 0; seed < 40; seed += 1) {
        const generator = new SeededGenerator(seed);
        const key = makeKey();
        const message = generator.bytes(generator.integer(0, 400));
        assert.ok(new VerifyingKey(key.bytes).isValid(key.sign(message), message));
        const [strange, signature] = [generator.bytes(32), generator.bytes(64)];
        signature[63] &= 15;
        const expected = opensslIsValid(strange, signature, message);
        assert.equal(new VerifyingKey(strange).isValid(signature, message), expected, `seed ${seed}`);
    }
});

test("a signature cannot be written with another S", () => {
    const key = makeKey();
    const message = new Uint8Array([1, 2, 3]);
    const signature = key.sign(message);
    for (let times = 1n; times < 15n; times += 1n) {
        const s = number(signature.subarray(32)) + times * order;
        if (s >= 2n ** 256n) break;
        const other = join(signature.subarray(0, 32), bytesOf(s));
        assert.ok(!opensslIsValid(key.bytes, other, message));
        assert.ok(!new VerifyingKey(key.bytes).isValid(other, message), `S + ${times} L`);
    }
});

/** Points of small order, and the ways beyond the usual ones in which OpenSSL takes them: y from p on, -0. */
function strangePoints() {
    const points = [];
    for (const y of [0n, 1n, p - 1n, p, p + 1n, 2n ** 255n - 1n, 2n, 3n, p + 2n, p + 3n]) {
        for (const sign of [0, 128]) {
            const bytes = bytesOf(y);
            bytes[31] |= sign;
            points.push(bytes);
        }
    }
    // Those of order eight.
    for (const text of [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]) {
        for (const sign of [0, 128]) {
            const bytes = hex(text);
            bytes[31] |= sign;
            points.push(bytes);
        }
    }
    return points;
}

test("keys and signatures of strange points are judged as by OpenSSL", () => {
    const points = strangePoints();
    const scalars = [0n, 1n, 8n, order - 1n, order].map(bytesOf);
    let valid = 0;
    for (const key of points) {
        const verifying = new VerifyingKey(key);
        for (const r of points) {
            for (const s of scalars) {
                for (const message of [new Uint8Array([7, 7])]) {
                    const signature = join(r, s);
                    const expected = opensslIsValid(key, signature, message);
                    if (expected) valid += 1;
                    const what = `${hexadecimal(key)} ${hexadecimal(signature)}`;
                    assert.equal(verifying.isValid(signature, message), expected, what);
                }
            }
        }
    }
    // Else the test would prove nothing about those that are let pass.
    assert.ok(valid > 9, `${valid} were valid`);
});

test("about half of all bytes are a point, and points survive their bytes and the formulas", () => {
    let points = 0;
    for (let seed = 0; seed < 60; seed += 1) {
        const bytes = new SeededGenerator(seed).bytes(32);
        const point = EdwardsPoint.ofBytes(bytes);
        if (point === null) continue;
        points += 1;
        assert.deepEqual(point.bytes, bytes, `seed ${seed}`);
        // P + P is twice P, and P - P the neutral point.
        const prepared = new PreparedPoint(point);
        const sum = point.copy();
        sum.add(prepared, false);
        const twice = point.copy();
        twice.double();
        assert.deepEqual(sum.bytes, twice.bytes, `seed ${seed}`);
        point.add(prepared, true);
        assert.deepEqual(point.bytes, bytesOf(1n), `seed ${seed}`);
    }
    assert.ok(points > 15 && points < 45, `${points} of 60`);
});

test("a key is made of 32 bytes, or their base64", () => {
    const { bytes } = makeKey();
    assert.deepEqual(VerifyingKey.ofBase64(Base64.standard.encode(bytes))?.bytes, bytes);
    for (const text of ["", "!", "AAAA", "A".repeat(88), null, 7]) assert.equal(VerifyingKey.ofBase64(text), null);
    assert.throws(() => new VerifyingKey(new Uint8Array(31)), RangeError);
});

test("manifests of the vectors are signed by their key, for their stream", () => {
    const { cases, publicKey } = vectors("manifests.json");
    const key = new VerifyingKey(hex(publicKey));
    for (const { name, fields, stripes } of cases) {
        for (const { manifest, signature } of stripes) {
            const signed = SignedManifest.parse(hex(manifest + signature));
            assert.equal(new ManifestVerifier(key, fields.stream).fault(signed), null, name);
            assert.match(String(new ManifestVerifier(key, "other").fault(signed)), /another stream/);
            signed.bytes[signed.bytes.length - 1] ^= 1;
            assert.match(String(new ManifestVerifier(key, fields.stream).fault(signed)), /not signed/);
        }
    }
});
