// @ts-check

/**
 * Numbers modulo p = 2^255 - 19 in the floating-point form of Bernstein, "Curve25519: new Diffie-Hellman speed records"
 * (PKC 2006), §4: a number is the sum of twelve doubles, of which the i-th is a multiple of 2^⌈21.25 i⌉. All sums and
 * products below are exact, because none needs more than 53 bits: a number that `multiply` returns has limbs of at most
 * half the next one's unit (*reduced*), and the bounds hold as long as a reduced number is added to itself at most
 * fifteen times over both factors: the product of their *growths* must not exceed 16. Each function says what it
 * expects.
 * @typedef {Float64Array} FieldElement
 */

const limbCount = 12;
/** The exponent of each limb's unit, and 255. */
const limbExponents = Array.from({ length: limbCount + 1 }, (_, index) => Math.ceil((255 * index) / limbCount));
/** Adding and subtracting this rounds to a multiple of the next limb's unit. */
const roundingConstants = Float64Array.from(limbExponents.slice(1), (exponent) => 1.5 * 2 ** (52 + exponent));
/** What 2^255 is worth. */
const fold = 19 * 2 ** -255;
/** The terms of a product before they are folded; every product overwrites them. */
const terms = new Float64Array(2 * limbCount);

/**
 * A new number.
 * @param {number} [value] a small whole number
 * @returns {FieldElement}
 */
export function fieldElement(value = 0) {
    const element = new Float64Array(limbCount);
    element[0] = value;
    return element;
}

/**
 * Brings limbs of up to 53 bits above their units back below half the next unit.
 * @param {FieldElement} out
 * @param {Float64Array} limbs of which the first twelve count; may be `out`
 */
export function fieldReduce(out, limbs) {
    let carry = 0;
    for (let index = 0; index < limbCount; index += 1) {
        const sum = limbs[index] + carry;
        carry = sum + roundingConstants[index] - roundingConstants[index];
        out[index] = sum - carry;
    }
    const first = out[0] + carry * fold;
    carry = first + roundingConstants[0] - roundingConstants[0];
    out[0] = first - carry;
    out[1] += carry;
}

/**
 * out = left · right, reduced; the product of the factors' growths is at most 16.
 * @param {FieldElement} out may be a factor
 * @param {FieldElement} left
 * @param {FieldElement} right
 */
export function fieldMultiply(out, left, right) {
    const r0 = right[0];
    const r1 = right[1];
    const r2 = right[2];
    const r3 = right[3];
    const r4 = right[4];
    const r5 = right[5];
    const r6 = right[6];
    const r7 = right[7];
    const r8 = right[8];
    const r9 = right[9];
    const r10 = right[10];
    const r11 = right[11];
    terms.fill(0);
    for (let index = 0; index < limbCount; index += 1) {
        const limb = left[index];
        terms[index] += limb * r0;
        terms[index + 1] += limb * r1;
        terms[index + 2] += limb * r2;
        terms[index + 3] += limb * r3;
        terms[index + 4] += limb * r4;
        terms[index + 5] += limb * r5;
        terms[index + 6] += limb * r6;
        terms[index + 7] += limb * r7;
        terms[index + 8] += limb * r8;
        terms[index + 9] += limb * r9;
        terms[index + 10] += limb * r10;
        terms[index + 11] += limb * r11;
    }
    for (let index = 0; index < limbCount - 1; index += 1) terms[index] += fold * terms[index + limbCount];
    fieldReduce(out, terms);
}

/**
 * out = left + right; growths add up.
 * @param {FieldElement} out
 * @param {FieldElement} left
 * @param {FieldElement} right
 */
export function fieldAdd(out, left, right) {
    for (let index = 0; index < limbCount; index += 1) out[index] = left[index] + right[index];
}

/**
 * out = left - right; growths add up.
 * @param {FieldElement} out
 * @param {FieldElement} left
 * @param {FieldElement} right
 */
export function fieldSubtract(out, left, right) {
    for (let index = 0; index < limbCount; index += 1) out[index] = left[index] - right[index];
}

/**
 * out = base^(2^count), reduced.
 * @param {FieldElement} out
 * @param {FieldElement} base
 * @param {number} count at least 1
 */
function squareTimes(out, base, count) {
    fieldMultiply(out, base, base);
    for (let step = 1; step < count; step += 1) fieldMultiply(out, out, out);
}

