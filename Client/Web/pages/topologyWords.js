// @ts-check
import { bytesText, countText, shareText, shortId } from "../element/figures.js";

/**
 * What is known of a viewer, as pairs of a name and a figure; what is not known is left out.
 * @param {import("./topologyAnswers.js").OverlayNode} node
 * @param {number} children
 * @returns {[string, string][]}
 */
export function nodeFacts(node, children) {
    const received = (node.bytesFromPeers ?? 0) + (node.bytesFromForwards ?? 0);
    /** @type {[string, string | null][]} */
    const pairs = [
        ["Passes on", node.role === null ? "nothing" : `stripe ${node.role + 1}`],
        ["Feeds", `${countText(children)} of ${countText(node.capacity)}`],
        ["Region", node.region === "" ? null : node.region],
        ["Runs in", node.agent === null ? null : node.agent === "browser" ? "a browser" : "a program"],
        ["From viewers", received === 0 ? null : shareText((node.bytesFromPeers ?? 0) / received)],
        ["Received", received === 0 ? null : bytesText(received)],
        ["Passed on", node.uploadBytes === null ? null : bytesText(node.uploadBytes)],
        ["In time", node.continuity === null ? null : shareText(node.continuity, 1)],
    ];
    return pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

/**
 * A viewer in one sentence, to be heard.
 * @param {import("./topologyAnswers.js").OverlayNode} node
 * @param {number} children
 * @returns {string}
 */
export function spokenNode({ depths, id, role }, children) {
    const known = depths.flatMap((depth, stripe) => (depth === null ? [] : [`depth ${depth} in stripe ${stripe + 1}`]));
    const gives = role === null ? "passes nothing on" : `passes on stripe ${role + 1} to ${children}`;
    return [`Viewer ${shortId(id)}`, ...known, gives].join(", ");
}

/**
 * The way of a stripe in words.
 * @param {string[]} path ids from the root down
 * @param {string | null} forward who feeds the first of them: a name, or "any"
 * @returns {string}
 */
export function wayWords(path, forward) {
    const start = forward === null ? "…" : forward === "any" ? "a forward" : forward;
    return [start, ...path.map(shortId)].join(" → ");
}

/**
 * How long ago, as short as it gets.
 * @param {number} ms
 * @returns {string}
 */
export function agoText(ms) {
    const seconds = Math.max(0, Math.round(ms / 1_000));
    if (seconds < 2) return "now";
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

/**
 * The share of the bytes of all viewers that came from viewers.
 * @param {Iterable<import("./topologyAnswers.js").OverlayNode>} nodes
 * @returns {number | null} null before anybody has told
 */
export function carriedShare(nodes) {
    let peers = 0;
    let forwards = 0;
    for (const { bytesFromPeers, bytesFromForwards } of nodes) {
        peers += bytesFromPeers ?? 0;
        forwards += bytesFromForwards ?? 0;
    }
    return peers + forwards === 0 ? null : peers / (peers + forwards);
}
