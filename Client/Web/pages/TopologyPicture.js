// @ts-check
import { sceneLayout } from "./sceneLayout.js";
import { drawChosen, drawServices, drawTraffic, drawTrees } from "./treeDrawing.js";
import { TreeSpots } from "./TreeSpots.js";

/** @typedef {import("./treeDrawing.js").PictureColours} PictureColours */

/** What flows is drawn so often when nothing else moves, in milliseconds: half as often as a screen can. */
const flowFrameMs = 30;
/** With more spots than this, what moves is drawn no more often than that. */
const spotsOfCrowd = 600;
/** How near a pointer must come, in pixels. */
const mouseReach = 16;
const fingerReach = 30;

/** The moving picture of the trees. It rests while nobody sees it, and does not flow for who wants no motion. */
export class TopologyPicture {
    /**
     * @param {HTMLCanvasElement} canvas
     * @param {(id: string | null) => void} onChoose who is looked at
     */
    constructor(canvas, onChoose) {
        this.canvas = canvas;
        this.onChoose = onChoose;
        this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        /** What moves rarely is kept drawn. */
        this.still = document.createElement("canvas");
        this.spots = new TreeSpots();
        /** @type {import("./topologyAnswers.js").TopologyServices} */
        this.services = { trackers: [], forwards: [] };
        this.stripes = 2;
        /** @type {Map<number, Set<string>>} */
        this.feeding = new Map();
        this.scene = sceneLayout({ width: 300, height: 300 }, this.services, 2);
        /** @type {string | null} */
        this.hovered = null;
        /** @type {import("./TreeSpots.js").TreeSpot | null} */
        this.chosen = null;
        this.isStale = true;
        this.isSeen = true;
        this.lastFrame = 0;
        this.request = 0;
        this.motion = matchMedia("(prefers-reduced-motion: reduce)");
        this.scheme = matchMedia("(prefers-color-scheme: light)");
        this.colours = this.readColours();
        this.listen();
    }

    /** Listens to the page and to the visitor. */
    listen() {
        const { canvas } = this;
        new ResizeObserver(() => this.refresh()).observe(canvas);
        new IntersectionObserver(([entry]) => {
            this.isSeen = entry.isIntersecting;
            this.refresh();
        }).observe(canvas);
        document.addEventListener("visibilitychange", () => this.refresh());
        this.motion.addEventListener("change", () => this.refresh());
        this.scheme.addEventListener("change", () => {
            this.colours = this.readColours();
            this.refresh();
        });
        canvas.addEventListener("pointermove", (event) => {
            if (event.pointerType === "mouse") this.hover(this.spotAt(event, mouseReach)?.id ?? null);
        });
        canvas.addEventListener("pointerleave", () => this.hover(null));
        canvas.addEventListener("click", (event) => {
            const isFinger = /** @type {PointerEvent} */ (event).pointerType === "touch";
            this.choose(this.spotAt(event, isFinger ? fingerReach : mouseReach));
        });
        canvas.addEventListener("keydown", (event) => {
            if (event.key === "Escape") return this.choose(null);
            if (!event.key.startsWith("Arrow")) return;
            event.preventDefault();
            this.choose(this.spots.neighbour(this.chosen, event.key));
        });
    }

    /** @returns {PictureColours} */
    readColours() {
        const style = getComputedStyle(document.documentElement);
        const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
        return {
            isLight: this.scheme.matches, ground: colour("ground"), raised: colour("raised"), text: colour("text"),
            soft: colour("soft"), line: colour("line"), live: colour("live"),
        };
    }

    /**
     * Shows the trees as they are by now.
     * @param {import("./SwarmModel.js").SwarmModel} model
     * @param {import("./SwarmModel.js").SwarmChange} change
     * @param {import("./topologyAnswers.js").TopologyServices} services
     */
    show(model, change, services) {
        this.services = services;
        this.stripes = model.stripes;
        this.feeding = model.feedingForwards();
        const jumps = this.motion.matches || !this.isRunning || this.spots.list.length === 0;
        this.spots.take(model, change, { now: performance.now(), jumps });
        if (this.chosen !== null && !model.nodes.has(this.chosen.id)) this.choose(null);
        this.refresh();
    }

    /** Who is looked at. */
    get shownID() {
        return this.hovered ?? this.chosen?.id ?? null;
    }

