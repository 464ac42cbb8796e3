import CoreTypes
import Cryptography
import EventLoop
import ServiceAPI
import SwarmCore

/// What viewers are told, in the words of the protocol.
extension PeerDirectory {
    /// A new token for a viewer.
    func lease(for session: PeerSession, in swarm: LiveSwarm) -> PeerLease {
        let expiresAt = Clock.wall + Self.tokenMs
        let kind: AccessToken.Kind = swarm.core.isRoot(session.id) ? .root : .peer
        let token = AccessToken(kind: kind, peer: session.id, expiresAt: expiresAt, stream: session.stream)
        return PeerLease(token: tokens.issue(token), tokenExpiresAt: expiresAt)
    }

    func place(of session: PeerSession, in swarm: LiveSwarm) -> PeerPlace {
        let place = swarm.core.place(of: session.id)
        let lease = lease(for: session, in: swarm)
        return PeerPlace(
            id: session.id, token: lease.token, tokenExpiresAt: lease.tokenExpiresAt,
            events: "/peers/\(session.id)/events", role: place.role,
            parents: place.parents.map { describe($0, for: session) },
            children: place.children.map { ChildDescription(stripe: $0.stripe, peer: $0.peer) },
            ice: iceServers(for: session), forwards: forwardURLs(for: session), publicKey: swarm.publicKey)
    }

    func describe(_ parent: SwarmParent, for session: PeerSession) -> ParentDescription {
        let source: ParentDescription.Source
        switch parent.source {
        case .peer(let peer): source = .peer(peer, grandparent: parent.grandparent)
        case .forward(let name):
            let urls = name.flatMap { service.forwards[$0]?.urls }
            let url = urls?.url(for: session.client, scheme: session.scheme)
            source = .forward(url ?? ParentDescription.anyForward)
        }
        return ParentDescription(stripe: parent.stripe, source: source, depth: parent.depth)
    }

    /// The forwards that a viewer can use.
    func forwardURLs(for session: PeerSession) -> [String] {
        service.forwards.values.compactMap { $0.urls.url(for: session.client, scheme: session.scheme) }
    }

    /// What a resuming viewer says of a parent. A forward is known again by any of its URLs.
    func swarmParent(_ parent: ParentDescription) -> SwarmParent {
        var source: SwarmSource
        var grandparent: RandomID?
        switch parent.source {
        case .peer(let peer, let behind): (source, grandparent) = (.peer(peer), behind)
        case .forward(let url):
            let forward = service.forwards.values.first { $0.urls.contains { $0.url == url } }
            source = .forward(forward?.name)
        }
        return SwarmParent(
            stripe: parent.stripe, source: source, grandparent: grandparent, depth: min(max(parent.depth, 0), 63))
    }

    /// The STUN server, at the host by which the viewer knows this tracker when it listens on all.
    private func iceServers(for session: PeerSession) -> [ICEServer] {
        guard let address = service.stun?.addresses.first else { return [] }
        let host = address.address.isUnspecified ? session.host : address.address.description
        guard !host.isEmpty else { return [] }
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return [ICEServer(urls: ["stun:\(bracketed):\(address.port)"])]
    }
}
