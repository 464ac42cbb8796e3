// @ts-check
import {
    fieldAdd, fieldBytes, fieldElement, fieldElementOfBytes, fieldInvert, fieldMultiply, fieldRootPower, fieldSubtract,
} from "./Field25519.js";

/** 0, 1 and 2 modulo p. */
const zero = fieldElement(0);
const one = fieldElement(1);
const two = fieldElement(2);
/** d = -121665 / 121666 and 2 d, the curve's constant (RFC 8032 §5.1). */
const curveD = fieldElement();
const twiceD = fieldElement();
/** 2^((p - 1) / 4), a square root of -1. */
const rootOfMinusOne = fieldElement();

fieldInvert(curveD, fieldElement(121_666));
fieldMultiply(curveD, curveD, fieldElement(-121_665));
fieldMultiply(twiceD, curveD, two);
// (p - 1) / 4 = 2 (p - 5) / 8 + 1.
fieldRootPower(rootOfMinusOne, two);
fieldMultiply(rootOfMinusOne, rootOfMinusOne, rootOfMinusOne);
fieldMultiply(rootOfMinusOne, rootOfMinusOne, two);

// Scratch of the formulas; nothing in it outlives a call.
const scratchA = fieldElement();
const scratchB = fieldElement();
const scratchC = fieldElement();
const scratchD = fieldElement();
const scratchE = fieldElement();
const scratchF = fieldElement();

/**
 * A point of edwards25519 in extended coordinates: x = X / Z, y = Y / Z, x y = T / Z (RFC 8032 §5.1.4). Its coordinates
 * are reduced. Nothing here is secret, so nothing takes care to take the same time always.
 */
export class EdwardsPoint {
    /** The neutral point. */
    constructor() {
        this.x = zero.slice();
        this.y = one.slice();
        this.z = one.slice();
        this.t = zero.slice();
    }

    /** A point of the same place. */
    copy() {
        const point = new EdwardsPoint();
        point.x.set(this.x);
        point.y.set(this.y);
        point.z.set(this.z);
        point.t.set(this.t);
        return point;
    }

    /** Moves to the point of the opposite sign. */
    negate() {
        fieldSubtract(this.x, zero, this.x);
        fieldSubtract(this.t, zero, this.t);
    }

    /** Moves to the sum of the point and itself. */
    double() {
        fieldMultiply(scratchA, this.x, this.x);
        fieldMultiply(scratchB, this.y, this.y);
        fieldMultiply(scratchC, this.z, this.z);
        fieldAdd(scratchC, scratchC, scratchC);
        fieldAdd(scratchD, scratchA, scratchB);
        fieldAdd(scratchE, this.x, this.y);
        fieldMultiply(scratchE, scratchE, scratchE);
        fieldSubtract(scratchE, scratchD, scratchE);
        fieldSubtract(scratchB, scratchA, scratchB);
        fieldAdd(scratchC, scratchC, scratchB);
        // Growths: C 4, D 2, E 3, B 2.
        this.setProducts(scratchE, scratchC, scratchB, scratchD);
    }

    /**
     * Moves to the sum of the point and another, or to the difference.
     * @param {PreparedPoint} other
     * @param {boolean} isNegative
     */
    add(other, isNegative) {
        fieldSubtract(scratchA, this.y, this.x);
        fieldAdd(scratchB, this.y, this.x);
        fieldMultiply(scratchA, scratchA, isNegative ? other.sum : other.difference);
        fieldMultiply(scratchB, scratchB, isNegative ? other.difference : other.sum);
        fieldMultiply(scratchC, this.t, other.product);
        fieldMultiply(scratchD, this.z, other.twiceZ);
        fieldSubtract(scratchE, scratchB, scratchA);
        fieldAdd(scratchB, scratchB, scratchA);
        const [minus, plus] = isNegative ? [fieldAdd, fieldSubtract] : [fieldSubtract, fieldAdd];
        minus(scratchF, scratchD, scratchC);
        plus(scratchD, scratchD, scratchC);
        this.setProducts(scratchE, scratchF, scratchD, scratchB);
    }

