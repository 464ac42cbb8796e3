import CoreTypes
import EventLoop
import PlayoutCore
import ServiceKit

/// Adds up what the viewers of a swarm measure, those that are gone included.
@LoopActor
struct SwarmTotals {
    private var gone = SwarmStatistics()
    private var goneBytes = (media: UInt64(0), overhead: UInt64(0), played: Double(0))
    private var startup = LatencyHistogram()
    private var latency = LatencyHistogram()
    private var arrival = LatencyHistogram()
    private var repairs = LatencyHistogram()
    /// Media bytes when offload began to be judged.
    private var baseline: (peers: UInt64, forwards: UInt64)?
    private let idleRSS = ProcessUsage.residentBytes

    /// Takes over the figures of a viewer that leaves.
    mutating func retire(_ member: SwarmMember) {
        add(member, to: &gone, &goneBytes)
        collect(member, &startup, &latency, &arrival, &repairs)
    }

    /// From now on offload is judged.
    mutating func judgeOffload(_ members: [SwarmMember]) {
        let now = sum(members)
        baseline = (now.bytesFromPeers, now.bytesFromForwards)
    }

    /// All of them at this moment.
    func sum(_ members: [SwarmMember]) -> SwarmStatistics {
        var sum = gone
        var bytes = goneBytes
        var (startup, latency, arrival, repairs) = (startup, latency, arrival, repairs)
        sum.peers = members.count
        sum.roots = []
        sum.depthMax = 0
        for member in members {
            add(member, to: &sum, &bytes)
            collect(member, &startup, &latency, &arrival, &repairs)
            let statistics = member.statistics
            for parent in statistics.parents where parent.forward != nil {
                while sum.roots.count <= parent.stripe { sum.roots.append(0) }
                sum.roots[parent.stripe] += 1
            }
            sum.depthMax = max(sum.depthMax, statistics.depth)
            sum.linkEnds += statistics.links
            sum.playoutBytes += member.viewer.heldBytes
        }
        sum.startupMs = PlayoutStatistics.Percentiles(startup)
        sum.latencyMs = PlayoutStatistics.Percentiles(latency)
        sum.arrivalMs = PlayoutStatistics.Percentiles(arrival)
        sum.repairMs = PlayoutStatistics.Percentiles(repairs)
        sum.continuity = sum.chunksDue > 0 ? bytes.played / Double(sum.chunksDue) : 0
        let (peers, forwards) = (
            sum.bytesFromPeers - (baseline?.peers ?? 0), sum.bytesFromForwards - (baseline?.forwards ?? 0)
        )
        sum.offload = peers + forwards > 0 ? Double(peers) / Double(peers + forwards) : 0
        if bytes.media > 0 {
            sum.payloadRatio = Double(sum.bytesFromPeers + sum.bytesFromForwards) / Double(bytes.media)
            sum.overheadRatio = Double(bytes.overhead) / Double(bytes.media)
        }
        sum.rssBytes = ProcessUsage.residentBytes
        sum.idleRssBytes = idleRSS
        if sum.linkEnds > 0 { sum.bytesPerLinkEnd = (sum.rssBytes - idleRSS - sum.playoutBytes) / sum.linkEnds }
        return sum
    }

    private func add(
        _ member: SwarmMember, to sum: inout SwarmStatistics,
        _ bytes: inout (media: UInt64, overhead: UInt64, played: Double)
    ) {
        let one = member.statistics
        sum.bytesFromPeers += one.bytesFromPeers
        sum.bytesFromForwards += one.bytesFromForwards
        sum.chunksDue += one.chunksDue
        sum.chunksOnTime += one.chunksOnTime
        sum.chunksLate += one.chunksLate
        sum.chunksMissing += one.chunksMissing
        sum.stalls += one.stalls
        sum.stallMs += one.stallMs
        sum.repairs += one.repairs
        sum.uploadBytes += one.uploadBytes
        sum.badPieces += one.badPieces
        if let frames = one.framesDecoded { sum.framesDecoded = (sum.framesDecoded ?? 0) + frames }
        if let errors = one.decodeErrors { sum.decodeErrors = (sum.decodeErrors ?? 0) + errors }
        if one.chunksDue > 0 { sum.continuityMin = min(sum.continuityMin, one.continuity) }
        if one.startupMs == nil, one.elapsedMs > 5_000 { sum.silent += 1 }
        bytes.media += one.mediaBytes
        bytes.overhead += one.overheadBytes
        bytes.played += one.continuity * Double(one.chunksDue)
        if one.mediaBytes > 0, one.elapsedMs > 10_000 {
            let ratio = Double(one.bytesFromPeers + one.bytesFromForwards) / Double(one.mediaBytes)
            sum.payloadRatioMax = max(sum.payloadRatioMax, ratio)
        }
    }

    private func collect(
        _ member: SwarmMember, _ startup: inout LatencyHistogram, _ latency: inout LatencyHistogram,
        _ arrival: inout LatencyHistogram, _ repairs: inout LatencyHistogram
    ) {
        if let startupMs = member.statistics.startupMs { startup.add(startupMs) }
        latency.merge(member.viewer.latency)
        arrival.merge(member.viewer.arrival)
        for ms in member.session.counters.recentRepairsMs { repairs.add(ms) }
    }
}
