// @ts-check

/**
 * @typedef {object} TreePlace where a viewer is drawn in the tree of a stripe
 * @property {string} id
 * @property {string | null} parent null below a forward, or when the parent is not among the viewers
 * @property {number} depth 1 next to the middle
 * @property {number} angle radians, clockwise from the top
 * @property {number} radius 0 in the middle … 1 at the rim
 * @property {number} x of the unit circle
 * @property {number} y
 * @property {number} children
 */

/** So much of the circle's radius lies within the first ring, so that roots do not crowd. */
const firstRing = 0.26;

/**
 * Lays a tree out around the forwards in its middle: a ring for each depth, room on it by the leaves below. Siblings
 * stand in the order of their ids, so that whoever comes or goes moves the others a little and lets none jump over
 * another. What is no tree – circles, parents that nobody knows – is laid out all the same.
 * @param {string[]} ids
 * @param {(id: string) => string | null} parentOf
 * @param {(id: string) => number} knownDepth of viewers whose parent is not among them; 1 when it is not known
 * @returns {Map<string, TreePlace>}
 */
export function treeLayout(ids, parentOf, knownDepth = () => 1) {
    const { roots, childrenOf } = grown([...ids].sort(), parentOf);
    // Parents before children.
    const order = roots.map(({ id, parent }) => ({ id, parent, depth: Math.max(1, knownDepth(id)) }));
    for (let index = 0; index < order.length; index += 1) {
        const { id, depth } = order[index];
        for (const child of childrenOf.get(id) ?? []) order.push({ id: child, parent: id, depth: depth + 1 });
    }
    /** @type {Map<string, number>} */
    const leaves = new Map();
    for (const { id, depth } of [...order].reverse()) {
        const below = (childrenOf.get(id) ?? []).reduce((sum, child) => sum + (leaves.get(child) ?? 1), 0);
        // Further in, the same room is a wider angle.
        leaves.set(id, Math.max(1 / Math.sqrt(depth), below));
    }
    const deepest = order.reduce((most, { depth }) => Math.max(most, depth), 1);
    const total = roots.reduce((sum, { id }) => sum + (leaves.get(id) ?? 1), 0);
    /** @type {Map<string, number>} where the room of a viewer begins, in leaves */
    const starts = new Map();
    let next = 0;
    for (const { id } of roots) {
        starts.set(id, next);
        next += leaves.get(id) ?? 1;
    }
    /** @type {Map<string, TreePlace>} */
    const places = new Map();
    for (const { id, parent, depth } of order) {
        const start = starts.get(id) ?? 0;
        const room = leaves.get(id) ?? 1;
        const children = childrenOf.get(id) ?? [];
        const used = children.reduce((sum, child) => sum + (leaves.get(child) ?? 1), 0);
        let at = start + (room - used) / 2;
        for (const child of children) {
            starts.set(child, at);
            at += leaves.get(child) ?? 1;
        }
        const angle = 2 * Math.PI * (start + room / 2) / total;
        const radius = deepest === 1 ? 0.62 : firstRing + (1 - firstRing) * (depth - 1) / (deepest - 1);
        const place = { id, parent, depth, angle, radius, children: children.length };
        places.set(id, { ...place, x: radius * Math.sin(angle), y: -radius * Math.cos(angle) });
    }
    return places;
}

/**
 * Who hangs below whom. Viewers that no root leads to go in a circle: the first of them becomes a root.
 * @param {string[]} sorted
 * @param {(id: string) => string | null} parentOf
 */
function grown(sorted, parentOf) {
    const known = new Set(sorted);
    /** @type {Map<string, string[]>} */
    const childrenOf = new Map();
    /** @type {{ id: string, parent: string | null }[]} */
    const roots = [];
    /** @type {Map<string, string | null>} */
    const parents = new Map();
    for (const id of sorted) {
        const parent = parentOf(id);
        parents.set(id, parent !== null && parent !== id && known.has(parent) ? parent : null);
    }
    /** @type {Set<string>} */
    const reached = new Set();
    for (const id of sorted) {
        const way = [];
        /** @type {string | null} */
        let at = id;
        const onWay = new Set();
        while (at !== null && !reached.has(at) && !onWay.has(at)) {
            onWay.add(at);
            way.push(at);
            at = parents.get(at) ?? null;
        }
        // It came round: the circle is cut above the one met again.
        if (at !== null && onWay.has(at)) parents.set(at, null);
        for (const each of way) reached.add(each);
    }
    for (const id of sorted) {
        const parent = parents.get(id) ?? null;
        if (parent === null) roots.push({ id, parent: null });
        else childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), id]);
    }
    return { roots, childrenOf };
}
