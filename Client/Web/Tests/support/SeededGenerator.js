// @ts-check
const mask = (1n << 64n) - 1n;

/**
 * SplitMix64: a small generator whose whole sequence follows from one seed.
 * Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
 */
export class SeededGenerator {
    /** @param {number} seed */
    constructor(seed) {
        this.state = BigInt(seed);
    }

    /** The next 64 bits. */
    next() {
        this.state = (this.state + 0x9e3779b97f4a7c15n) & mask;
        let mixed = this.state;
        mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
        mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask;
        return mixed ^ (mixed >> 31n);
    }

    /** 0 to just below 1. */
    share() {
        return Number(this.next() >> 11n) / 2 ** 53;
    }

    /** A whole number from `least` to `most`. */
    integer(least, most) {
        return least + Math.floor(this.share() * (most - least + 1));
    }

    /** One of several. */
    pick(list) {
        return list[this.integer(0, list.length - 1)];
    }

    /** So many random bytes. */
    bytes(count) {
        return Uint8Array.from({ length: count }, () => this.integer(0, 255));
    }

    /** The entries in another order. */
    shuffled(list) {
        const result = [...list];
        for (let index = result.length - 1; index > 0; index -= 1) {
            const other = this.integer(0, index);
            [result[index], result[other]] = [result[other], result[index]];
        }
        return result;
    }
}
