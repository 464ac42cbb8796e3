// @ts-check
import { shortId } from "../element/figures.js";

/** @typedef {import("./topologyAnswers.js").OverlayPart} OverlayPart */
/** @typedef {import("./topologyAnswers.js").OverlayNode} OverlayNode */
/** @typedef {import("./topologyAnswers.js").OverlayLink} OverlayLink */

/**
 * @typedef {object} SwarmEvent
 * @property {number} at milliseconds
 * @property {"joined" | "left" | "repair" | "moved"} kind
 * @property {number | null} stripe
 * @property {string} text
 */

/**
 * @typedef {object} SwarmChange what is other than before
 * @property {OverlayLink[]} added
 * @property {OverlayLink[]} lost
 */

/** Events that are kept, the newest first. */
const eventsMax = 60;
/** More of a kind at once are told as a number. */
const toldSingly = 3;

/** The viewers and links of a stream, put together from what each tracker tells, and what happens among them. */
export class SwarmModel {
    constructor() {
        /** @type {Map<string, OverlayPart>} */
        this.parts = new Map();
        /** @type {Map<string, OverlayNode>} */
        this.nodes = new Map();
        /**
         * By stripe and receiver, of which each has one sender.
         * @type {Map<string, OverlayLink>}
         */
        this.links = new Map();
        /** @type {SwarmEvent[]} */
        this.events = [];
        this.hasBegun = false;
    }

    /** How many links were replaced because a parent was lost, since the swarm began. */
    get repairs() {
        return [...this.parts.values()].reduce((sum, { repairs }) => sum + repairs, 0);
    }

    /** How many viewers there are, also those that are not drawn. */
    get peers() {
        return [...this.parts.values()].reduce((sum, { peers }) => sum + peers, 0);
    }

    /** Whether there are more viewers than are drawn. */
    get isTruncated() {
        return [...this.parts.values()].some(({ isTruncated }) => isTruncated);
    }

    /** How many stripes there are, as far as links tell. */
    get stripes() {
        let most = 2;
        for (const { stripe } of this.links.values()) most = Math.max(most, stripe + 1);
        return most;
    }

    /**
     * Takes what trackers tell by now. A tracker that did not answer is as it was; one that is gone is forgotten.
     * @param {Map<string, OverlayPart | null>} answers by tracker
     * @param {number} now milliseconds
     * @returns {SwarmChange}
     */
    take(answers, now) {
        const repairsBefore = this.repairs;
        for (const tracker of this.parts.keys()) {
            if (!answers.has(tracker)) this.parts.delete(tracker);
        }
        for (const [tracker, part] of answers) {
            if (part !== null) this.parts.set(tracker, part);
        }
        const { nodes: nodesBefore, links: linksBefore } = this;
        this.nodes = new Map();
        this.links = new Map();
        for (const part of this.parts.values()) {
            for (const node of part.nodes) this.nodes.set(node.id, node);
            for (const link of part.links) this.links.set(linkKey(link), link);
        }
        // Links whose receiver is not drawn lead nowhere.
        for (const [key, { to }] of this.links) {
            if (!this.nodes.has(to)) this.links.delete(key);
        }
        const change = this.compare(linksBefore);
        if (this.hasBegun) this.tell(nodesBefore, linksBefore, { now, repairs: this.repairs - repairsBefore });
        this.hasBegun ||= this.parts.size > 0;
        return change;
    }

    /**
     * @param {Map<string, OverlayLink>} before
     * @returns {SwarmChange}
     */
    compare(before) {
        const isSame = (/** @type {OverlayLink | undefined} */ one, /** @type {OverlayLink} */ other) =>
            one !== undefined && one.from === other.from && (one.from !== null || one.forward === other.forward);
        return {
            added: [...this.links.values()].filter((link) => !isSame(before.get(linkKey(link)), link)),
            lost: [...before.values()].filter((link) => !isSame(this.links.get(linkKey(link)), link)),
        };
    }

