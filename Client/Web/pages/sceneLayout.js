// @ts-check

/** @typedef {import("./topologyAnswers.js").TopologyServices} TopologyServices */
/** @typedef {import("./topologyAnswers.js").TopologyService} TopologyService */

/**
 * @typedef {object} ServicePlace
 * @property {"coordinate" | "tracker" | "forward" | "more"} kind
 * @property {TopologyService | null} service
 * @property {string} label
 * @property {string} aside
 * @property {number} x
 * @property {number} y
 */

/** @typedef {{ stripe: number, x: number, y: number, radius: number }} Disc */

const topMargin = 34;
const servicesY = 112;
const discsTop = 168;
/** A service with its words needs so much, in pixels. */
const serviceWidth = 92;

/**
 * Where everything lies in a picture: the coordinate on top, trackers and forwards below it, and below them a disc for
 * the tree of each stripe, beside each other or, where it is narrow, below each other.
 * @param {{ width: number, height: number }} size in pixels
 * @param {TopologyServices} services
 * @param {number} stripes
 * @returns {{ services: ServicePlace[], discs: Disc[] }}
 */
export function sceneLayout({ width, height }, { trackers, forwards }, stripes) {
    // In turn, so that of each some are shown when there is no room for all.
    const all = Array.from({ length: Math.max(trackers.length, forwards.length) }, (_, index) => [
        ...trackers.slice(index, index + 1).map((service) => ({ kind: /** @type {const} */ ("tracker"), service })),
        ...forwards.slice(index, index + 1).map((service) => ({ kind: /** @type {const} */ ("forward"), service })),
    ]).flat();
    const room = Math.max(2, Math.floor((width - 16) / serviceWidth));
    const shown = all.length > room ? all.slice(0, room - 1) : all;
    const slots = Math.max(1, shown.length + (all.length > shown.length ? 1 : 0));
    const step = Math.min(170, (width - 16) / slots);
    const x = (/** @type {number} */ slot) => width / 2 + (slot - (slots - 1) / 2) * step;
    /** @type {ServicePlace[]} */
    const places = [{ kind: "coordinate", service: null, label: "Coordinate", aside: "", x: width / 2, y: topMargin }];
    for (const [slot, { kind, service }] of shown.entries()) {
        const label = service.name || kind;
        places.push({ kind, service, label, aside: service.region, x: x(slot), y: servicesY });
    }
    if (slots > shown.length) {
        const label = `+ ${all.length - shown.length}`;
        places.push({ kind: "more", service: null, label, aside: "", x: x(slots - 1), y: servicesY });
    }
    return { services: places, discs: discsIn(width, height - discsTop, stripes) };
}

/**
 * The largest discs that fit.
 * @param {number} width
 * @param {number} height
 * @param {number} count
 * @returns {Disc[]}
 */
function discsIn(width, height, count) {
    let best = { columns: count, side: 0 };
    for (let columns = 1; columns <= count; columns += 1) {
        const side = Math.min(width / columns, height / Math.ceil(count / columns));
        if (side > best.side) best = { columns, side };
    }
    const rows = Math.ceil(count / best.columns);
    return Array.from({ length: count }, (_, stripe) => ({
        stripe,
        x: width * ((stripe % best.columns) + 0.5) / best.columns,
        y: discsTop + height * (Math.floor(stripe / best.columns) + 0.5) / rows,
        radius: Math.max(20, best.side / 2 - 22),
    }));
}
