// @ts-check
import { forwardColour, stripeColour } from "../element/palette.js";
import { TreeSpots } from "./TreeSpots.js";

/** @typedef {import("./TreeSpots.js").TreeSpot} TreeSpot */
/** @typedef {import("./sceneLayout.js").Disc} Disc */
/** @typedef {import("./sceneLayout.js").ServicePlace} ServicePlace */

/**
 * @typedef {object} PictureColours
 * @property {boolean} isLight
 * @property {string} ground
 * @property {string} raised
 * @property {string} text
 * @property {string} soft
 * @property {string} line
 * @property {string} live
 */

/** Radius of the middle of a disc, where the forwards are, in pixels. */
export const hubRadius = 15;
/** Part of a link that a flowing dash takes. */
const dashLength = 0.16;
const newLinkMs = 1_400;
/** Dots below this radius are squares, in pixels. */
const roundSize = 2;

/** The curve to a spot from its parent, out of the middle and then round: x and y of its ends and of what bends it. */
const curve = new Float64Array(8);

/**
 * Computes the curve that ends at a spot.
 * @param {TreeSpot} spot
 * @param {Disc} disc
 */
function bendTo({ x: x1, y: y1, parent }, { x, y, radius }) {
    let { x: x0, y: y0 } = parent ?? { x: 0, y: 0 };
    const far = Math.hypot(x1, y1) || 1;
    if (parent === null) {
        x0 = x1 / far * (hubRadius / radius);
        y0 = y1 / far * (hubRadius / radius);
    }
    const near = Math.hypot(x0, y0) || 1;
    const middle = (near + far) / 2;
    curve[0] = x + x0 * radius;
    curve[1] = y + y0 * radius;
    curve[2] = x + x0 / near * middle * radius;
    curve[3] = y + y0 / near * middle * radius;
    curve[4] = x + x1 / far * middle * radius;
    curve[5] = y + y1 / far * middle * radius;
    curve[6] = x + x1 * radius;
    curve[7] = y + y1 * radius;
}

/** @param {CanvasRenderingContext2D} context */
function traceCurve(context) {
    context.moveTo(curve[0], curve[1]);
    context.bezierCurveTo(curve[2], curve[3], curve[4], curve[5], curve[6], curve[7]);
}

/**
 * A coordinate of the curve.
 * @param {number} axis 0 or 1
 * @param {number} part 0 at its beginning … 1 at its end
 */
function along(axis, part) {
    const rest = 1 - part;
    return rest * rest * rest * curve[axis] + 3 * rest * rest * part * curve[axis + 2]
        + 3 * rest * part * part * curve[axis + 4] + part * part * part * curve[axis + 6];
}

/**
 * Draws what does not move: rings, links, viewers.
 * @param {CanvasRenderingContext2D} context
 * @param {TreeSpots} spots
 * @param {Disc[]} discs
 * @param {PictureColours} colours
 */
export function drawTrees(context, { list }, discs, colours) {
    const isCrowded = list.length > 700;
    for (const disc of discs) {
        const colour = stripeColour(disc.stripe, colours.isLight);
        const own = list.filter(({ stripe }) => stripe === disc.stripe);
        drawRings(context, own, disc, colours);
        context.beginPath();
        for (const spot of own) {
            if (!spot.isLinked) continue;
            bendTo(spot, disc);
            traceCurve(context);
        }
        context.strokeStyle = colour;
        context.globalAlpha = isCrowded ? 0.38 : 0.5;
        context.lineWidth = isCrowded ? 1 : 1.4;
        context.stroke();
        context.globalAlpha = 1;
        // Neighbours on the rim do not touch.
        const size = Math.min(own.length < 16 ? 7 : 5, Math.max(1.3, disc.radius * 2.4 / Math.max(1, own.length)));
        dots(context, own.filter(({ isInner }) => !isInner), disc, size, colours.ground, colour);
        dots(context, own.filter(({ isInner }) => isInner), disc, size + 1.6, colour, colours.ground);
        drawHub(context, disc, colours, colour);
    }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TreeSpot[]} spots
 * @param {Disc} disc
 * @param {PictureColours} colours
 */
function drawRings(context, spots, { x, y, radius }, { line }) {
    const rings = new Set(spots.map((spot) => Math.round(Math.hypot(spot.toX, spot.toY) * 1_000)));
    context.beginPath();
    for (const ring of rings) {
        context.moveTo(x + ring / 1_000 * radius, y);
        context.arc(x, y, ring / 1_000 * radius, 0, 2 * Math.PI);
    }
    context.strokeStyle = line;
    context.lineWidth = 1;
    context.globalAlpha = 0.7;
    context.stroke();
    context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TreeSpot[]} spots
 * @param {Disc} disc
 * @param {number} size
 * @param {string} fill
 * @param {string} stroke
 */
