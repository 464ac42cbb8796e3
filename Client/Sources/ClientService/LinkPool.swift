import CoreTypes
import EventLoop
import Logging
import MediaWire
import PeerCore
import PeerLink
import PeerWire
import ServiceAPI
import ServiceKit

/// The links of one viewer, by neighbour: makes them with whatever signals come and go, and carries messages.
@LoopActor
final class LinkPool: PeerLinkDelegate {
    /// Longest message of the protocol.
    nonisolated static let messageBytesMax = PeerMessage.bytesMax
    /// A channel tells when it has less than this to send.
    private static let lowBytes = 32 << 10
    /// Candidates that came before their offer; of more the oldest are dropped.
    private static let strayCandidatesMax = 32

    private final class Entry {
        let peer: PeerID
        let link: any PeerLink
        /// Names the attempt in signals.
        let attempt: String
        let isOurs: Bool
        let relay: PeerID?
        var channel: DataChannel?
        var isOpen = false

        init(_ peer: PeerID, _ link: any PeerLink, attempt: String, isOurs: Bool, relay: PeerID?) {
            self.peer = peer
            self.link = link
            self.attempt = attempt
            self.isOurs = isOurs
            self.relay = relay
        }
    }

    /// Whether an offer is to be answered.
    var accepts: @LoopActor (PeerID, _ relay: PeerID?) -> Bool = { _, _ in false }
    var onOpen: @LoopActor (PeerID) -> Void = { _ in }
    /// A link is over; with what the peer did to it that no honest one does.
    var onClosed: @LoopActor (PeerID, _ fault: String?) -> Void = { _, _ in }
    var onMessage: @LoopActor (PeerID, [UInt8]) -> Void = { _, _ in }
    /// Bytes sent to a neighbour that it has not acknowledged.
    var onBuffered: @LoopActor (PeerID, Int) -> Void = { _, _ in }
    var signalTracker: @LoopActor (PeerSignal) -> Void = { _ in }
    var signalRelay: @LoopActor (_ relay: PeerID, _ peer: PeerID, _ text: String) -> Void = { _, _, _ in }

    private let network: PeerNetwork
    private let stunServers: [String]
    private let log: Logger
    private var entries: [PeerID: Entry] = [:]
    private var peers: [UInt64: PeerID] = [:]
    private var strays: [(attempt: String, candidate: ICECandidate?)] = []
    /// Messages that found no room.
    private(set) var refusals: UInt64 = 0

    init(_ network: PeerNetwork, stunServers: [String], log: Logger) {
        self.network = network
        self.stunServers = stunServers
        self.log = log
    }

    /// Statistics of every open link.
    var statistics: [(peer: PeerID, statistics: LinkStatistics)] {
        entries.values.filter(\.isOpen).map { ($0.peer, $0.link.statistics) }
    }

    // MARK: Making links

