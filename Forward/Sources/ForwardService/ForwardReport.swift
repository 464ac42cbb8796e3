import EventLoop
import FanOut
import MediaWire
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
        let representations: [Form]
    }

    struct Form: Encodable {
        let form: String
        let viewers: Int
        let ringBytes: Int
        let newestSequence: UInt64
        let failures: UInt64
    }

    let name: String
    let region: String
    let instance: String
    let load: LoadReport
    let viewersEnded: [String: UInt64]
    let jumps: UInt64
    let drops: UInt64
    let bytesSent: UInt64
    let repairsServed: UInt64
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
                lastError: isTrusted ? feed.lastError : nil,
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
            repairsServed: repairsServed, refusals: refusals, registrations: registrations, streams: streams)
    }

    /// Declares the forward's metrics.
    func declare(_ metrics: Metrics) {
        metrics.gauge("viewers", "Endless answers to viewers under way.") { [self] in Double(viewerCount) }
        metrics.gauge("streams", "Streams pulled from an upstream.") { [self] in Double(feeds.count) }
        metrics.gauge("egress_bits_per_second", "Bits a second sent to viewers, averaged over 5 s.") { [self] in
            Double(egress.bitsPerSecond)
        }
        metrics.counter("egress_bytes_total", "Bytes sent to viewers.") { [self] in fanOut.statistics.bytesSent }
        metrics.counter("viewer_jumps_total", "Slow viewers moved to the newest keyframe.") { [self] in
            fanOut.statistics.jumps
        }
        metrics.counter("fan_out_passes_total", "Passes over the viewers of a ring.") { [self] in
            fanOut.statistics.passes
        }
        metrics.counter("repairs_total", "Chunks and pieces served on their own.") { [self] in repairsServed }
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
}
