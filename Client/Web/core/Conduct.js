// @ts-check

/**
 * What is forgivable once and not many times: how many are let pass at once, and how many more every second.
 * - `useless`: pieces and manifests that were here already, or that nobody can play any more.
 * - `wish`: requests and other wishes.
 * - `subscription`: each brings all that is held of a stripe.
 * - `relay`: signals to be passed on.
 * - `alive`: signs of life.
 * - `early`: pieces of chunks that no manifest tells of.
 */
const allowances = Object.freeze({
    useless: { burst: 2_000, perSecond: 200 },
    wish: { burst: 100, perSecond: 20 },
    subscription: { burst: 12, perSecond: 1 },
    relay: { burst: 20, perSecond: 2 },
    alive: { burst: 50, perSecond: 20 },
    early: { burst: 1_000, perSecond: 100 },
});

/** @typedef {keyof typeof allowances} Nuisance */

const nuisances = /** @type {Nuisance[]} */ (Object.keys(allowances));

/** How a neighbour behaves. Each tolerance refills with time. */
export class Conduct {
    constructor() {
        this.spent = { useless: 0, wish: 0, subscription: 0, relay: 0, alive: 0, early: 0 };
        /** @type {number | null} */
        this.at = null;
    }

    /**
     * Counts one; false when it is one too many.
     * @param {Nuisance} nuisance
     * @param {number} now by the monotonic clock
     */
    tolerate(nuisance, now) {
        const seconds = this.at === null ? 0 : (now - this.at) / 1_000;
        // Small steps are summed up rather than rounded away.
        if (this.at === null || seconds >= 0.05) {
            for (const other of nuisances) {
                this.spent[other] = Math.max(0, this.spent[other] - seconds * allowances[other].perSecond);
            }
            this.at = now;
        }
        this.spent[nuisance] += 1;
        return this.spent[nuisance] <= allowances[nuisance].burst;
    }
}
