// @ts-check

/**
 * The order of the base point, L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032 §5.1), in digits of 16
 * bits, least first.
 */
const orderDigits = [
    0xd3ed, 0x5cf5, 0x631a, 0x5812, 0x9cd6, 0xa2f7, 0xf9de, 0x14de, 0, 0, 0, 0, 0, 0, 0, 0x1000,
];
const digitCount = orderDigits.length;

/**
 * Whether 32 bytes, little-endian, are a number below L: a signature's S must be, or it could be written in two ways.
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
export function isCanonicalScalar(bytes) {
    for (let index = digitCount - 1; index >= 0; index -= 1) {
        const digit = bytes[2 * index] | (bytes[2 * index + 1] << 8);
        if (digit !== orderDigits[index]) return digit < orderDigits[index];
    }
    return false;
}

/**
 * A number of any length, little-endian, modulo L, as 32 bytes.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function reduceScalar(bytes) {
    // Byte by byte from the highest: 256 times what is left, and the byte, is below 2^9 L, so that a quotient of a few
    // bits, estimated from the highest digit and at most one too large, brings it below L again.
    const digits = new Array(digitCount + 1).fill(0);
    for (let index = bytes.length - 1; index >= 0; index -= 1) {
        let carry = bytes[index];
        for (let place = 0; place < digits.length; place += 1) {
            const value = digits[place] * 256 + carry;
            digits[place] = value & 0xffff;
            carry = value >> 16;
        }
        subtractOrder(digits, (digits[digitCount] << 4) | (digits[digitCount - 1] >> 12));
        if (digits[digitCount] < 0) subtractOrder(digits, -1);
    }
    const reduced = new Uint8Array(32);
    for (let place = 0; place < digitCount; place += 1) {
        reduced[2 * place] = digits[place] & 255;
        reduced[2 * place + 1] = digits[place] >> 8;
    }
    return reduced;
}

/**
 * Takes `times` L off; what is below 0 then has a highest digit below 0.
 * @param {number[]} digits
 * @param {number} times
 */
function subtractOrder(digits, times) {
    let carry = 0;
    for (let place = 0; place < digitCount; place += 1) {
        const value = digits[place] - times * orderDigits[place] + carry;
        digits[place] = value & 0xffff;
        carry = value >> 16;
    }
    digits[digitCount] += carry;
}

/**
 * A number below 2^253 as a sum of signed odd digits, each below 2^(width - 1), at places of which any two are at least
 * `width` apart: its non-adjacent form.
 * @param {Uint8Array} bytes 32, little-endian
 * @param {number} width 2 … 8
 * @returns {Int8Array} the digit of each power of two, up to 2^255
 */
export function nonAdjacentForm(bytes, width) {
    const form = new Int8Array(256);
    const span = 1 << width;
    let carry = 0;
    for (let place = 0; place < 256; ) {
        // So many bits from here on, and what an earlier negative digit has borrowed.
        const word = bytes[place >> 3] | ((bytes[(place >> 3) + 1] ?? 0) << 8);
        const digit = ((word >> (place & 7)) & (span - 1)) + carry;
        if ((digit & 1) === 0) {
            place += 1;
            continue;
        }
        carry = digit > span / 2 ? 1 : 0;
        form[place] = digit - carry * span;
        place += width;
    }
    return form;
}
