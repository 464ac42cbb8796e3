// @ts-check
import { make, setText } from "../element/dom.js";
import { countText, shareText } from "../element/figures.js";
import { stripeColour } from "../element/palette.js";
import { fetchJSON, whileVisible } from "./polling.js";
import { isStreamName, readStreams, stateBadges, viewersText } from "./streamList.js";
import { SwarmModel } from "./SwarmModel.js";
import { readOverlay, readTopology } from "./topologyAnswers.js";
import { TopologyPicture } from "./TopologyPicture.js";
import { agoText, carriedShare, nodeFacts, spokenNode, wayWords } from "./topologyWords.js";

const servicesMs = 5_000;
const overlayMs = 1_500;
const overlayTimeoutMs = 4_000;
const drawnMax = 500;
const eventsShown = 12;

/** @param {string} id */
const elementOf = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const isLightScheme = () => matchMedia("(prefers-color-scheme: light)").matches;

/** @param {number} stripe */
function stripeMark(stripe) {
    const mark = make("i", { class: "mark" });
    mark.style.background = stripeColour(stripe, isLightScheme());
    return mark;
}

/** Lets the visitor choose a stream. */
function showChooser() {
    elementOf("chooser").hidden = false;
    whileVisible(async () => {
        try {
            const streams = readStreams(await fetchJSON("/streams"));
            elementOf("choices").replaceChildren(...streams.map(({ name, state, viewers }) =>
                make("li", {}, make("a", { href: `?stream=${name}` }, name,
                    make("span", {}, state === "live" ? viewersText(viewers) : stateBadges[state])))));
            setText(elementOf("nochoice"), streams.length === 0 ? "Nothing is live at the moment." : "");
        } catch {
            setText(elementOf("nochoice"), "The server does not answer; trying again…");
        }
    }, servicesMs);
}