    /**
     * @param {Map<string, OverlayNode>} nodesBefore
     * @param {Map<string, OverlayLink>} linksBefore
     * @param {{ now: number, repairs: number }} meanwhile how many repairs there were, also where nobody is drawn
     */
    tell(nodesBefore, linksBefore, { now, repairs }) {
        // Of a part, who is in it changes without anybody coming or going.
        if (!this.isTruncated) {
            const joined = [...this.nodes.keys()].filter((id) => !nodesBefore.has(id));
            const left = [...nodesBefore.keys()].filter((id) => !this.nodes.has(id));
            this.add(now, "left", left.map((id) => ({ stripe: null, text: `${shortId(id)} left` })), "viewers left");
            this.add(now, "joined", joined.map((id) => ({ stripe: null, text: `${shortId(id)} joined` })),
                "viewers joined");
        }
        /** @type {{ stripe: number | null, text: string }[]} */
        const repaired = [];
        /** @type {{ stripe: number | null, text: string }[]} */
        const moved = [];
        for (const [key, link] of this.links) {
            const before = linksBefore.get(key);
            if (before === undefined || (before.from === link.from && before.forward === link.forward)) continue;
            if (before.from === null && link.from === null) continue;
            const to = link.from === null ? "a forward" : shortId(link.from);
            const isRepair = before.from !== null && !this.nodes.has(before.from);
            const text = isRepair
                ? `${shortId(link.to)} lost ${shortId(before.from)}, fed by ${to} now`
                : `${shortId(link.to)} moved below ${to}`;
            (isRepair ? repaired : moved).push({ stripe: link.stripe, text });
        }
        this.add(now, "moved", moved, "viewers moved in the trees");
        const others = repairs - repaired.length;
        if (this.isTruncated && others > 0) repaired.push({ stripe: null, text: `${others} repairs further down` });
        this.add(now, "repair", repaired, "lost parents were replaced");
    }

    /**
     * @param {number} at
     * @param {SwarmEvent["kind"]} kind
     * @param {{ stripe: number | null, text: string }[]} events
     * @param {string} together what many of them are called
     */
    add(at, kind, events, together) {
        const told = events.length > toldSingly ? [{ stripe: null, text: `${events.length} ${together}` }] : events;
        this.events.unshift(...told.map((event) => ({ at, kind, ...event })));
        this.events.splice(eventsMax);
    }

    /**
     * The way that a stripe takes to a viewer, from the forward down.
     * @param {string} id
     * @param {number} stripe
     * @returns {string[]} ids, the viewer's last; without end it stops where it comes round
     */
    path(id, stripe) {
        const path = [];
        const seen = new Set();
        /** @type {string | null} */
        let at = id;
        while (at !== null && !seen.has(at) && this.nodes.has(at)) {
            seen.add(at);
            path.unshift(at);
            at = this.links.get(`${stripe}:${at}`)?.from ?? null;
        }
        return path;
    }

    /**
     * Which forwards feed the trees, by stripe.
     * @returns {Map<number, Set<string>>} names, or "any"
     */
    feedingForwards() {
        /** @type {Map<number, Set<string>>} */
        const feeding = new Map();
        for (const { stripe, forward } of this.links.values()) {
            if (forward !== null) feeding.set(stripe, (feeding.get(stripe) ?? new Set()).add(forward));
        }
        return feeding;
    }

    /**
     * Whom a viewer feeds.
     * @param {string} id
     * @returns {OverlayLink[]}
     */
    childrenOf(id) {
        return [...this.links.values()].filter(({ from }) => from === id);
    }

    /**
     * How many viewers there are at each depth of each stripe.
     * @returns {number[][]} by stripe, then by depth from 1 on; [0] counts those whose depth is not known
     */
    depthCounts() {
        return Array.from({ length: this.stripes }, (_, stripe) => {
            /** @type {number[]} */
            const counts = [0];
            for (const { depths } of this.nodes.values()) {
                const depth = Math.min(64, Math.floor(depths[stripe] ?? 0));
                while (counts.length <= depth) counts.push(0);
                counts[depth] += 1;
            }
            return counts;
        });
    }
}

/** @param {OverlayLink} link */
function linkKey({ stripe, to }) {
    return `${stripe}:${to}`;
}
