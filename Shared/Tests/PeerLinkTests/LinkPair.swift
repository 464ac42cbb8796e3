import CoreTypes
import EventLoop
import PeerWire
import TestSupport

@testable import PeerLink

/// Remembers what a link tells, and all that arrives on channels that its peer opened.
@LoopActor
final class LinkEvents: PeerLinkDelegate {
    var states: [LinkState] = []
    var candidates: [ICECandidate?] = []
    var channels: [DataChannel] = []
    var messages: [[UInt8]] = []
    var kinds: [MessageKind] = []
    var onChannel: @LoopActor (DataChannel) -> Void = { _ in }
    var onCandidate: @LoopActor (ICECandidate?) -> Void = { _ in }

    var reason: CloseReason? {
        if case .closed(let reason) = states.last { reason } else { nil }
    }

    func link(_ link: any PeerLink, changedTo state: LinkState) { states.append(state) }

    func link(_ link: any PeerLink, found candidate: ICECandidate?) {
        candidates.append(candidate)
        onCandidate(candidate)
    }

    func link(_ link: any PeerLink, peerOpened channel: DataChannel) {
        channels.append(channel)
        channel.onMessage = { [unowned self] bytes, kind in
            messages.append(Array(bytes))
            kinds.append(kind)
        }
        onChannel(channel)
    }
}

/// Two links of one process over loopback.
@LoopActor
struct LinkPair {
    let host: any PeerLinkMaking
    let offerer: any PeerLink
    let answerer: any PeerLink
    let offererEvents = LinkEvents()
    let answererEvents = LinkEvents()

    init(from host: any PeerLinkMaking, to other: any PeerLinkMaking) throws {
        self.host = host
        offerer = try host.makeLink(delegate: offererEvents)
        answerer = try other.makeLink(delegate: answererEvents)
    }

    init(_ host: any PeerLinkMaking) throws { try self.init(from: host, to: host) }

    init(_ change: (inout HostConfiguration) -> Void = { _ in }, address: String = "127.0.0.1") throws {
        var configuration = HostConfiguration()
        configuration.ice.localAddresses = [IPAddress(address)!]
        change(&configuration)
        try self.init(PeerLinkHost(configuration))
    }

    /// Carries the descriptions over as text, and the candidates that come later.
    func connect() throws {
        offererEvents.onCandidate = { [unowned answerer] in answerer.add($0) }
        answererEvents.onCandidate = { [unowned offerer] in offerer.add($0) }
        let offer = try SessionDescription(try offerer.makeOffer().text(sessionID: 1))
        let answer = try SessionDescription(try answerer.makeAnswer(to: offer).text(sessionID: 2))
        try offerer.accept(answer)
    }

    func close() {
        offerer.close(.local("test"))
        answerer.close(.local("test"))
    }

    /// Closes both and waits until nothing of them is left.
    func closeAndCheck() async throws {
        close()
        try await eventually("nothing is left of the links") { host.statistics.links == 0 }
    }
}
