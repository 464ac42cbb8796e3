import CoreTypes
import EventLoop
import FanOut
import ForwardCore
import MediaWire
import SafetyNet
import ServiceAPI
import ServiceKit

/// The state of a forward as `/debug` shows it.
struct ForwardReport: Encodable {
    struct Stream: Encodable {
        let stream: String
        let state: StreamState
        let upstream: String?
        let path: [String]
        let viewers: Int
        let newestSequence: UInt64
        let chunksHeld: Int
        let bytesHeld: Int
        let bitsPerSecond: Int
        let chunksReceived: UInt64
        let bytesReceived: UInt64
        let reconnects: UInt64
        let lastError: String?
        let pool: Pool
        let representations: [Form]
    }

    struct Form: Encodable {
        let form: String
        let viewers: Int
        let ringBytes: Int
        let newestSequence: UInt64
        let failures: UInt64
    }

    /// The safety net of one stream.
    struct Pool: Encodable {
        /// Viewers of its swarms, as trackers tell.
        let peers: Int
        /// Stripes that viewers may take at once beside roots.
        let units: Int
        let unitsUsed: [String: Int]
    }

    let name: String
    let region: String
    let instance: String
    let load: LoadReport
    let viewersEnded: [String: UInt64]
    let jumps: UInt64
    let drops: UInt64
    let bytesSent: UInt64
    let stripesServed: [String: UInt64]
    let repairsServed: [String: UInt64]
    let poolRefusals: [String: UInt64]
    let refusals: [String: UInt64]
    let registrations: [Registrar.Entry]
    let streams: [Stream]
}

extension ForwardService {
    func report(registrar: Registrar?, isTrusted: Bool) -> ForwardReport {
        let statistics = fanOut.statistics
        let streams = feeds.values.sorted { $0.name < $1.name }.map { feed in
            ForwardReport.Stream(
                stream: feed.name.description, state: feed.state,
                upstream: feed.upstream.map { isTrusted ? configuration.upstreams[$0].origin : "upstream \($0)" },
                path: feed.path, viewers: feed.viewerCount, newestSequence: feed.store.newest?.sequence ?? 0,
                chunksHeld: feed.store.chunks.count, bytesHeld: feed.store.byteCount,
                bitsPerSecond: feed.store.bitsPerSecond, chunksReceived: feed.chunksReceived,
                bytesReceived: feed.bytesReceived, reconnects: feed.reconnects,
                lastError: isTrusted ? feed.lastError : nil, pool: poolReport(of: feed),
                representations: feed.representations.values.map {
                    ForwardReport.Form(
                        form: $0.kind.name, viewers: $0.ring.viewerCount, ringBytes: $0.ring.capacity,
                        newestSequence: $0.ring.newestSequence, failures: $0.failures)
                }.sorted { $0.form < $1.form })
        }
        var registrations = registrar?.entries ?? []
        if !isTrusted {
            for index in registrations.indices {
                registrations[index].url = "registration \(index)"
                registrations[index].error = registrations[index].error == nil ? nil : "failing"
            }
        }
        return ForwardReport(
            name: configuration.name, region: configuration.region, instance: instance.description, load: load,
            viewersEnded: Dictionary(uniqueKeysWithValues: viewersEnded.map { ($0.key.rawValue, $0.value) }),
            jumps: statistics.jumps, drops: statistics.drops, bytesSent: statistics.bytesSent,
            stripesServed: stripesServed, repairsServed: repairsServed, poolRefusals: poolRefusals,
            refusals: refusals, registrations: registrations, streams: streams)
    }

    private func poolReport(of feed: StreamFeed) -> ForwardReport.Pool {
        let peers = peers(of: feed)
        let used = feed.stripeAnswers.usedByReason.map { ($0.key.rawValue, $0.value) }
        return ForwardReport.Pool(
            peers: peers, units: StripePool.size(peers: peers), unitsUsed: Dictionary(uniqueKeysWithValues: used))
    }

    /// Declares the forward's metrics.
    func declare(_ metrics: Metrics) {
        metrics.gauge("viewers", "Endless answers to viewers under way.") { [self] in Double(viewerCount) }
        metrics.gauge("viewers_max", "Most endless answers to viewers at once.") { [self] in
            Double(configuration.viewersMax)
        }
        metrics.gauge("streams", "Streams pulled from an upstream.") { [self] in Double(feeds.count) }
        metrics.gauge("egress_bits_per_second", "Bits a second sent to viewers, averaged over 5 s.") { [self] in
            Double(egress.bitsPerSecond)
        }
        metrics.gauge("egress_bits_per_second_max", "Most bits a second to viewers; 0 without a limit.") { [self] in
            Double(configuration.egressBitsPerSecondMax)
        }
        metrics.counter("egress_bytes_total", "Bytes sent to viewers.") { [self] in fanOut.statistics.bytesSent }
        metrics.counter("viewer_jumps_total", "Slow viewers moved to the newest keyframe.") { [self] in
            fanOut.statistics.jumps
        }
        metrics.counter("fan_out_passes_total", "Passes over the viewers of a ring.") { [self] in
            fanOut.statistics.passes
        }
        declareSafetyNet(metrics)
        metrics.counter("repair_bytes_total", "Bytes of chunks and pieces served on their own.") { [self] in repairBytes
        }
        metrics.counter("chunks_received_total", "Chunks received from upstreams.") { [self] in totals.chunksReceived }
        metrics.counter("upstream_reconnects_total", "Pulls from upstreams that broke or were refused.") { [self] in
            totals.reconnects
        }
        metrics.family("viewers_ended_total", kind: "counter", "Viewers that ended, by reason.") { [self] in
            ViewerSummary.Reason.allCases.map {
                Metrics.Sample(Double(viewersEnded[$0] ?? 0), labels: [("reason", $0.rawValue)])
            }
        }
        metrics.family("refusals_total", kind: "counter", "Requests refused, by problem type.") { [self] in
            refusals.sorted { $0.key < $1.key }.map { Metrics.Sample(Double($0.value), labels: [("type", $0.key)]) }
        }
    }

    private func declareSafetyNet(_ metrics: Metrics) {
        let byReason = { (counts: [String: UInt64]) in
            StripeAccess.labels.map { Metrics.Sample(Double(counts[$0] ?? 0), labels: [("why", $0)]) }
        }
        metrics.family("stripes_total", kind: "counter", "Stripe answers begun, by reason.") { [self] in
            byReason(stripesServed)
        }
        metrics.family("repairs_total", kind: "counter", "Chunks and pieces served on their own, by reason.") {
            [self] in byReason(repairsServed)
        }
        metrics.family("pool_refusals_total", kind: "counter", "Requests that found the pool exhausted, by reason.") {
            [self] in byReason(poolRefusals)
        }
        metrics.gauge("pool_units", "Stripes that viewers may take at once beside roots, over all streams.") {
            [self] in feeds.values.reduce(0) { $0 + Double(StripePool.size(peers: peers(of: $1))) }
        }
        metrics.family("pool_units_used", kind: "gauge", "Units of the pools in use, by reason.") { [self] in
            let used = feeds.values.map(\.stripeAnswers.usedByReason)
            return ForwardReason.allCases.map { reason in
                let units = used.reduce(0) { $0 + ($1[reason] ?? 0) }
                return Metrics.Sample(Double(units), labels: [("why", reason.rawValue)])
            }
        }
    }
}
