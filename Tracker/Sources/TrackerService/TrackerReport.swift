import EventLoop
import ServiceAPI
import ServiceKit
import SwarmCore

/// The state of a tracker as `/debug` shows it.
struct TrackerReport: Encodable {
    struct Forward: Encodable {
        let id: String
        let name: String
        let region: String
        let load: LoadReport
        /// Only with the secret.
        let urls: [AdvertisedURL]?
    }

    struct STUN: Encodable {
        /// Only with the secret.
        let addresses: [String]?
        let answered: UInt64
        let discarded: UInt64
        let unsent: UInt64
    }

    struct Registration: Encodable {
        /// Only with the secret.
        let coordinate: String?
        let isRegistered: Bool
        /// Only with the secret.
        let error: String?
    }

    let name: String
    let region: String
    let peers: Int
    let peersMax: Int
    /// Viewers banned now, and addresses remembered.
    let banned: Int
    let addresses: Int
    let refusals: [String: UInt64]
    let swarms: [SwarmStatus]
    let heartbeats: UInt64
    let stun: STUN?
    let registrations: [Registration]
    let forwards: [Forward]
    /// True when there are more swarms or forwards than are listed.
    let truncated: Bool

    /// Most of each that are listed: the answer is made in one go.
    static let swarmsMax = 64, forwardsMax = 100
}

extension TrackerService {
    func report(isTrusted: Bool) -> TrackerReport {
        TrackerReport(
            name: configuration.name, region: configuration.region, peers: peers.sessions.count,
            peersMax: configuration.peersMax, banned: peers.addresses.bannedCount, addresses: peers.addresses.count,
            refusals: peers.refusals,
            swarms: peers.swarms.values.sorted { $0.stream < $1.stream }.prefix(TrackerReport.swarmsMax).map(\.status),
            heartbeats: heartbeats,
            stun: stun.map { server in
                TrackerReport.STUN(
                    addresses: isTrusted ? server.addresses.map(\.description) : nil, answered: server.answered,
                    discarded: server.discarded, unsent: server.unsent)
            },
            registrations: configuration.coordinates.indices.map { index in
                TrackerReport.Registration(
                    coordinate: isTrusted ? configuration.coordinates[index].origin : nil,
                    isRegistered: isRegistered[index], error: isTrusted ? registrationErrors[index] : nil)
            },
            forwards: forwards.values.prefix(TrackerReport.forwardsMax).map { forward in
                TrackerReport.Forward(
                    id: forward.id, name: forward.name, region: forward.region, load: forward.load,
                    urls: isTrusted ? forward.urls : nil)
            },
            truncated: peers.swarms.count > TrackerReport.swarmsMax || forwards.values.count > TrackerReport.forwardsMax
        )
    }

    /// What stands in the way of serving.
    var problems: [String] {
        configuration.coordinates.isEmpty || isRegistered.contains(true) ? [] : ["not registered at any coordinate"]
    }

    /// Declares the tracker's metrics.
    func declare(_ metrics: Metrics) {
        metrics.gauge("forwards", "Forwards alive.") { [self] in Double(forwards.count) }
        metrics.gauge("registered", "1 while registered at a coordinate.") { [self] in
            isRegistered.contains(true) ? 1 : 0
        }
        metrics.counter("stun_answered_total", "STUN Binding requests answered.") { [self] in stun?.answered ?? 0 }
        metrics.counter("stun_discarded_total", "Datagrams at the STUN server that were no Binding request.") {
            [self] in stun?.discarded ?? 0
        }
        declarePeers(metrics)
        metrics.counter("heartbeats_total", "Heartbeats answered by a coordinate.") { [self] in heartbeats }
    }
}

extension TrackerService {
    private func declarePeers(_ metrics: Metrics) {
        metrics.gauge("peers", "Viewers in swarms.") { [self] in Double(peers.sessions.count) }
        metrics.gauge("peers_max", "Most viewers at once.") { [self] in Double(configuration.peersMax) }
        metrics.gauge("swarms", "Streams with viewers here.") { [self] in Double(peers.swarms.count) }
        metrics.gauge("peers_without_events", "Viewers that have no event stream open.") { [self] in
            Double(peers.swarms.values.reduce(peers.sessions.count) { $0 - $1.listening })
        }
        metrics.gauge("banned", "Viewers that were thrown out within the last minute.") { [self] in
            Double(peers.addresses.bannedCount)
        }
        metrics.gauge("roots", "Stripes that viewers get from forwards.") { [self] in
            Double(spreads.reduce(0) { $0 + $1.roots })
        }
        metrics.gauge("depth_max", "Greatest depth of any viewer in any stripe.") { [self] in
            Double(spreads.map(\.depths.max).max() ?? 0)
        }
        declareReports(metrics)
        let counters: [(name: String, help: String, read: (Swarm.Counters) -> UInt64)] = [
            ("joins_total", "Viewers that joined.", { $0.joins }),
            ("resumes_total", "Viewers that brought the place they had before.", { $0.resumes }),
            ("departures_total", "Viewers that left.", { $0.departures }),
            ("bans_total", "Viewers that were thrown out.", { $0.bans }),
            ("losses_total", "Links that viewers reported as broken.", { $0.losses }),
            ("repairs_total", "Links given out because viewers left or were lost.", { $0.repairs }),
            ("moves_total", "Links changed to keep trees shallow.", { $0.moves }),
        ]
        for counter in counters {
            metrics.counter(counter.name, counter.help) { [self] in
                peers.swarms.values.reduce(counter.read(peers.ended)) {
                    $0 &+ counter.read($1.core.counters)
                }
            }
        }
        metrics.counter("signals_total", "Signals passed on.") { [self] in peers.signalCount }
        metrics.family("refusals_total", kind: "counter", "Requests of viewers refused, by problem type.") { [self] in
            peers.refusals.sorted { $0.key < $1.key }.map {
                Metrics.Sample(Double($0.value), labels: [("type", $0.key)])
            }
        }
    }

    /// What viewers say of themselves. Nobody checks it: good for a look at many, not at one.
    private func declareReports(_ metrics: Metrics) {
        metrics.counter("reports_total", "Reports of viewers.") { [self] in peers.reportCount }
        metrics.counter("peer_bytes_total", "Media bytes that viewers report to have got from viewers.") { [self] in
            peers.swarms.values.reduce(peers.endedReceived.fromPeers) { $0 &+ $1.received.fromPeers }
        }
        metrics.counter("forward_bytes_total", "Media bytes that viewers report to have got from forwards.") { [self] in
            peers.swarms.values.reduce(peers.endedReceived.fromForwards) { $0 &+ $1.received.fromForwards }
        }
        metrics.gauge(
            "continuity_mean", "Mean share of chunks in time over the viewers of the worst stream; 1 without any."
        ) {
            [self] in peers.swarms.values.compactMap(\.continuities.mean).min() ?? 1
        }
        metrics.gauge("continuity_min", "Least share of chunks in time of any viewer; 1 without any.") { [self] in
            peers.swarms.values.compactMap(\.continuities.least).min() ?? 1
        }
    }

    private var spreads: [Swarm.Spread] { peers.swarms.values.flatMap(\.core.spreads) }
}
