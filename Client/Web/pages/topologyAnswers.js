// @ts-check

/**
 * @typedef {object} TopologyService
 * @property {string} name
 * @property {string} region
 * @property {string | null} url null when it has none for whoever asks
 * @property {number} viewers at a forward, or peers at a tracker
 * @property {number | null} egress bits a second, of a forward
 */

/** @typedef {{ trackers: TopologyService[], forwards: TopologyService[] }} TopologyServices */

/**
 * @typedef {object} OverlayNode a viewer as its tracker knows it
 * @property {string} id
 * @property {number | null} role the stripe that it passes on
 * @property {number} capacity
 * @property {(number | null)[]} depths by stripe
 * @property {string} region
 * @property {number | null} uploadBytes
 * @property {number | null} bytesFromPeers
 * @property {number | null} bytesFromForwards
 * @property {number | null} continuity
 * @property {"browser" | "native" | null} agent
 */

/**
 * @typedef {object} OverlayLink who sends a viewer a stripe: another one, or a forward
 * @property {number} stripe
 * @property {string} to
 * @property {string | null} from null when it is a forward
 * @property {string | null} forward its name, or "any"
 */

/**
 * @typedef {object} OverlayPart
 * @property {number} peers in all
 * @property {boolean} isTruncated there are more than are in it
 * @property {number} repairs since the swarm began
 * @property {OverlayNode[]} nodes
 * @property {OverlayLink[]} links
 */

/** More than so many are left out, whatever a server says. */
const partMax = 2_000;
const servicesMax = 64;
const drawnStripesMax = 8;

const isID = (/** @type {unknown} */ id) => typeof id === "string" && /^[0-9a-fA-F]{1,64}$/.test(id);
const shortText = (/** @type {unknown} */ text) => (typeof text === "string" ? text.slice(0, 64) : "");
const amount = (/** @type {unknown} */ value) =>
    (typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null);
const listOf = (/** @type {any} */ list, /** @type {number} */ max) => (Array.isArray(list) ? list.slice(0, max) : []);

/** @param {any} url */
function baseURL(url) {
    if (typeof url !== "string" || url.length > 2_048 || !/^https?:\/\/[^\s]+$/i.test(url)) return null;
    return url.replace(/\/+$/, "");
}

/**
 * Reads the answer of `GET /topology/NAME`; what it does not understand it leaves out.
 * @param {any} answer
 * @returns {TopologyServices}
 */
export function readTopology(answer) {
    const read = (/** @type {any} */ list, /** @type {string} */ count) => listOf(list, servicesMax)
        .filter((each) => typeof each?.name === "string").map((each) => ({
            name: shortText(each.name), region: shortText(each.region), url: baseURL(each.url),
            viewers: amount(each[count]) ?? 0, egress: amount(each.egressBitsPerSecond),
        }));
    return { trackers: read(answer?.trackers, "peers"), forwards: read(answer?.forwards, "viewers") };
}

/** @param {unknown} stripe */
function isDrawnStripe(stripe) {
    return Number.isInteger(stripe) && Number(stripe) >= 0 && Number(stripe) < drawnStripesMax;
}

/**
 * Reads the answer of a tracker's `GET /debug/overlay`; what it does not understand it leaves out.
 * @param {any} answer
 * @returns {OverlayPart}
 */
export function readOverlay(answer) {
    const nodes = listOf(answer?.nodes, partMax).filter((each) => isID(each?.id)).map((each) => ({
        id: each.id.toLowerCase(),
        role: isDrawnStripe(each.role) ? each.role : null,
        capacity: amount(each.capacity) ?? 0,
        depths: listOf(each.depths, drawnStripesMax).map(amount),
        region: shortText(each.region),
        uploadBytes: amount(each.uploadBytes),
        bytesFromPeers: amount(each.bytesFromPeers),
        bytesFromForwards: amount(each.bytesFromForwards),
        continuity: amount(each.continuity),
        agent: each.agent === "browser" || each.agent === "native" ? each.agent : null,
    }));
    const links = listOf(answer?.links, partMax * drawnStripesMax)
        .filter((each) => isDrawnStripe(each?.stripe) && isID(each.to))
        .filter((each) => isID(each.from) || typeof each.forward === "string")
        .map((each) => ({
            stripe: each.stripe,
            to: each.to.toLowerCase(),
            from: isID(each.from) ? each.from.toLowerCase() : null,
            forward: isID(each.from) ? null : shortText(each.forward),
        }));
    return {
        peers: amount(answer?.peers) ?? nodes.length, isTruncated: answer?.truncated === true,
        repairs: amount(answer?.swarm?.repairs) ?? 0, nodes, links,
    };
}
