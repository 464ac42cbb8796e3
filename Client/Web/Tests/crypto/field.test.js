// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import {
    fieldAdd, fieldBytes, fieldElement, fieldElementOfBytes, fieldInvert, fieldMultiply, fieldRootPower, fieldSubtract,
} from "../../crypto/Field25519.js";
import { isCanonicalScalar, nonAdjacentForm, reduceScalar } from "../../crypto/Scalar25519.js";
import { SeededGenerator } from "../support/SeededGenerator.js";

const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const modulo = (value, modulus) => ((value % modulus) + modulus) % modulus;
const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const bytesOf = (value, count = 32) =>
    Uint8Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
const power = (base, exponent) => {
    let result = 1n;
    for (let bit = base, left = exponent; left > 0n; left >>= 1n, bit = (bit * bit) % p) {
        if (left & 1n) result = (result * bit) % p;
    }
    return result;
};

const edges = [0n, 1n, 2n, 18n, 19n, 20n, p - 2n, p - 1n, p, p + 1n, p + 18n, p / 2n, 2n ** 254n, 2n ** 255n - 1n];

const expectField = (element, expected, what) => assert.equal(number(fieldBytes(element)), modulo(expected, p), what);

test("field arithmetic agrees with whole numbers", () => {
    for (let seed = 0; seed < 100; seed += 1) {
        const generator = new SeededGenerator(seed);
        const draw = () =>
            generator.integer(0, 2) === 0 ? generator.pick(edges) : number(generator.bytes(32)) % 2n ** 255n;
        const [a, b] = [draw(), draw()];
        const [left, right] = [fieldElementOfBytes(bytesOf(a)), fieldElementOfBytes(bytesOf(b))];
        const out = fieldElement();
        const what = `seed ${seed}: ${a}, ${b}`;
        expectField(left, a, what);
        fieldAdd(out, left, right);
        expectField(out, a + b, what);
        fieldSubtract(out, left, right);
        expectField(out, a - b, what);
        fieldMultiply(out, left, right);
        expectField(out, a * b, what);
        fieldMultiply(left, left, left);
        expectField(left, a * a, what);
        fieldInvert(out, right);
        expectField(out, power(modulo(b, p), p - 2n), what);
        fieldRootPower(out, right);
        expectField(out, power(modulo(b, p), (p - 5n) / 8n), what);
    }
});

test("the highest bit of 32 bytes does not count", () => {
    const bytes = bytesOf(7n);
    bytes[31] |= 128;
    expectField(fieldElementOfBytes(bytes), 7n, "7");
});

test("products are exact at the bounds that the formulas keep", () => {
    const exponents = Array.from({ length: 13 }, (_, index) => Math.ceil((255 * index) / 12));
    // Every limb at the most that a reduced number has, four times over, in any mixture of signs.
    for (let seed = 0; seed < 200; seed += 1) {
        const generator = new SeededGenerator(seed);
        const extreme = () => Float64Array.from({ length: 12 }, (_, index) => {
            const sign = seed === 0 ? 1 : generator.pick([-1, 1]);
            return sign * 4 * 2 ** (exponents[index + 1] - 1);
        });
        const value = (element) => element.reduce((sum, limb) => sum + BigInt(limb), 0n);
        const [left, right, out] = [extreme(), extreme(), fieldElement()];
        fieldMultiply(out, left, right);
        expectField(out, value(left) * value(right), `seed ${seed}`);
        for (let index = 0; index < 12; index += 1) {
            assert.ok(Math.abs(out[index]) <= 2 ** (exponents[index + 1] - 1) * 1.001, `seed ${seed}: reduced`);
        }
    }
});

test("numbers of any length are reduced modulo the order", () => {
    const edgesOfOrder = [0n, 1n, order - 1n, order, order + 1n, 2n * order, 2n ** 512n - 1n, 2n ** 252n];
    for (const edge of edgesOfOrder) assert.equal(number(reduceScalar(bytesOf(edge, 64))), edge % order);
    for (let seed = 0; seed < 100; seed += 1) {
        const value = number(new SeededGenerator(seed).bytes(64));
        assert.equal(number(reduceScalar(bytesOf(value, 64))), value % order, `seed ${seed}`);
    }
});

test("a scalar is canonical below the order only", () => {
    for (const good of [0n, 1n, 2n ** 252n, order - 1n]) assert.ok(isCanonicalScalar(bytesOf(good)));
    for (const bad of [order, order + 1n, 2n ** 253n, 2n ** 256n - 1n]) assert.ok(!isCanonicalScalar(bytesOf(bad)));
});

test("non-adjacent forms stand for their number, with odd digits far enough apart", () => {
    for (let seed = 0; seed < 60; seed += 1) {
        const generator = new SeededGenerator(seed);
        const value = seed === 0 ? order - 1n : number(generator.bytes(32)) % order;
        for (const width of [2, 5, 7, 8]) {
            const form = nonAdjacentForm(bytesOf(value), width);
            let sum = 0n;
            let last = -width;
            for (const [place, digit] of form.entries()) {
                if (digit === 0) continue;
                assert.ok(digit % 2 !== 0 && Math.abs(digit) < 2 ** (width - 1), `seed ${seed}`);
                assert.ok(place - last >= width, `seed ${seed}`);
                last = place;
                sum += BigInt(digit) << BigInt(place);
            }
            assert.equal(sum, value, `seed ${seed}, width ${width}`);
        }
    }
});
