import CoreTypes
import EventLoop
import ServiceAPI
import ServiceKit
import SwarmCore

/// A swarm as `/debug` shows it; nothing in it tells who or where viewers are.
struct SwarmStatus: Encodable {
    struct Stripe: Encodable {
        let peers: Int
        let depthMean: Double
        let depthP99: Int
        let depthMax: Int
        /// ceil(log2(N/R + 1)), the least there can be when all viewers feed two.
        let depthBound: Int
        let roots: Int
        let openSlots: Int
        let orphans: Int
    }

    struct Forward: Encodable {
        let name: String
        let stripes: Int
    }

    struct Repairs: Encodable {
        /// Links given out because somebody left or was lost.
        let count: UInt64
        /// From when the tracker knew until it told, which leaves out how long it took viewers to notice and to connect.
        let meanMs: Double
        let maxMs: Int64
    }

    let stream: String
    let peers: Int
    let isResuming: Bool
    let withoutEvents: Int
    let rootLimit: Int
    let stripes: [Stripe]
    let rootsByForward: [Forward]
    let natClasses: [String: Int]
    let brokenPairs: Int
    let joins: UInt64
    let resumes: UInt64
    let departures: UInt64
    let bans: UInt64
    let losses: UInt64
    let repairs: Repairs
    let moves: UInt64
    let bytesFromPeers: UInt64
    let bytesFromForwards: UInt64
    /// Of the viewers that told: the mean and the least share of chunks that came in time.
    let continuityMean: Double?
    let continuityMin: Double?
}

extension LiveSwarm {
    var status: SwarmStatus {
        let counters = core.counters
        return SwarmStatus(
            stream: stream.description, peers: core.count, isResuming: core.isResuming,
            withoutEvents: sessions.count - listening, rootLimit: core.rootLimit,
            stripes: core.spreads.map { spread in
                SwarmStatus.Stripe(
                    peers: spread.depths.count, depthMean: spread.depths.mean, depthP99: spread.depths.p99,
                    depthMax: spread.depths.max, depthBound: spread.depths.bound, roots: spread.roots,
                    openSlots: spread.openSlots, orphans: spread.orphans)
            },
            rootsByForward: core.rootsByForward.map { SwarmStatus.Forward(name: $0.name, stripes: $0.stripes) },
            natClasses: natClasses.reduce(into: [:]) { if $1.value > 0 { $0[$1.key.rawValue] = $1.value } },
            brokenPairs: core.brokenPairCount, joins: counters.joins, resumes: counters.resumes,
            departures: counters.departures, bans: counters.bans, losses: counters.losses,
            repairs: SwarmStatus.Repairs(
                count: counters.repairs, meanMs: Double(counters.repairMs) / Double(max(counters.repairs, 1)),
                maxMs: counters.repairMsMax),
            moves: counters.moves, bytesFromPeers: received.fromPeers, bytesFromForwards: received.fromForwards,
            continuityMean: continuities.mean, continuityMin: continuities.least)
    }
}
