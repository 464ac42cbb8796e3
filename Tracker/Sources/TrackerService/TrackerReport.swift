import EventLoop
import ServiceAPI
import ServiceKit

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
    let peersMax: Int
    let heartbeats: UInt64
    let stun: STUN?
    let registrations: [Registration]
    let forwards: [Forward]
}

extension TrackerService {
    func report(isTrusted: Bool) -> TrackerReport {
        TrackerReport(
            name: configuration.name, region: configuration.region, peersMax: configuration.peersMax,
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
            forwards: forwards.values.map { forward in
                TrackerReport.Forward(
                    id: forward.id, name: forward.name, region: forward.region, load: forward.load,
                    urls: isTrusted ? forward.urls : nil)
            })
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
        metrics.counter("heartbeats_total", "Heartbeats answered by a coordinate.") { [self] in heartbeats }
    }
}
