// @ts-check

/**
 * What the page and the engine of a viewer tell each other. The engine decides everything and runs in a worker where it
 * can; the page has what only pages have: WebRTC links, the video element, and what the visitor does.
 *
 * @typedef {object} EngineOptions
 * @property {string} origin of the coordinate, as `http://host:8080`
 * @property {string} stream its name
 * @property {boolean} usesPeers takes the stream from other viewers
 * @property {boolean} gives feeds other viewers
 * @property {number} bufferMs from publication to the picture, once the viewer has reached its place
 * @property {number | null} uploadBytesPerSecond that may be sent to other viewers; null for what the uplink carries
 */

/**
 * To the engine.
 *
 * - `start`, `stop`: begins; leaves.
 * - `gives`: whether other viewers are fed, from now on.
 * - `network`: the network may have changed.
 * - `pace`: how far behind the publication the picture is now, and is to be, in milliseconds.
 * - `described`, `candidate`, `opened`, `closed`, `message`: what became of a link (see `LinkHost`).
 * - `buffered`: bytes that wait in each open link.
 * @typedef {{ kind: "start", options: EngineOptions }
 *   | { kind: "stop" }
 *   | { kind: "gives", gives: boolean }
 *   | { kind: "network" }
 *   | { kind: "pace", targetMs: number }
 *   | { kind: "described", link: number, sdp: string }
 *   | { kind: "candidate", link: number, candidate: string }
 *   | { kind: "opened", link: number }
 *   | { kind: "closed", link: number, fault: string | null }
 *   | { kind: "message", link: number, bytes: Uint8Array }
 *   | { kind: "buffered", links: [number, number][] }} EngineCommand
 */

/**
 * To the page.
 *
 * - `tick`: ten times a second, also while the page is hidden and has no timers worth the name.
 * - `status`: what the engine knows of the stream, and does.
 * - `play`: the next piece of the output; `header` and `init` come with the first one that needs them.
 * - `statistics`: what it has measured.
 * - `offer`, `answer`, `accept`, `candidate`, `close`, `send`: what to do with a link.
 * @typedef {{ kind: "tick" }
 *   | { kind: "status", stream: StreamStanding, activity: EngineActivity, problem: string | null,
 *     leaveURL: string | null }
 *   | { kind: "play", fragment: PlayableFragment }
 *   | { kind: "statistics", statistics: EngineStatistics }
 *   | { kind: "offer", link: number, servers: { urls: string[] }[] }
 *   | { kind: "answer", link: number, servers: { urls: string[] }[], sdp: string }
 *   | { kind: "accept", link: number, sdp: string }
 *   | { kind: "candidate", link: number, candidate: string }
 *   | { kind: "close", link: number }
 *   | { kind: "send", link: number, bytes: Uint8Array, lifetimeMs: number | null }} EngineReport
 */

/**
 * What is known of the stream. `finding`: nothing yet; `unreachable`: the coordinate does not answer; `unknown`: it has
 * no such stream.
 * @typedef {"finding" | "unreachable" | "unknown" | "live" | "waiting" | "ended"} StreamStanding
 */

/**
 * What a viewer is doing, in a word.
 * @typedef {"finding" | "joining" | "buffering" | "watching" | "repairing" | "forward" | "searching-tracker"
 *   | "offline" | "resuming" | "waiting" | "ended" | "retrying"} EngineActivity
 */

/**
 * @typedef {object} PlayableFragment a chunk on the time of the output, for the source buffer
 * @property {Uint8Array} bytes moof and mdat
 * @property {boolean} isKeyframe a decoder can begin with it
 * @property {number} start in seconds of the output
 * @property {number} duration in seconds
 * @property {number} publishedAt by `pageTime`, in milliseconds
 * @property {{ kinds: string, mimeType: string, init: Uint8Array } | null} header of a new init that must come first
 */

/** @typedef {Record<string, any>} EngineStatistics the names are the contract's; see PROTOCOL.md §12 */

export {};
