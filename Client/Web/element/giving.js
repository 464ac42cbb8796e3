// @ts-check

/**
 * @typedef {object} ConnectionHints what a browser may tell of its network (Network Information API)
 * @property {boolean} [saveData]
 * @property {string} [type]
 * @property {boolean} [metered]
 */

/**
 * Whether bytes are likely to cost money: then a viewer takes and does not give unless it is told to.
 * @param {ConnectionHints | null | undefined} connection
 * @returns {boolean}
 */
export function isMetered(connection) {
    if (!connection) return false;
    return connection.saveData === true || connection.metered === true || connection.type === "cellular";
}

/**
 * Whether a viewer feeds others: as the visitor chose; else as the page says; else unless bytes cost money.
 * @param {{ chosen: boolean | null, isAllowed: boolean, isMetered: boolean }} facts
 * @returns {boolean}
 */
export function decidesToGive({ chosen, isAllowed, isMetered: costs }) {
    return chosen ?? (isAllowed && !costs);
}

const givingKey = "p2plive.give";

/** What the visitor chose at this site, now or before; as long as nothing was chosen, what the connection costs. */
export class GivingChoice {
    constructor() {
        /** @type {boolean | null} */
        this.chosen = null;
        try {
            const kept = localStorage.getItem(givingKey);
            if (kept === "on" || kept === "off") this.chosen = kept === "on";
        } catch {
            // Nothing is kept here.
        }
    }

    /** @param {boolean} gives */
    choose(gives) {
        this.chosen = gives;
        try {
            localStorage.setItem(givingKey, gives ? "on" : "off");
        } catch {
            // It holds for this visit.
        }
    }

    get isMetered() {
        return isMetered(/** @type {any} */ (navigator).connection);
    }

    /**
     * Whether to give, by now.
     * @param {boolean} isAllowed by the page
     */
    gives(isAllowed) {
        return decidesToGive({ chosen: this.chosen, isAllowed, isMetered: this.isMetered });
    }
}
