// @ts-check
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { sha256, shortHash } from "../../crypto/SHA256.js";
import { sha512 } from "../../crypto/SHA512.js";
import { hexadecimal } from "../../wire/Hexadecimal.js";
import { SeededGenerator } from "../support/SeededGenerator.js";
import { vectors } from "../support/vectors.js";

const ascii = (text) => new TextEncoder().encode(text);

/** NIST's examples of FIPS 180-4: the message, its SHA-256, and its SHA-512 where there is one. */
const examples = [
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"],
    ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", null],
    ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb" +
        "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"],
];

test("digests are those of NIST's examples", () => {
    for (const [message, expected256, expected512] of examples) {
        assert.equal(hexadecimal(sha256(ascii(message))), expected256);
        if (expected512 !== null) assert.equal(hexadecimal(sha512(ascii(message))), expected512);
    }
});

test("digests are those of the vectors", () => {
    for (const { length, sha256: expected } of vectors("keys.json").digests) {
        const bytes = Uint8Array.from({ length }, (_, index) => (31 * index + Math.floor(index / 256)) % 256);
        assert.equal(hexadecimal(sha256(bytes)), expected, String(length));
        assert.equal(shortHash(bytes), expected.slice(0, 32));
    }
});

test("messages of every length up to three blocks, anywhere in a buffer, have the digests that OpenSSL finds", () => {
    const generator = new SeededGenerator(1);
    for (let length = 0; length <= 384; length += 1) {
        const buffer = generator.bytes(length + 7);
        const message = buffer.subarray(3, 3 + length);
        assert.equal(hexadecimal(sha256(message)), createHash("sha256").update(message).digest("hex"), `${length}`);
        assert.equal(hexadecimal(sha512(message)), createHash("sha512").update(message).digest("hex"), `${length}`);
    }
});
