// @ts-check

/**
 * Whether a small number is prime.
 * @param {bigint} candidate
 */
function isPrime(candidate) {
    for (let factor = 2n; factor * factor <= candidate; factor += 1n) if (candidate % factor === 0n) return false;
    return true;
}

/**
 * ⌊2^64 · value^(1/power)⌋ for small values, bit by bit.
 * @param {bigint} value
 * @param {bigint} power
 */
function scaledRoot(value, power) {
    const scaled = value << (64n * power);
    let root = 0n;
    for (let bit = 1n << 69n; bit > 0n; bit >>= 1n) if ((root + bit) ** power <= scaled) root += bit;
    return root;
}

/**
 * The first 64 bits of the fractional parts of the roots of the first `count` primes: high and low word in turn. Found
 * at start, which takes a millisecond or two, rather than copied from a table.
 * @param {number} count
 * @param {bigint} power
 * @returns {Int32Array}
 */
function fractionsOfRoots(count, power) {
    const words = new Int32Array(2 * count);
    let found = 0;
    for (let candidate = 2n; found < 2 * count; candidate += 1n) {
        if (!isPrime(candidate)) continue;
        const root = scaledRoot(candidate, power);
        words[found] = Number((root >> 32n) & 0xffff_ffffn);
        words[found + 1] = Number(root & 0xffff_ffffn);
        found += 2;
    }
    return words;
}

/** The round constants of SHA-512 (FIPS 180-4 §4.2.3), 80 pairs of words. */
export const sha512RoundConstants = fractionsOfRoots(80, 3n);
/** The state in which SHA-512 begins (§5.3.5), 8 pairs of words. */
export const sha512InitialState = fractionsOfRoots(8, 2n);

/** @type {(words: Int32Array) => Int32Array} */
const highWords = (words) => words.filter((_, index) => index % 2 === 0);

/** The round constants of SHA-256 (§4.2.2): half as many bits of the same roots, of the first 64 primes. */
export const sha256RoundConstants = highWords(sha512RoundConstants).slice(0, 64);
/** The state in which SHA-256 begins (§5.3.3). */
export const sha256InitialState = highWords(sha512InitialState);
