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

/**
 * What the visitor chose at this site before; null when nothing, or when nothing is kept here.
 * @returns {boolean | null}
 */
export function rememberedGiving() {
    try {
        const kept = localStorage.getItem(givingKey);
        return kept === "on" ? true : kept === "off" ? false : null;
    } catch {
        return null;
    }
}

/**
 * Keeps what the visitor chose, where the browser lets us.
 * @param {boolean} gives
 */
export function rememberGiving(gives) {
    try {
        localStorage.setItem(givingKey, gives ? "on" : "off");
    } catch {
        // It holds for this visit.
    }
}