function dots(context, spots, { x, y, radius }, size, fill, stroke) {
    // So small, nobody sees that they are not round, nor that they are filled.
    if (size < roundSize) {
        context.fillStyle = stroke;
        for (const spot of spots) {
            context.fillRect(x + spot.x * radius - size, y + spot.y * radius - size, 2 * size, 2 * size);
        }
        return;
    }
    context.beginPath();
    for (const spot of spots) {
        const spotX = x + spot.x * radius;
        const spotY = y + spot.y * radius;
        context.moveTo(spotX + size, spotY);
        context.arc(spotX, spotY, size, 0, 2 * Math.PI);
    }
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = stroke;
    context.lineWidth = 1.4;
    context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Disc} disc
 * @param {PictureColours} colours
 * @param {string} colour
 */
function drawHub(context, { x, y, stripe }, { raised, text }, colour) {
    context.beginPath();
    context.arc(x, y, hubRadius, 0, 2 * Math.PI);
    context.fillStyle = raised;
    context.fill();
    context.strokeStyle = colour;
    context.lineWidth = 2.4;
    context.stroke();
    context.fillStyle = text;
    context.font = "650 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(String(stripe + 1), x, y + 0.5);
}

/**
 * Draws the coordinate, trackers and forwards, and what goes from them to the trees.
 * @param {CanvasRenderingContext2D} context
 * @param {{ services: ServicePlace[], discs: Disc[] }} scene
 * @param {Map<number, Set<string>>} feeding names of the forwards that feed each stripe, or "any"
 * @param {PictureColours} colours
 */
export function drawServices(context, { services, discs }, feeding, colours) {
    const coordinate = services[0];
    for (const service of services.slice(1)) {
        context.beginPath();
        context.moveTo(coordinate.x, coordinate.y + 14);
        const bend = (coordinate.y + service.y) / 2;
        context.bezierCurveTo(coordinate.x, bend, service.x, bend - 4, service.x, service.y - 14);
        context.strokeStyle = forwardColour;
        context.lineWidth = service.kind === "forward" ? 1.8 : 1.2;
        context.setLineDash(service.kind === "forward" ? [] : [3, 4]);
        context.stroke();
        if (service.kind !== "forward") continue;
        // Where discs lie below each other, those further down are left to be understood.
        for (const disc of discs.filter(({ y }) => y === discs[0].y)) {
            const names = feeding.get(disc.stripe);
            if (!names?.has("any") && !names?.has(service.service?.name ?? "")) continue;
            const top = disc.y - hubRadius;
            context.beginPath();
            context.moveTo(service.x, service.y + 38);
            context.bezierCurveTo(service.x, service.y + 90, disc.x, (service.y + top) / 2, disc.x, top);
            context.globalAlpha = 0.3;
            context.stroke();
            context.globalAlpha = 1;
        }
    }
    context.setLineDash([]);
    for (const service of services) drawService(context, service, colours);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ServicePlace} place
 * @param {PictureColours} colours
 */
function drawService(context, { kind, label, aside, x, y }, { ground, raised, text, soft }) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    if (kind === "coordinate") {
        context.beginPath();
        traceBox(context, { x: x - 52, y: y - 15, width: 104, height: 30, radius: 15 });
        context.fillStyle = text;
        context.fill();
        context.fillStyle = ground;
        context.font = "620 13px system-ui, sans-serif";
        context.fillText(label, x, y + 0.5);
        return;
    }
    if (kind !== "more") {
        context.beginPath();
        if (kind === "forward") traceBox(context, { x: x - 12, y: y - 12, width: 24, height: 24, radius: 7 });
        else context.arc(x, y, 12, 0, 2 * Math.PI);
        context.fillStyle = raised;
        context.fill();
        context.strokeStyle = kind === "forward" ? forwardColour : soft;
        context.lineWidth = 2;
        context.stroke();
        context.fillStyle = kind === "forward" ? forwardColour : soft;
        context.font = "700 11px system-ui, sans-serif";
        context.fillText(kind === "forward" ? "F" : "T", x, y + 0.5);
    }
    const below = kind === "more" ? y : y + 24;
    context.font = "600 12px system-ui, sans-serif";
    const words = aside === "" || aside === label ? label : `${label} · ${aside}`;
    const shown = words.length > 18 ? `${words.slice(0, 17)}…` : words;
    const half = context.measureText(shown).width / 2 + 4;
    context.fillStyle = ground;
    context.fillRect(x - half, below - 8, 2 * half, 17);
    context.fillStyle = text;
    context.fillText(shown, x, below);
}

