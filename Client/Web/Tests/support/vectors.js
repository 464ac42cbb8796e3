// @ts-check
import { readFileSync } from "node:fs";
import { bytesOfHexadecimal } from "../../wire/Hexadecimal.js";

const folder = new URL("../../../../Shared/Vectors/", import.meta.url);

/** The vectors that the tests of every implementation read. */
export function vectors(name) {
    return JSON.parse(readFileSync(new URL(name, folder), "utf8"));
}

/** The bytes of hexadecimal text; a typing error fails the test. */
export function hex(text) {
    const bytes = bytesOfHexadecimal(text);
    if (bytes === null) throw new Error(`not hexadecimal: ${text.slice(0, 40)}`);
    return bytes;
}
