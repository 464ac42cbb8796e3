// @ts-check

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Strict base64 (RFC 4648): each run of bytes has exactly one text. */
export class Base64 {
    /**
     * @param {string} digits the alphabet
     * @param {boolean} isPadded whether a text is filled up with `=` to a multiple of four
     */
    constructor(digits, isPadded) {
        this.digits = digits;
        this.isPadded = isPadded;
    }

    /**
     * The text of `bytes`.
     * @param {Uint8Array} bytes
     * @returns {string}
     */
    encode(bytes) {
        let text = "";
        let pending = 0;
        let bits = 0;
        for (const byte of bytes) {
            pending = ((pending << 8) | byte) & 0xffff;
            bits += 8;
            while (bits >= 6) {
                bits -= 6;
                text += this.digits[(pending >> bits) & 63];
            }
        }
        if (bits > 0) text += this.digits[(pending << (6 - bits)) & 63];
        while (this.isPadded && text.length % 4 !== 0) text += "=";
        return text;
    }

    /**
     * The bytes of `text`; null for a foreign character, a wrong length or padding, or unused bits that are not zero.
     * @param {string} text
     * @returns {Uint8Array | null}
     */
    decode(text) {
        let count = text.length;
        if (this.isPadded) {
            if (count % 4 !== 0) return null;
            for (let step = 0; step < 2 && text[count - 1] === "="; step += 1) count -= 1;
        }
        if (count % 4 === 1) return null;
        const bytes = new Uint8Array(Math.floor((count * 3) / 4));
        let length = 0;
        let pending = 0;
        let bits = 0;
        for (let index = 0; index < count; index += 1) {
            const value = this.digits.indexOf(text.charAt(index));
            if (value < 0) return null;
            pending = ((pending << 6) | value) & 0xffff;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                bytes[length] = pending >> bits;
                length += 1;
            }
        }
        return (pending & ((1 << bits) - 1)) === 0 ? bytes : null;
    }

    /** `+` and `/`, padded (RFC 4648 §4): public keys in JSON. */
    static standard = new Base64(`${letters}+/`, true);
    /** `-` and `_`, without padding (RFC 4648 §5): tokens. */
    static url = new Base64(`${letters}-_`, false);
}
