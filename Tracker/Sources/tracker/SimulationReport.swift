import ServiceKit
import SwarmSimulation

/// The result of a simulation as JSON and as a table.
struct SimulationReport: Encodable {
    struct Sample: Encodable {
        let second: Int
        let viewers: Int
        let continuity: Double
        let forwardUnits: Int
        let depthMean: Double
        let depthMax: Int
        let depthBound: Int
        let repairs: Int
        let repairMsP99: Int64
    }

    let peers: Int
    let grain: String
    let seed: UInt64
    let bufferMs: Int64
    let durationMs: Int64
    /// How long it took to simulate, in milliseconds of this machine.
    let tookMs: Int
    let continuity: Double
    let continuityWorst: Double
    let continuityWorstSecond: Double
    let stalls: UInt64?
    let repairMsP50: Int64?
    let repairMsP99: Int64?
    let gapMsP50: Int64?
    let gapMsP99: Int64?
    let startupMsP50: Int64?
    let startupMsP95: Int64?
    let forwardUnitsMean: Double
    let forwardUnitsPeak: Int
    let rootUnits: Int
    let joins: Int
    let departures: Int
    let linksPerDeparture: Double?
    let depthMean: Double
    let depthMax: Int
    let depthBound: Int
    let twoParents: Double
    let offload: Double
    let refusals: Int
    let fetches: Int
    let accusations: Int
    let bans: Int
    let neverStarted: Int
    let lossesOpen: Int
    let isSettled: Bool
    let messages: Int
    let digest: String
    let samples: [Sample]

    init(_ result: SimulationResult, tookMs: Int) {
        peers = result.scenario.peers
        grain = result.scenario.grain.rawValue
        seed = result.scenario.seed
        bufferMs = result.scenario.bufferMs
        durationMs = result.scenario.durationMs
        self.tookMs = tookMs
        continuity = result.continuity
        continuityWorst = result.continuityWorst
        continuityWorstSecond = result.continuityWorstSecond
        stalls = result.stalls
        repairMsP50 = result.repairMsP50
        repairMsP99 = result.repairMsP99
        gapMsP50 = result.gapMsP50
        gapMsP99 = result.gapMsP99
        startupMsP50 = result.startupMsP50
        startupMsP95 = result.startupMsP95
        forwardUnitsMean = result.forwardUnitsMean
        forwardUnitsPeak = result.forwardUnitsPeak
        rootUnits = result.rootUnits
        joins = result.joins
        departures = result.departures
        linksPerDeparture = result.linksPerDeparture
        depthMean = result.depthMean
        depthMax = result.depthMax
        depthBound = result.depthBound
        twoParents = result.twoParents
        offload = result.offload
        refusals = result.refusals
        fetches = result.fetches
        accusations = result.accusations
        bans = result.bans
        neverStarted = result.neverStarted
        lossesOpen = result.lossesOpen
        isSettled = result.isSettled
        messages = result.messages
        digest = String(result.digest, radix: 16)
        samples = result.samples.map {
            Sample(
                second: $0.second, viewers: $0.viewers, continuity: $0.continuity, forwardUnits: $0.forwardUnits,
                depthMean: $0.depthMean, depthMax: $0.depthMax, depthBound: $0.depthBound, repairs: $0.repairs,
                repairMsP99: $0.repairMsP99)
        }
    }

    /// For people.
    var table: String {
        func ms(_ value: Int64?) -> String { value.map { "\($0)" } ?? "-" }
        let rows: [(String, String)] = [
            ("viewers", "\(peers) (\(joins) came, \(departures) left)"),
            (
                "continuity",
                "\(rounded(continuity, 5)), worst viewer \(rounded(continuityWorst, 4)), "
                    + "worst second \(rounded(continuityWorstSecond, 4))"
            ),
            ("stalls", stalls.map { "\($0)" } ?? "-"),
            ("repair ms p50/p99", "\(ms(repairMsP50)) / \(ms(repairMsP99))"),
            ("data gap ms p50/p99", "\(ms(gapMsP50)) / \(ms(gapMsP99))"),
            ("startup ms p50/p95", "\(ms(startupMsP50)) / \(ms(startupMsP95))"),
            (
                "stripes from forwards",
                "mean \(rounded(forwardUnitsMean, 1)), peak \(forwardUnitsPeak), "
                    + "roots \(rootUnits); offload \(rounded(offload, 3))"
            ),
            ("depth mean/max (bound)", "\(rounded(depthMean, 2)) / \(depthMax) (\(depthBound))"),
            ("links told per change", linksPerDeparture.map { "\(rounded($0, 2))" } ?? "-"),
            ("two senders", "\(rounded(twoParents * 100, 2)) %"),
            ("forward refused/fetched", "\(refusals) / \(fetches)"),
            ("accused/thrown out", "\(accusations) / \(bans)"),
            ("never played/not repaired", "\(neverStarted) / \(lossesOpen)"),
            ("messages", "\(messages) (\(grain), in \(tookMs) ms)"),
            ("digest", digest),
        ]
        let note = isSettled ? "" : "\nToo short: repairs, links and stripes include the first arrivals."
        return rows.map { name, value in
            name + String(repeating: " ", count: max(1, 26 - name.count)) + value
        }.joined(separator: "\n") + note
    }

    private func rounded(_ value: Double, _ digits: Int) -> Double {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return (value * scale).rounded() / scale
    }

    var encoded: [UInt8] { encodeJSON(self) + [10] }
}
