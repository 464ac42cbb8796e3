// @ts-check

/**
 * The numbers of chunks that were missing when they were due, as far back as one can still come late. Bounded: of more
 * than `rangesMax` separate losses the oldest is forgotten.
 */
export class MissedChunks {
    static rangesMax = 64;

    constructor() {
        /** @type {{ first: number, last: number }[]} */
        this.ranges = [];
    }

    /**
     * Notes a loss.
     * @param {number} first
     * @param {number} last
     */
    add(first, last) {
        if (this.ranges.length >= MissedChunks.rangesMax) this.ranges.shift();
        this.ranges.push({ first, last });
    }

    /**
     * Takes a number out; false when it was not missing.
     * @param {number} sequence
     * @returns {boolean}
     */
    remove(sequence) {
        const position = this.ranges.findIndex(({ first, last }) => first <= sequence && sequence <= last);
        if (position < 0) return false;
        const { first, last } = this.ranges[position];
        const left = [
            { first, last: sequence - 1 },
            { first: sequence + 1, last },
        ];
        this.ranges.splice(position, 1, ...left.filter((range) => range.first <= range.last));
        return true;
    }
}
