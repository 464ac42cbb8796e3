// @ts-check

/**
 * @typedef {import("./PeerPlace.js").ParentDescription} ParentDescription
 */

/** The version of the protocol that this viewer speaks. */
const peerVersion = 1;

/**
 * @typedef {object} PeerResume RESUME: what a viewer still has of a place that its tracker may have forgotten
 * @property {string} id
 * @property {string} token which proves that a tracker of the cluster gave it that id
 * @property {number | null} role the stripe that it passes on, if any
 * @property {number | null} depth in the stripe of its role, or the greatest it has
 * @property {ParentDescription[]} parents
 * @property {import("./PeerPlace.js").ChildDescription[]} children whom it feeds
 */

/**
 * The body of `POST /peers` (PROTOCOL.md §9).
 * @param {string} stream
 * @param {number} capacity how many children the viewer can feed, 0 … 8
 * @param {PeerResume | null} resume
 * @returns {string}
 */
export function peerJoinBody(stream, capacity, resume = null) {
    return JSON.stringify({
        stream,
        capacity,
        // A browser cannot ask two addresses of a STUN server and compare.
        nat: "unknown",
        transports: ["webrtc"],
        agent: "browser",
        version: peerVersion,
        ...(resume !== null && { resume: withoutNulls({ ...resume, parents: resume.parents.map(withoutNulls) }) }),
    });
}

/** Most entries of each list of a report. */
const entriesMax = 64;

/**
 * @typedef {object} PeerReport the body of `POST /peers/ID/report`; what is left out is not said
 * @property {{ stripe: number, peer?: string, reason: import("../core/PeerTime.js").LossReason }[]} [lost] links to
 *   parents that broke, told by their owner alone; without `peer` the parent was a forward
 * @property {{ peer: string, reason: string }[]} [accused] neighbours that sent what no honest viewer sends
 * @property {ParentDescription[]} [parents] who sends it the stripes, as it sees it
 * @property {string[]} [children] to whom it sends, as it sees it
 * @property {number} [capacity] if that changed
 * @property {{ bytesFromPeers: number, bytesFromForwards: number, uploadBytes: number, continuity?: number }} [stats]
 *   totals since the viewer started
 */

/**
 * The text of a report. Lists are cut to what a tracker takes.
 * @param {PeerReport} report
 * @returns {string}
 */
export function peerReportBody(report) {
    return JSON.stringify({
        ...report,
        ...(report.lost && { lost: report.lost.slice(0, entriesMax) }),
        ...(report.accused && { accused: report.accused.slice(0, entriesMax) }),
        ...(report.parents && { parents: report.parents.slice(0, entriesMax).map(withoutNulls) }),
        ...(report.children && { children: report.children.slice(0, entriesMax) }),
    });
}

/**
 * Optional fields are left out rather than null.
 * @param {object} fields
 */
function withoutNulls(fields) {
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
