// @ts-check
import { treeLayout } from "./treeLayout.js";

/** @typedef {import("./SwarmModel.js").SwarmModel} SwarmModel */
/** @typedef {import("./topologyAnswers.js").OverlayLink} OverlayLink */

/**
 * @typedef {object} TreeSpot a viewer as it is drawn in one tree, on its way to where it belongs; in units of the disc
 * @property {string} id
 * @property {number} stripe
 * @property {TreeSpot | null} parent null next to the middle
 * @property {boolean} isLinked it gets the stripe, from the parent or from a forward
 * @property {boolean} isInner it passes the stripe on
 * @property {number} depth
 * @property {number} angle
 * @property {number} x
 * @property {number} y
 * @property {number} toX
 * @property {number} toY
 * @property {number} bornAt milliseconds; when its link began
 * @property {number} phase 0 … 1, so that links do not flow in step
 */

/** @typedef {{ stripe: number, x0: number, y0: number, x1: number, y1: number, at: number }} LostLink */

/** A spot has come this part of its way after so many milliseconds: 1 - 1/e. */
const glideMs = 150;
/** So near it has arrived, in units of the disc. */
const arrived = 0.002;
const lostShownMs = 1_500;

/** Where viewers are drawn in the trees of all stripes, moving when the trees change. */
export class TreeSpots {
    constructor() {
        /** @type {Map<string, TreeSpot>} */
        this.byKey = new Map();
        /** @type {TreeSpot[]} */
        this.list = [];
        /** @type {LostLink[]} */
        this.lost = [];
        this.isMoving = false;
    }

    /**
     * Lays out the trees as they are by now.
     * @param {SwarmModel} model
     * @param {import("./SwarmModel.js").SwarmChange} change
     * @param {{ now: number, jumps: boolean }} how milliseconds; whether everything is at its place at once
     */
    take(model, { added, lost }, { now, jumps }) {
        const before = this.byKey;
        // What fades moves, too.
        if (jumps) this.lost = [];
        else this.noteLost(lost, now);
        /** @type {Map<string, TreeSpot>} */
        const spots = new Map();
        const ids = [...model.nodes.keys()];
        for (let stripe = 0; stripe < model.stripes; stripe += 1) {
            const parentOf = (/** @type {string} */ id) => model.links.get(`${stripe}:${id}`)?.from ?? null;
            // What hangs at a forward is next to the middle, whatever was said of it a moment ago.
            const depthOf = (/** @type {string} */ id) => {
                const isRoot = model.links.get(`${stripe}:${id}`)?.from === null;
                return isRoot ? 1 : model.nodes.get(id)?.depths[stripe] ?? 1;
            };
            for (const place of treeLayout(ids, parentOf, depthOf).values()) {
                const { id, depth, angle, x: toX, y: toY, children } = place;
                const parent = place.parent === null ? null : spots.get(`${stripe}:${place.parent}`) ?? null;
                const known = before.get(`${stripe}:${id}`);
                const { x, y } = jumps ? { x: toX, y: toY } : known ?? parent ?? { x: 0, y: 0 };
                spots.set(`${stripe}:${id}`, {
                    id, stripe, parent, depth, angle, x, y, toX, toY, isInner: children > 0,
                    isLinked: model.links.has(`${stripe}:${id}`), bornAt: known?.bornAt ?? -Infinity,
                    phase: known?.phase ?? phaseOf(id, stripe),
                });
            }
        }
        // In a first picture nothing is new.
        if (before.size > 0) {
            for (const { stripe, to } of added) {
                const spot = spots.get(`${stripe}:${to}`);
                if (spot !== undefined) spot.bornAt = now;
            }
        }
        this.byKey = spots;
        this.list = [...spots.values()];
        this.isMoving = !jumps;
    }

    /**
     * @param {OverlayLink[]} lost
     * @param {number} now
     */
    noteLost(lost, now) {
        for (const { stripe, from, to } of lost) {
            const end = this.byKey.get(`${stripe}:${to}`);
            if (end === undefined) continue;
            const start = from === null ? { x: 0, y: 0 } : this.byKey.get(`${stripe}:${from}`);
            if (start === undefined) continue;
            this.lost.push({ stripe, x0: start.x, y0: start.y, x1: end.x, y1: end.y, at: now });
        }
        this.lost.splice(0, this.lost.length - lostMax);
    }

    /**
     * Moves everything on.
     * @param {number} elapsedMs
     * @param {number} now
     */
    move(elapsedMs, now) {
        while (this.lost.length > 0 && now - this.lost[0].at > lostShownMs) this.lost.shift();
        if (!this.isMoving) return;
        const part = 1 - Math.exp(-elapsedMs / glideMs);
        let isMoving = false;
        for (const spot of this.list) {
            const wayX = spot.toX - spot.x;
            const wayY = spot.toY - spot.y;
            if (Math.abs(wayX) + Math.abs(wayY) < arrived) {
                spot.x = spot.toX;
                spot.y = spot.toY;
            } else {
                spot.x += wayX * part;
                spot.y += wayY * part;
                isMoving = true;
            }
        }
        this.isMoving = isMoving;
    }

    /**
     * How much of a lost link is still to be seen.
     * @param {LostLink} link
     * @param {number} now
     * @returns {number} 1 … 0
     */
    static freshness({ at }, now) {
        return Math.max(0, 1 - (now - at) / lostShownMs);
    }

    /**
     * The spot next to a point of a disc.
     * @param {number} stripe
     * @param {number} x in units of the disc
     * @param {number} y
     * @param {number} within
     * @returns {TreeSpot | null}
     */
    nearest(stripe, x, y, within) {
        /** @type {TreeSpot | null} */
        let best = null;
        let bestDistance = within * within;
        for (const spot of this.list) {
            if (spot.stripe !== stripe) continue;
            const distance = (spot.x - x) ** 2 + (spot.y - y) ** 2;
            if (distance < bestDistance) {
                best = spot;
                bestDistance = distance;
            }
        }
        return best;
    }

    /**
     * The spot to which an arrow key leads.
     * @param {TreeSpot | null} from
     * @param {string} key
     * @returns {TreeSpot | null}
     */
    neighbour(from, key) {
        const current = from === null ? undefined : this.byKey.get(`${from.stripe}:${from.id}`);
        if (current === undefined) return this.list.find(({ isInner }) => isInner) ?? this.list[0] ?? null;
        if (key === "ArrowUp") return current.parent ?? current;
        const ofStripe = this.list.filter(({ stripe }) => stripe === current.stripe);
        if (key === "ArrowDown") return ofStripe.find(({ parent }) => parent === current) ?? current;
        const ring = ofStripe.filter(({ depth }) => depth === current.depth)
            .sort((one, other) => one.angle - other.angle);
        const step = key === "ArrowLeft" ? -1 : 1;
        return ring[(ring.indexOf(current) + step + ring.length) % ring.length] ?? current;
    }
}

/** More lost links at once are a storm, of which the newest are shown. */
const lostMax = 400;

/**
 * @param {string} id
 * @param {number} stripe
 */
function phaseOf(id, stripe) {
    let hash = stripe * 7_919;
    for (let index = 0; index < id.length; index += 1) hash = (hash * 31 + id.charCodeAt(index)) % 10_007;
    return hash / 10_007;
}