    /// Offers a link, through the tracker or a neighbour.
    func connect(_ peer: PeerID, relay: PeerID?) {
        discard(peer, "begun anew")
        var generator = SystemRandomNumberGenerator()
        let attempt = hexadecimal((0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        do throws(LinkError) {
            let link = try network.host(stunServers: stunServers).makeLink(delegate: self)
            let entry = Entry(peer, link, attempt: attempt, isOurs: true, relay: relay)
            add(entry)
            attach(try link.openChannel(PeerMessage.channelLabel, ChannelOptions()), to: entry)
            signal(.offer, try link.makeOffer().text(sessionID: link.number), of: entry)
        } catch {
            log.debug("No link", metadata: ["peer": "\(peer)", "cause": "\(error)"])
            discard(peer, "failed")
            onClosed(peer, nil)
        }
    }

    /// A signal has come.
    func take(_ signal: LinkSignal, from peer: PeerID, relay: PeerID?) {
        switch signal.kind {
        case .offer: answer(signal, from: peer, relay: relay)
        case .answer:
            guard let entry = entries[peer], entry.isOurs, entry.attempt == signal.link else { return }
            do {
                try entry.link.accept(try SessionDescription(signal.text))
            } catch {
                log.debug("Useless answer", metadata: ["peer": "\(peer)", "cause": "\(error)"])
                end(peer, "a useless answer")
            }
        case .candidate:
            let candidate = signal.text.isEmpty ? nil : try? ICECandidate(line: signal.text)
            guard signal.text.isEmpty || candidate != nil else { return }
            if let entry = entries[peer], entry.attempt == signal.link {
                entry.link.add(candidate)
            } else {
                if strays.count >= Self.strayCandidatesMax { strays.removeFirst() }
                strays.append((signal.link, candidate))
            }
        }
    }

    private func answer(_ signal: LinkSignal, from peer: PeerID, relay: PeerID?) {
        guard let offer = try? SessionDescription(signal.text), accepts(peer, relay) else { return }
        discard(peer, "begun anew by the other side")
        do throws(LinkError) {
            let link = try network.host(stunServers: stunServers).makeLink(delegate: self)
            let entry = Entry(peer, link, attempt: signal.link, isOurs: false, relay: relay)
            add(entry)
            self.signal(.answer, try link.makeAnswer(to: offer).text(sessionID: link.number), of: entry)
            for stray in strays where stray.attempt == signal.link { link.add(stray.candidate) }
            strays.removeAll { $0.attempt == signal.link }
        } catch {
            log.debug("No link", metadata: ["peer": "\(peer)", "cause": "\(error)"])
            discard(peer, "failed")
            onClosed(peer, nil)
        }
    }

    private func signal(_ kind: LinkSignal.Kind, _ text: String, of entry: Entry) {
        let signal = LinkSignal(link: entry.attempt, kind: kind, text: text)
        if let relay = entry.relay {
            signalRelay(relay, entry.peer, String(decoding: encodeJSON(signal), as: UTF8.self))
        } else {
            signalTracker(PeerSignal(to: entry.peer, signal: signal))
        }
    }

    private func add(_ entry: Entry) {
        entries[entry.peer] = entry
        peers[entry.link.number] = entry.peer
    }

    private func attach(_ channel: DataChannel, to entry: Entry) {
        let peer = entry.peer
        entry.channel = channel
        channel.lowThreshold = Self.lowBytes
        channel.onMessage = { [weak self, weak entry] bytes, _ in
            guard let self, let entry, self.entries[peer] === entry else { return }
            self.onMessage(peer, Array(bytes))
        }
        channel.onLow = { [weak self, weak channel] in
            guard let self, let channel else { return }
            self.onBuffered(peer, channel.bufferedAmount)
        }
        channel.onOpen = { [weak self, weak entry] in
            guard let self, let entry else { return }
            self.opened(entry)
        }
        channel.onClose = { [weak self, weak entry] in
            guard let self, let entry, self.entries[peer] === entry else { return }
            self.end(peer, "its channel was closed")
        }
    }

    private func opened(_ entry: Entry) {
        guard entries[entry.peer] === entry, !entry.isOpen else { return }
        entry.isOpen = true
        onOpen(entry.peer)
    }

    // MARK: Using links

    func send(_ bytes: [UInt8], to peer: PeerID, lifetimeMs: Int64?) {
        guard let entry = entries[peer], let channel = entry.channel else { return }
        let outcome = channel.send(bytes, expires: lifetimeMs.map { Clock.now.advanced(byMilliseconds: $0) })
        if outcome != .queued { refusals += 1 }
    }

    /// Tells the machine what every link still has to send.
    func reportBuffered() {
        for (peer, entry) in entries where entry.isOpen {
            if let channel = entry.channel { onBuffered(peer, channel.bufferedAmount) }
        }
    }

    /// The tracker cannot pass signals on to a viewer: a link to it that is being made through the tracker never will be.
    func giveUp(_ peer: PeerID) {
        guard let entry = entries[peer], entry.isOurs, !entry.isOpen, entry.relay == nil else { return }
        end(peer, "it does not listen to the tracker")
    }

    /// Ends a link that the machine has given up.
    func close(_ peer: PeerID, _ reason: String) { discard(peer, reason) }

    /// Ends all links.
    func close() {
        for peer in Array(entries.keys) { discard(peer, "this viewer leaves") }
    }

    private func discard(_ peer: PeerID, _ reason: String) {
        guard let entry = entries.removeValue(forKey: peer) else { return }
        peers[entry.link.number] = nil
        entry.link.close(.local(reason))
    }

    private func end(_ peer: PeerID, _ reason: String) {
        discard(peer, reason)
        onClosed(peer, nil)
    }

    private static func fault(_ reason: CloseReason) -> String? {
        switch reason {
        case .messageTooLong, .misbehaviour: "\(reason)"
        case .local, .peer, .noPath, .setUpTimedOut, .handshake, .wrongFingerprint, .failure: nil
        }
    }

    // MARK: What links tell

    func link(_ link: any PeerLink, changedTo state: LinkState) {
        guard case .closed(let reason) = state, let peer = peers[link.number] else { return }
        log.debug("Link ended", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
        peers[link.number] = nil
        entries[peer] = nil
        onClosed(peer, Self.fault(reason))
    }

    func link(_ link: any PeerLink, found candidate: ICECandidate?) {
        guard let peer = peers[link.number], let entry = entries[peer] else { return }
        signal(.candidate, candidate?.line ?? "", of: entry)
    }

    func link(_ link: any PeerLink, peerOpened channel: DataChannel) {
        guard let peer = peers[link.number], let entry = entries[peer], entry.channel == nil,
            channel.label == PeerMessage.channelLabel
        else { return channel.close() }
        attach(channel, to: entry)
        opened(entry)
    }
}