/**
 * base^(2^250 - 1): exponents of n ones are doubled in length by n squarings and one multiplication.
 * @param {FieldElement} base
 * @returns {FieldElement}
 */
function powerOf250Ones(base) {
    const work = fieldElement();
    /** @type {(ones: FieldElement, count: number, more: FieldElement) => FieldElement} */
    const longer = (ones, count, more) => {
        const result = fieldElement();
        squareTimes(work, ones, count);
        fieldMultiply(result, work, more);
        return result;
    };
    const ones2 = longer(base, 1, base);
    const ones4 = longer(ones2, 2, ones2);
    const ones5 = longer(ones4, 1, base);
    const ones10 = longer(ones5, 5, ones5);
    const ones20 = longer(ones10, 10, ones10);
    const ones40 = longer(ones20, 20, ones20);
    const ones50 = longer(ones40, 10, ones10);
    const ones100 = longer(ones50, 50, ones50);
    const ones200 = longer(ones100, 100, ones100);
    return longer(ones200, 50, ones50);
}

/**
 * out = 1 / base, and 0 for 0: base^(p - 2), where p - 2 = (2^250 - 1) · 2^5 + 11.
 * @param {FieldElement} out
 * @param {FieldElement} base
 */
export function fieldInvert(out, base) {
    const high = fieldElement();
    squareTimes(high, powerOf250Ones(base), 5);
    const low = fieldElement();
    squareTimes(low, base, 2);
    fieldMultiply(low, low, base);
    fieldMultiply(low, low, low);
    fieldMultiply(low, low, base);
    fieldMultiply(out, high, low);
}

/**
 * out = base^((p - 5) / 8), from which square roots are made: (p - 5) / 8 = (2^250 - 1) · 2^2 + 1.
 * @param {FieldElement} out
 * @param {FieldElement} base
 */
export function fieldRootPower(out, base) {
    const high = fieldElement();
    squareTimes(high, powerOf250Ones(base), 2);
    fieldMultiply(out, high, base);
}

/**
 * The number of 255 bits, little-endian; the highest bit of 32 bytes is ignored. Numbers from p on are taken as well.
 * @param {Uint8Array} bytes 32
 * @returns {FieldElement}
 */
export function fieldElementOfBytes(bytes) {
    const element = fieldElement();
    for (let bit = 0, limb = 0; bit < 255; bit += 1) {
        if (bit === limbExponents[limb + 1]) limb += 1;
        if ((bytes[bit >> 3] >> (bit & 7)) & 1) element[limb] += 2 ** bit;
    }
    fieldReduce(element, element);
    return element;
}

/**
 * The 32 bytes of the number below p that an element of growth up to 8 stands for.
 * @param {FieldElement} element
 * @returns {Uint8Array}
 */
export function fieldBytes(element) {
    const reduced = fieldElement();
    fieldReduce(reduced, element);
    // Digits of so many bits as limbs have, first of any sign. A multiple of p, 8 p, makes the number positive.
    const digits = Array.from(reduced, (limb, index) => limb / 2 ** limbExponents[index]);
    digits[0] -= 8 * 19;
    digits[limbCount - 1] += 8 * 2 ** (255 - limbExponents[limbCount - 1]);
    const normalize = () => {
        let carry = 0;
        for (let index = 0; index < limbCount; index += 1) {
            const unit = 2 ** (limbExponents[index + 1] - limbExponents[index]);
            const sum = digits[index] + carry;
            carry = Math.floor(sum / unit);
            digits[index] = sum - carry * unit;
        }
        return carry;
    };
    for (let round = 0; round < 2; round += 1) {
        const carry = normalize();
        digits[0] += 19 * carry;
    }
    // Now it is below 2^255: p is taken off if adding 19 gives 2^255 or more.
    digits[0] += 19;
    if (normalize() === 0) {
        digits[0] -= 19;
        normalize();
    }
    const bytes = new Uint8Array(32);
    for (let bit = 0, limb = 0; bit < 255; bit += 1) {
        if (bit === limbExponents[limb + 1]) limb += 1;
        if ((digits[limb] >> (bit - limbExponents[limb])) & 1) bytes[bit >> 3] |= 1 << (bit & 7);
    }
    return bytes;
}
