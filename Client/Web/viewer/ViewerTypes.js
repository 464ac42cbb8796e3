// @ts-check

/**
 * How a viewer stands. `playing` is all that is well; `starting` has no picture yet, `rebuffering` has none any more,
 * `waiting` has no publisher; `unknown` is a stream that the coordinate does not know, `unreachable` a coordinate that
 * does not answer, `unsupported` what this browser cannot play.
 * @typedef {"starting" | "playing" | "rebuffering" | "paused" | "waiting" | "ended" | "unknown" | "unreachable"
 *   | "unsupported" | "stopped"} ViewerState
 */

/**
 * @typedef {object} NeighbourFigures another viewer that this one has a link to
 * @property {string} peer its id, 32 hexadecimal digits
 * @property {"parent" | "child" | "both" | "idle"} relation what it is to us
 * @property {number[]} stripes that it sends us
 * @property {number[]} feeds stripes that we send it
 * @property {number} bytesIn
 * @property {number} bytesOut
 * @property {number | null} roundTripMs
 * @property {"host" | "srflx" | "prflx" | "relay" | null} kind of the candidate that its path goes through
 */

/**
 * @typedef {object} ViewerStatistics totals since the viewer started, and how it stands; what a viewer does not know
 *   (yet) may be absent
 * @property {string} [stream]
 * @property {ViewerState} [state]
 * @property {import("./EngineMessages.js").EngineActivity} [activity]
 * @property {string | null} [peer] own id
 * @property {number} [bytesFromPeers]
 * @property {number} [bytesFromForwards]
 * @property {number} [offload] share of the bytes that came from viewers, 0 … 1
 * @property {number} [chunksDue]
 * @property {number} [chunksOnTime]
 * @property {number} [chunksLate]
 * @property {number} [chunksMissing]
 * @property {number} [continuity] share of the chunks that were there in time, 0 … 1
 * @property {number | null} [startupMs]
 * @property {{ p50?: number, p95?: number, p99?: number }} [latencyMs]
 * @property {number | null} [clockErrorMs]
 * @property {number} [stalls]
 * @property {number} [stallMs]
 * @property {number} [rebuffers] how often there was nothing to show
 * @property {number} [rebufferMs]
 * @property {number} [repairs]
 * @property {number} [repairMs]
 * @property {{ stripe: number, peer?: string, forward?: string | null }[]} [parents]
 * @property {number} [children]
 * @property {number} [capacity]
 * @property {number | null} [depth]
 * @property {number} [uploadBytes]
 * @property {number} [badPieces]
 * @property {number} [links]
 * @property {number} [bufferMs] media ahead of what is shown
 * @property {number | null} [liveLatencyMs] from publication until shown
 * @property {number | null} [targetMs] how far behind the publication the picture is to be
 * @property {number} [playbackRate]
 * @property {number} [framesShown]
 * @property {number} [framesDropped]
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [bitrate] received bits a second over the last seconds
 * @property {number} [uploadBitrate]
 * @property {number | null} [publisherGapMs]
 * @property {boolean} [gives] feeds others now
 * @property {boolean} [isWorker] the engine runs in a worker
 * @property {string | null} [forward]
 * @property {{ name: string, region: string } | null} [tracker]
 * @property {NeighbourFigures[]} [neighbours]
 */

export {};