    /**
     * The last step of both formulas.
     * @param {Float64Array} e
     * @param {Float64Array} f
     * @param {Float64Array} g
     * @param {Float64Array} h
     */
    setProducts(e, f, g, h) {
        fieldMultiply(this.x, e, f);
        fieldMultiply(this.y, g, h);
        fieldMultiply(this.z, f, g);
        fieldMultiply(this.t, e, h);
    }

    /** The 32 bytes of the point: y, and the lowest bit of x (RFC 8032 §5.1.2). */
    get bytes() {
        const inverse = fieldElement();
        fieldInvert(inverse, this.z);
        fieldMultiply(scratchA, this.x, inverse);
        fieldMultiply(scratchB, this.y, inverse);
        const bytes = fieldBytes(scratchB);
        bytes[31] |= (fieldBytes(scratchA)[0] & 1) << 7;
        return bytes;
    }

    /**
     * The point of 32 bytes; null when there is none (RFC 8032 §5.1.3). As OpenSSL has it, y may be p or more, and x =
     * 0 of either sign; a forger gains nothing, because a public key comes from who is trusted.
     * @param {Uint8Array} bytes
     * @returns {EdwardsPoint | null}
     */
    static ofBytes(bytes) {
        const point = new EdwardsPoint();
        point.y.set(fieldElementOfBytes(bytes));
        // x² = u / v with u = y² - 1, v = d y² + 1, and x = u v³ (u v⁷)^((p - 5) / 8), or that times a root of -1.
        const u = fieldElement();
        const v = fieldElement();
        fieldMultiply(u, point.y, point.y);
        fieldMultiply(v, u, curveD);
        fieldSubtract(u, u, one);
        fieldAdd(v, v, one);
        fieldMultiply(scratchA, v, v);
        fieldMultiply(scratchA, scratchA, v);
        fieldMultiply(scratchB, scratchA, scratchA);
        fieldMultiply(scratchB, scratchB, v);
        fieldMultiply(scratchB, scratchB, u);
        fieldRootPower(scratchB, scratchB);
        fieldMultiply(scratchA, scratchA, u);
        fieldMultiply(point.x, scratchA, scratchB);
        if (!isRoot(point.x, u, v)) {
            fieldMultiply(point.x, point.x, rootOfMinusOne);
            if (!isRoot(point.x, u, v)) return null;
        }
        if ((fieldBytes(point.x)[0] & 1) !== bytes[31] >> 7) fieldSubtract(point.x, zero, point.x);
        fieldMultiply(point.t, point.x, point.y);
        return point;
    }
}

/**
 * Whether v x² = u.
 * @param {Float64Array} x
 * @param {Float64Array} u of growth 2
 * @param {Float64Array} v of growth 2
 */
function isRoot(x, u, v) {
    fieldMultiply(scratchC, x, x);
    fieldMultiply(scratchC, scratchC, v);
    fieldSubtract(scratchC, scratchC, u);
    return fieldBytes(scratchC).every((byte) => byte === 0);
}

/** A point as `EdwardsPoint.add` takes it. */
export class PreparedPoint {
    /** @param {EdwardsPoint} point */
    constructor(point) {
        this.sum = fieldElement();
        this.difference = fieldElement();
        this.twiceZ = fieldElement();
        this.product = fieldElement();
        fieldAdd(this.sum, point.y, point.x);
        fieldSubtract(this.difference, point.y, point.x);
        fieldAdd(this.twiceZ, point.z, point.z);
        fieldMultiply(this.product, point.t, twiceD);
    }

    /**
     * The odd multiples of a point: itself, three times, five times …
     * @param {EdwardsPoint} point
     * @param {number} count
     * @returns {PreparedPoint[]}
     */
    static oddMultiples(point, count) {
        const twice = point.copy();
        twice.double();
        const step = new PreparedPoint(twice);
        const multiple = point.copy();
        return Array.from({ length: count }, () => {
            const prepared = new PreparedPoint(multiple);
            multiple.add(step, false);
            return prepared;
        });
    }
}
