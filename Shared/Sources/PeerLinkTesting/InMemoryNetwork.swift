import CoreTypes
import EventLoop
import PeerLink
import PeerWire

/// A network within the process: hosts whose links carry messages without sockets and encryption, with delay, loss,
/// reordering and cuts that follow from a seed. Channels, their queues and DCEP are the real ones.
@LoopActor
public final class InMemoryNetwork {
    /// The network's time.
    public let clock: any NetworkClock
    /// Paths without conditions of their own; changes concern messages that are sent from then on.
    public var conditions: PathConditions
    /// Milliseconds after which links over a cut path end with `.noPath`, as ICE notices it.
    public var silenceMsMax: Int64 = 9_000

    var generator: SeededGenerator
    private var nextHost = 0
    private var nextLink: UInt64 = 1
    private var links: [UInt64: InMemoryLink] = [:]
    private var particular: [Pair: PathConditions] = [:]
    private var cuts: Set<Pair> = []

    private struct Pair: Hashable {
        let low: Int
        let high: Int
        init(_ left: Int, _ right: Int) { (low, high) = (min(left, right), max(left, right)) }
    }

    /// A network without hosts. With a `VirtualClock` every run of one seed is the same.
    public init(clock: any NetworkClock, seed: UInt64, conditions: PathConditions = PathConditions()) {
        self.clock = clock
        self.conditions = conditions
        generator = SeededGenerator(seed: seed)
    }

    /// One more host, with `configuration`'s bounds on links, messages and buffers.
    public func makeHost(_ configuration: HostConfiguration = HostConfiguration()) -> InMemoryHost {
        nextHost += 1
        return InMemoryHost(self, number: nextHost, configuration)
    }

    /// Conditions between two hosts, in place of the network's.
    public func set(_ conditions: PathConditions, between first: InMemoryHost, and second: InMemoryHost) {
        particular[Pair(first.number, second.number)] = conditions
    }

    /// Nothing passes between two hosts any more. Their links do not know until `silenceMsMax` later.
    public func cut(between first: InMemoryHost, and second: InMemoryHost) {
        cuts.insert(Pair(first.number, second.number))
        let sides = Set([first.number, second.number])
        for link in links.values.sorted(by: { $0.number < $1.number }) {
            guard let peer = link.peer, Set([link.host.number, peer.host.number]) == sides else { continue }
            clock.schedule(at: clock.now.advanced(byMilliseconds: silenceMsMax)) { [weak self, weak link] in
                guard let self, let link, isCut(link.host, peer.host) else { return }
                link.close(.noPath)
            }
        }
    }

    /// Ends a cut: what was on its way goes on.
    public func heal(between first: InMemoryHost, and second: InMemoryHost) {
        cuts.remove(Pair(first.number, second.number))
        for link in links.values.sorted(by: { $0.number < $1.number }) {
            link.endpoint?.retryHeld()
            // Its peer's farewell was lost with the cut.
            if link.state == .open, link.peer == nil { link.close(.noPath) }
        }
    }

    func conditions(_ first: InMemoryHost, _ second: InMemoryHost) -> PathConditions {
        particular[Pair(first.number, second.number)] ?? conditions
    }

    func isCut(_ first: InMemoryHost, _ second: InMemoryHost) -> Bool {
        cuts.contains(Pair(first.number, second.number))
    }

    func nextLinkNumber() -> UInt64 {
        defer { nextLink += 1 }
        return nextLink
    }

    func add(_ link: InMemoryLink) { links[link.number] = link }

    func remove(_ link: InMemoryLink) { links[link.number] = nil }

    /// The link that made a description.
    func link(of description: SessionDescription) -> InMemoryLink? {
        UInt64(description.userFragment.dropFirst(4)).flatMap { links[$0] }
    }
}