/** What a page about one stream shows. */
class TopologyPage {
    /** @param {string} name */
    constructor(name) {
        this.name = name;
        this.model = new SwarmModel();
        /** @type {import("./topologyAnswers.js").TopologyServices} */
        this.services = { trackers: [], forwards: [] };
        /** @type {string | null} */
        this.chosen = null;
        this.problem = "";
        elementOf("view").hidden = false;
        const canvas = /** @type {HTMLCanvasElement} */ (elementOf("canvas"));
        this.picture = new TopologyPicture(canvas, (id) => {
            this.chosen = id;
            this.showChosen();
            this.speakChosen();
        });
        setText(elementOf("stream"), name);
        document.title = `${name}: topology · p2plive`;
        /** @type {HTMLAnchorElement} */ (elementOf("watch")).href = `/${name}`;
        matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.showWords());
    }

    /** Asks and draws, again and again. */
    async run() {
        await this.updateServices();
        whileVisible(() => this.updateServices(), servicesMs);
        whileVisible(() => this.updateTrees(), overlayMs);
    }

    /** Who the services are. */
    async updateServices() {
        try {
            this.services = readTopology(await fetchJSON(`/topology/${this.name}`));
            this.problem = this.services.trackers.length === 0 ? "No tracker is alive at the moment." : "";
        } catch (error) {
            this.problem = String(error).includes("404") ? "No stream of this name is live."
                : "The server does not answer; trying again…";
        }
    }

    /** The trees as each tracker knows them. */
    async updateTrees() {
        const query = `stream=${this.name}&limit=${drawnMax}`;
        const urls = this.services.trackers.flatMap(({ url }) => (url === null ? [] : [url]));
        const answers = await Promise.all(urls.map(async (url) => {
            try {
                const answer = await fetchJSON(`${url}/debug/overlay?${query}`, overlayTimeoutMs);
                return /** @type {const} */ ([url, readOverlay(answer)]);
            } catch (error) {
                // A tracker without viewers of this stream does not know it.
                const isGone = String(error).includes("404");
                return /** @type {const} */ ([url, isGone ? readOverlay(null) : null]);
            }
        }));
        const change = this.model.take(new Map(answers), Date.now());
        this.picture.show(this.model, change, this.services);
        this.showWords();
    }

    /** All that is said beside the picture. */
    showWords() {
        const { model, services } = this;
        const { peers, nodes } = model;
        const lonely = peers === 0 ? "No viewer is in the swarm yet. Open the stream in another tab." : "";
        const notice = this.problem || lonely;
        elementOf("notice").hidden = notice === "";
        setText(elementOf("notice"), notice);
        const totals = [
            [countText(peers), peers === 1 ? "viewer" : "viewers"],
            [shareText(carriedShare(nodes.values())), "carried by viewers"],
            [countText(model.repairs), "repairs so far"],
            [countText(services.forwards.length), services.forwards.length === 1 ? "forward" : "forwards"],
        ];
        elementOf("totals").replaceChildren(...totals.map(([value, name]) =>
            make("div", {}, make("div", { class: "value" }, value), make("div", { class: "label" }, name))));
        if (model.isTruncated) {
            elementOf("totals").append(make("div", { class: "label" }, `${countText(nodes.size)} of them drawn`));
        }
        this.showDepths();
        this.showEvents();
        this.showChosen();
    }

    /** The table of depths. */
    showDepths() {
        const counts = this.model.depthCounts();
        const head = counts.map((_, stripe) =>
            make("th", { scope: "col" }, stripeMark(stripe), `Stripe ${stripe + 1}`));
        elementOf("depthhead").replaceChildren(make("tr", {}, make("th", { scope: "col" }, "Depth"), ...head));
        const deepest = Math.max(...counts.map((each) => each.length - 1));
        const rows = Array.from({ length: deepest }, (_, index) => index + 1).map((depth) => make("tr", {},
            make("th", { scope: "row" }, depth === 1 ? "1 · at the forward" : String(depth)),
            ...counts.map((each) => make("td", {}, countText(each[depth] ?? 0)))));
        if (counts.some(([unknown]) => unknown > 0)) {
            rows.push(make("tr", {}, make("th", { scope: "row" }, "Being placed"),
                ...counts.map(([unknown]) => make("td", {}, countText(unknown)))));
        }
        elementOf("depths").replaceChildren(...rows);
    }

    /** What has happened, the newest first. */
    showEvents() {
        const { events } = this.model;
        const now = Date.now();
        const lines = events.slice(0, eventsShown).map(({ at, kind, text, stripe }) => {
            const words = stripe === null ? text : `${text} (stripe ${stripe + 1})`;
            const mark = make("i", { class: `mark ${kind}` });
            return make("li", {}, mark, make("span", {}, words), make("time", {}, agoText(now - at)));
        });
        if (lines.length === 0) lines.push(make("li", {}, make("i"), "Nothing has changed since you came."));
        elementOf("events").replaceChildren(...lines);
    }

    /** The viewer that is looked at. */
    showChosen() {
        const { model, chosen } = this;
        const node = chosen === null ? undefined : model.nodes.get(chosen);
        const section = elementOf("chosen");
        if (node === undefined || chosen === null) return section.replaceChildren();
        const list = make("dl", { class: "pairs" });
        for (const [name, value] of nodeFacts(node, model.childrenOf(chosen).length)) {
            list.append(make("dt", {}, name), make("dd", {}, value));
        }
        const ways = Array.from({ length: model.stripes }, (_, stripe) => {
            const path = model.path(chosen, stripe);
            const forward = model.links.get(`${stripe}:${path[0]}`)?.forward ?? null;
            return make("li", {}, stripeMark(stripe), make("span", {}, wayWords(path, forward)));
        });
        section.replaceChildren(make("h2", {}, "Viewer ", make("code", {}, chosen.slice(0, 12))), list,
            make("ul", { class: "ways" }, ...ways));
    }

    /** Says who is looked at, once; what is told about it changes too often to be read aloud. */
    speakChosen() {
        const node = this.chosen === null ? undefined : this.model.nodes.get(this.chosen);
        if (node === undefined) return setText(elementOf("spoken"), "");
        setText(elementOf("spoken"), spokenNode(node, this.model.childrenOf(node.id).length));
    }
}

/** The page shows the stream that its address names. */
function openTopology() {
    const name = new URLSearchParams(location.search).get("stream");
    if (isStreamName(name)) void new TopologyPage(name).run();
    else showChooser();
}

openTopology();