/**
 * A box with round corners.
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number, width: number, height: number, radius: number }} box
 */
function traceBox(context, { x, y, width, height, radius }) {
    context.moveTo(x + radius, y);
    context.arcTo(x + width, y, x + width, y + height, radius);
    context.arcTo(x + width, y + height, x, y + height, radius);
    context.arcTo(x, y + height, x, y, radius);
    context.arcTo(x, y, x + width, y, radius);
    context.closePath();
}

/**
 * Draws what flows: a dash on its way down each link, and links that have just begun or ended.
 * @param {CanvasRenderingContext2D} context
 * @param {TreeSpots} spots
 * @param {Disc[]} discs
 * @param {{ colours: PictureColours, now: number, flows: boolean }} how
 */
export function drawTraffic(context, { list, lost }, discs, { colours, now, flows }) {
    const isCrowded = list.length > 700;
    context.lineCap = "round";
    for (const disc of discs) {
        context.strokeStyle = stripeColour(disc.stripe, colours.isLight);
        if (flows) {
            context.beginPath();
            for (const spot of list) {
                if (spot.stripe !== disc.stripe || !spot.isLinked) continue;
                bendTo(spot, disc);
                const head = (now / 1_700 + spot.phase) % (1 + dashLength);
                const from = Math.max(0, head - dashLength);
                const to = Math.min(1, head);
                context.moveTo(along(0, from), along(1, from));
                context.lineTo(along(0, to), along(1, to));
            }
            context.lineWidth = isCrowded ? 1.8 : 2.6;
            context.stroke();
        }
        for (const spot of list) {
            const age = now - spot.bornAt;
            if (spot.stripe !== disc.stripe || age >= newLinkMs) continue;
            bendTo(spot, disc);
            context.beginPath();
            traceCurve(context);
            context.globalAlpha = 1 - age / newLinkMs;
            context.lineWidth = 4;
            context.stroke();
            context.globalAlpha = 1;
        }
    }
    context.strokeStyle = colours.live;
    context.lineWidth = 2.4;
    for (const link of lost) {
        const disc = discs[link.stripe];
        if (disc === undefined) continue;
        context.globalAlpha = TreeSpots.freshness(link, now);
        context.beginPath();
        context.moveTo(disc.x + link.x0 * disc.radius, disc.y + link.y0 * disc.radius);
        context.lineTo(disc.x + link.x1 * disc.radius, disc.y + link.y1 * disc.radius);
        context.stroke();
    }
    context.globalAlpha = 1;
    context.lineCap = "butt";
}

/**
 * Draws a viewer's way in each tree, and those whom it feeds.
 * @param {CanvasRenderingContext2D} context
 * @param {TreeSpots} spots
 * @param {Disc[]} discs
 * @param {PictureColours} colours
 * @param {string} id
 */
export function drawChosen(context, { byKey, list }, discs, colours, id) {
    for (const disc of discs) {
        const chosen = byKey.get(`${disc.stripe}:${id}`);
        if (chosen === undefined) continue;
        context.strokeStyle = stripeColour(disc.stripe, colours.isLight);
        context.beginPath();
        for (const spot of list) {
            if (spot.parent !== chosen) continue;
            bendTo(spot, disc);
            traceCurve(context);
        }
        context.lineWidth = 2.2;
        context.stroke();
        context.strokeStyle = colours.text;
        context.beginPath();
        for (let spot = /** @type {TreeSpot | null} */ (chosen); spot !== null; spot = spot.parent) {
            if (!spot.isLinked) break;
            bendTo(spot, disc);
            traceCurve(context);
        }
        context.lineWidth = 2.8;
        context.stroke();
        const x = disc.x + chosen.x * disc.radius;
        const y = disc.y + chosen.y * disc.radius;
        context.beginPath();
        context.arc(x, y, 8.5, 0, 2 * Math.PI);
        context.fillStyle = colours.text;
        context.fill();
        context.beginPath();
        context.arc(x, y, 4, 0, 2 * Math.PI);
        context.fillStyle = stripeColour(disc.stripe, colours.isLight);
        context.fill();
    }
}
