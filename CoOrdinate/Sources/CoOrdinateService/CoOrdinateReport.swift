import EventLoop
import Packager
import ServiceAPI
import ServiceKit

/// The state of a coordinate as `/debug` shows it.
struct CoOrdinateReport: Encodable {
    struct Stream: Encodable {
        let description: StreamDescription
        let session: UInt64
        let chunks: UInt64
        let bytes: UInt64
        let relays: Int
        let relayBytesReserved: Int
        let lastEnd: String?
        let publisher: Publisher?
    }

    struct Publisher: Encodable {
        let since: Int64
        let bytes: UInt64
        let lastByteMsAgo: Int64
        let container: String?
        let video: String?
        let audio: String?
        let isTranscoding: Bool
        let probeMs: Int
        let packets: Int
        let dropped: Int
        let corrupt: Int
        let errors: Int
        let jumps: Int
        /// Only with the secret.
        let client: String?
    }

    struct Tracker: Encodable {
        let name: String
        let region: String
        let peers: Int
        let peersMax: Int
        let swarms: [SwarmReport]
        /// Only with the secret.
        let urls: [AdvertisedURL]?
    }

    struct Forward: Encodable {
        let id: String
        let name: String
        let region: String
        let load: LoadReport
        /// Only with the secret.
        let urls: [AdvertisedURL]?
    }

    let instance: String
    let streams: [Stream]
    let trackers: [Tracker]
    let forwards: [Forward]
    let regionRules: Int
    let assignments: UInt64
    let refusals: [CoOrdinateService.Refusal]
}

extension CoOrdinateService {
    func report(isTrusted: Bool) -> CoOrdinateReport {
        CoOrdinateReport(
            instance: instance.description,
            streams: directory.sorted.map { stream in
                CoOrdinateReport.Stream(
                    description: describe(stream), session: stream.machine.session, chunks: stream.chunkCount,
                    bytes: stream.byteCount, relays: stream.relay.viewerCount,
                    relayBytesReserved: stream.relay.capacity, lastEnd: stream.lastEnd,
                    publisher: stream.publisher.map { report($0, of: stream, isTrusted: isTrusted) })
            },
            trackers: register.trackers.values.map { tracker in
                CoOrdinateReport.Tracker(
                    name: tracker.registration.name, region: tracker.registration.region,
                    peers: tracker.registration.peers, peersMax: tracker.registration.peersMax,
                    swarms: tracker.registration.swarms, urls: isTrusted ? tracker.registration.urls : nil)
            },
            forwards: register.forwards.values.map { forward in
                CoOrdinateReport.Forward(
                    id: forward.id, name: forward.name, region: forward.region, load: forward.load,
                    urls: isTrusted ? forward.urls : nil)
            },
            regionRules: register.regions.ruleCount, assignments: assignments,
            refusals: refusals.map { refusal in
                var refusal = refusal
                if !isTrusted { refusal.client = nil }
                return refusal
            })
    }

    private func report(
        _ publisher: PublisherSession, of stream: LiveStream, isTrusted: Bool
    ) -> CoOrdinateReport.Publisher {
        let statistics = publisher.statistics ?? PackagerStatistics()
        return CoOrdinateReport.Publisher(
            since: publisher.since, bytes: publisher.byteCount,
            lastByteMsAgo: stream.machine.silenceMs(now: Clock.now) ?? 0,
            container: publisher.media.map { "\($0.container)" },
            video: publisher.media?.video?.description,
            audio: publisher.media?.audio?.description,
            isTranscoding: statistics.isTranscoding, probeMs: statistics.probeMs, packets: statistics.packetsIn,
            dropped: statistics.packetsDropped, corrupt: statistics.packetsCorrupt, errors: statistics.errors,
            jumps: statistics.jumps, client: isTrusted ? publisher.client.description : nil)
    }

    /// Declares the coordinate's metrics.
    func declare(_ metrics: Metrics) {
        metrics.gauge("streams", "Streams known, live or waiting for their publisher.") { [self] in
            Double(directory.streams.count)
        }
        metrics.gauge("streams_max", "Most streams at once.") { [self] in Double(configuration.streamsMax) }
        metrics.gauge("publishers", "Publishers sending.") { [self] in
            Double(directory.streams.values.count { $0.publisher != nil })
        }
        metrics.counter("chunks_total", "Chunks published.") { [self] in directory.totals.chunks }
        metrics.counter("chunk_bytes_total", "Bytes of chunks published.") { [self] in directory.totals.chunkBytes }
        metrics.gauge("relays", "Forwards pulling a stream.") { [self] in Double(directory.fanOut.statistics.viewers) }
        metrics.counter("relay_bytes_total", "Bytes sent to forwards.") { [self] in
            directory.fanOut.statistics.bytesSent
        }
        metrics.gauge("trackers", "Trackers alive.") { [self] in Double(register.trackers.count) }
        metrics.gauge("forwards", "Forwards alive.") { [self] in Double(register.forwards.count) }
        metrics.counter("assignments_total", "Viewers told a tracker.") { [self] in assignments }
        metrics.counter("thumbnails_total", "Small pictures of streams made.") { [self] in thumbnailsMade }
        metrics.family("refusals_total", kind: "counter", "Publishers refused, by reason.") { [self] in
            refusalCounts.sorted { $0.key < $1.key }.map {
                Metrics.Sample(Double($0.value), labels: [("reason", $0.key)])
            }
        }
    }
}
