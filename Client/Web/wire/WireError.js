// @ts-check

/**
 * Why bytes are no valid message, record or manifest, or why a value cannot be written as one. Whatever a network
 * sends, the functions of `wire/` throw this and nothing else.
 */
export class WireError extends Error {
    /** @param {string} message what is wrong, with what was found and what is allowed */
    constructor(message) {
        super(message);
        this.name = "WireError";
    }
}

/**
 * Returns `value` when it is a whole number allowed for `field`, else throws `WireError`.
 * @param {number} value
 * @param {string} field names it in the error
 * @param {number} least
 * @param {number} most
 * @returns {number}
 */
export function checked(value, field, least, most) {
    if (!Number.isInteger(value) || value < least || value > most) {
        throw new WireError(`${field} is ${value}, allowed are ${least} to ${most}`);
    }
    return value;
}
