// @ts-check
import { ByteReader } from "../wire/ByteReader.js";
import { WireError } from "../wire/WireError.js";

/** Most boxes side by side. */
const siblingsMax = 4_096;

/** One box of an ISO base media file (ISO/IEC 14496-12 §4.2), as a view into the bytes that hold it. */
export class Box {
    /**
     * @param {string} type four characters
     * @param {Uint8Array} payload what follows size, type and, for `uuid`, the extended type
     */
    constructor(type, payload) {
        this.type = type;
        this.payload = payload;
    }

    /** A reader of the payload. */
    get reader() {
        return new ByteReader(this.payload);
    }

    /**
     * The boxes inside, after `skip` bytes of fields. Throws `WireError`.
     * @param {number} [skip]
     * @returns {Box[]}
     */
    children(skip = 0) {
        const { reader } = this;
        reader.take(skip, this.type);
        return parseBoxes(reader.rest(), false);
    }

    /**
     * The first box of a type inside. Throws `WireError`.
     * @param {string} wanted
     * @param {number} [skip] bytes of fields before the boxes
     * @returns {Box}
     */
    child(wanted, skip = 0) {
        const found = this.children(skip).find(({ type }) => type === wanted);
        if (found === undefined) throw new WireError(`no ${wanted} in ${this.type}`);
        return found;
    }
}

/**
 * The boxes that fill `bytes` side by side; nothing is entered, so no nesting can exhaust the stack. Throws
 * `WireError`.
 * @param {Uint8Array} bytes whole boxes, back to back
 * @param {boolean} isTopLevel only there may a last box have size 0, which means "to the end"
 * @returns {Box[]}
 */
export function parseBoxes(bytes, isTopLevel) {
    const boxes = [];
    for (let start = 0; start < bytes.length; ) {
        if (boxes.length >= siblingsMax) throw new WireError(`more than ${siblingsMax} boxes side by side`);
        const reader = new ByteReader(bytes.subarray(start));
        let size = reader.u32("box size");
        const type = String.fromCharCode(...reader.take(4, "box type"));
        if (size === 1) size = reader.u64("box size");
        else if (size === 0 && isTopLevel) size = bytes.length - start;
        if (type === "uuid") reader.take(16, "extended type");
        if (size < reader.position || size > bytes.length - start) {
            throw new WireError(`box ${type} of ${size} bytes does not fit`);
        }
        boxes.push(new Box(type, bytes.subarray(start + reader.position, start + size)));
        start += size;
    }
    return boxes;
}
