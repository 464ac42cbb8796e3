// @ts-check

/** @typedef {import("../viewer/ViewerTypes.js").ViewerStatistics} ViewerStatistics */
/** @typedef {import("../viewer/ViewerTypes.js").NeighbourFigures} NeighbourFigures */

/**
 * @typedef {object} PlacedNode
 * @property {string} key
 * @property {"peer" | "forward" | "you" | "more"} kind
 * @property {string} id of the peer, URL of the forward, or how many more there are
 * @property {number} x
 * @property {number} y
 * @property {NeighbourFigures | null} neighbour
 */

/** @typedef {{ key: string, from: PlacedNode, to: PlacedNode, stripe: number, lane: number }} PlacedLink */

/** More than so many in a row are not told apart. */
const rowMax = 6;

/**
 * Places those who feed a viewer in a row above it, those whom it feeds in a row below. Who is there stays in the order
 * of ids, so that nobody jumps over another.
 * @param {ViewerStatistics} statistics
 * @param {{ width: number, height: number, margin: number }} size
 * @returns {{ nodes: PlacedNode[], links: PlacedLink[] }}
 */
export function neighbourLayout({ parents = [], neighbours = [] }, { width, height, margin }) {
    /** @type {Map<string, NeighbourFigures>} */
    const known = new Map(neighbours.map((neighbour) => [neighbour.peer, neighbour]));
    /** @type {Map<string, { kind: "peer" | "forward", id: string, stripes: number[] }>} */
    const above = new Map();
    const add = (/** @type {"peer" | "forward"} */ kind, /** @type {string} */ id, /** @type {number} */ stripe) => {
        const entry = above.get(`${kind}:${id}`) ?? { kind, id, stripes: [] };
        if (!entry.stripes.includes(stripe)) entry.stripes.push(stripe);
        above.set(`${kind}:${id}`, entry);
    };
    for (const { stripe, peer, forward } of parents) {
        if (peer !== undefined) add("peer", peer, stripe);
        else if (forward !== undefined) add("forward", forward ?? "", stripe);
    }
    const below = neighbours.filter(({ feeds }) => feeds.length > 0)
        .map(({ peer, feeds }) => ({ kind: /** @type {const} */ ("peer"), id: peer, stripes: feeds }));
    /** @type {PlacedNode} */
    const you = { key: "you", kind: "you", id: "", x: width / 2, y: height / 2, neighbour: null };
    const nodes = [you];
    /** @type {PlacedLink[]} */
    const links = [];
    const place = (
        /** @type {{ kind: "peer" | "forward", id: string, stripes: number[] }[]} */ row,
        /** @type {number} */ y, /** @type {boolean} */ isAbove,
    ) => {
        const sorted = row.sort((one, other) => (one.kind + one.id < other.kind + other.id ? -1 : 1));
        const shown = sorted.length > rowMax ? sorted.slice(0, rowMax - 1) : sorted;
        const slots = shown.length + (sorted.length > shown.length ? 1 : 0);
        const x = (/** @type {number} */ slot) => margin + (width - 2 * margin) * (slot + 0.5) / slots;
        for (const [slot, { kind, id, stripes }] of shown.entries()) {
            const key = `${isAbove ? "above" : "below"}:${kind}:${id}`;
            /** @type {PlacedNode} */
            const node = { key, kind, id, x: x(slot), y, neighbour: known.get(id) ?? null };
            nodes.push(node);
            for (const [index, stripe] of [...stripes].sort((one, other) => one - other).entries()) {
                const lane = index - (stripes.length - 1) / 2;
                const [from, to] = isAbove ? [node, you] : [you, node];
                links.push({ key: `${key}:${stripe}`, from, to, stripe, lane });
            }
        }
        if (slots > shown.length) {
            const id = String(sorted.length - shown.length);
            const key = `${isAbove ? "above" : "below"}:more`;
            nodes.push({ key, kind: "more", id, x: x(slots - 1), y, neighbour: null });
        }
    };
    place([...above.values()], margin, true);
    place(below, height - margin, false);
    return { nodes, links };
}