    get isRunning() {
        return this.isSeen && !document.hidden;
    }

    /** @param {string | null} id */
    hover(id) {
        if (id === this.hovered) return;
        this.hovered = id;
        this.canvas.style.cursor = id === null ? "default" : "pointer";
        this.onChoose(this.shownID);
        this.refresh();
    }

    /** @param {import("./TreeSpots.js").TreeSpot | null} spot */
    choose(spot) {
        this.chosen = spot;
        this.onChoose(this.shownID);
        this.refresh();
    }

    /**
     * @param {MouseEvent} event
     * @param {number} reach
     */
    spotAt({ offsetX, offsetY }, reach) {
        for (const { stripe, x, y, radius } of this.scene.discs) {
            const spot = this.spots.nearest(stripe, (offsetX - x) / radius, (offsetY - y) / radius, reach / radius);
            if (spot !== null) return spot;
        }
        return null;
    }

    /** Draws anew soon, and goes on as long as anything moves. */
    refresh() {
        this.isStale = true;
        if (this.request === 0 && this.isRunning) this.request = requestAnimationFrame((now) => this.frame(now));
    }

    /** @param {number} now milliseconds */
    frame(now) {
        this.request = 0;
        if (!this.isRunning) return;
        const elapsed = now - this.lastFrame;
        const isBusy = this.isStale || this.spots.isMoving;
        const isHasty = isBusy && this.spots.list.length <= spotsOfCrowd;
        if (isHasty || elapsed >= flowFrameMs) {
            this.lastFrame = now;
            this.spots.move(Math.min(elapsed, 100), now);
            // Also the frame in which everything has arrived.
            this.draw(now, isBusy);
        }
        const flows = !this.motion.matches && this.spots.list.length > 0;
        const goesOn = flows || this.isStale || this.spots.lost.length > 0;
        if (goesOn) this.request = requestAnimationFrame((next) => this.frame(next));
    }

    /**
     * @param {number} now
     * @param {boolean} isAll whether what is still has changed, too
     */
    draw(now, isAll) {
        const { canvas, context, still, colours, spots } = this;
        const scale = Math.min(2, window.devicePixelRatio || 1);
        const { clientWidth: width, clientHeight: height } = canvas;
        if (width === 0 || height === 0) return;
        this.fit(Math.round(width * scale), Math.round(height * scale));
        if (isAll) {
            this.isStale = false;
            this.scene = sceneLayout({ width, height }, this.services, this.stripes);
        }
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, canvas.width, canvas.height);
        if (spots.isMoving) {
            // To keep what is drawn anew for the next frame would only cost.
            context.setTransform(scale, 0, 0, scale, 0, 0);
            this.drawGround(context);
        } else {
            if (isAll) this.keepGround(scale);
            context.drawImage(still, 0, 0);
            context.setTransform(scale, 0, 0, scale, 0, 0);
        }
        const id = this.shownID;
        if (id !== null) {
            // Who looks at one viewer sees the others less.
            context.globalAlpha = 0.58;
            context.fillStyle = colours.ground;
            context.fillRect(0, 0, width, height);
            context.globalAlpha = 1;
        }
        const { discs } = this.scene;
        drawTraffic(context, spots, discs, { colours, now, flows: !this.motion.matches && id === null });
        if (id !== null) drawChosen(context, spots, discs, colours, id);
    }

    /**
     * Makes both canvases so large.
     * @param {number} width in pixels of the screen
     * @param {number} height
     */
    fit(width, height) {
        for (const each of [this.canvas, this.still]) {
            if (each.width === width && each.height === height) continue;
            each.width = width;
            each.height = height;
        }
    }

    /** @param {CanvasRenderingContext2D} context */
    drawGround(context) {
        drawServices(context, this.scene, this.feeding, this.colours);
        drawTrees(context, this.spots, this.scene.discs, this.colours);
    }

    /**
     * Keeps what does not move for frames to come.
     * @param {number} scale
     */
    keepGround(scale) {
        const ground = /** @type {CanvasRenderingContext2D} */ (this.still.getContext("2d"));
        ground.setTransform(1, 0, 0, 1, 0, 0);
        ground.clearRect(0, 0, this.still.width, this.still.height);
        ground.setTransform(scale, 0, 0, scale, 0, 0);
        this.drawGround(ground);
    }
}
