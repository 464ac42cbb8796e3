/// How deep peers are in one stripe.
public struct DepthStatistics: Hashable, Sendable {
    /// Peers attached.
    public let count: Int
    /// Mean depth; a peer that the server serves has 1. 0 without peers.
    public let mean: Double
    /// The least depth that 99 % of the peers do not exceed.
    public let p99: Int
    /// The greatest depth, 63 for all that are deeper.
    public let max: Int
    /// ceil(log2(N/R + 1)), the least maximum there can be when every peer has capacity 2.
    public let bound: Int
}

extension Overlay {
    /// Whether there is a peer under an index.
    public func contains(_ peer: PeerIndex) -> Bool { isLive(peer.rawValue) }

    /// Where a peer gets a stripe from; nil for an index without a peer.
    public func parent(of peer: PeerIndex, stripe: Int) -> Parent? {
        isLive(peer.rawValue) ? Parent(raw: links[at(peer.rawValue, stripe)].parent) : nil
    }

    /// Where a peer gets its stripes from, by stripe; empty for an index without a peer.
    public func parents(of peer: PeerIndex) -> [Parent] {
        isLive(peer.rawValue) ? (0..<stripeCount).compactMap { parent(of: peer, stripe: $0) } : []
    }

    /// The parent of a peer's parent, whom it may ask for a stripe while the parent is being replaced; nil for roots.
    public func grandparent(of peer: PeerIndex, stripe: Int) -> Parent? {
        guard case .peer(let parent)? = parent(of: peer, stripe: stripe) else { return nil }
        return self.parent(of: parent, stripe: stripe)
    }

    /// Whom a peer serves, in the stripe of its role.
    public func children(of peer: PeerIndex) -> [PeerIndex] {
        role(of: peer).map { children(peer.rawValue, $0).map { PeerIndex(rawValue: $0) } } ?? []
    }

    /// How many peers a peer serves.
    public func childCount(of peer: PeerIndex) -> Int {
        role(of: peer).map { Int(links[at(peer.rawValue, $0)].childCount) } ?? 0
    }

    /// Hops from the server, 1 ... 63; 0 for an index without a peer.
    public func depth(of peer: PeerIndex, stripe: Int) -> Int {
        isLive(peer.rawValue) ? Int(links[at(peer.rawValue, stripe)].depth) : 0
    }

    /// The stripe that a peer serves or may be told to serve; nil with capacity 0. It may change while it has no children.
    public func role(of peer: PeerIndex) -> Int? {
        guard isLive(peer.rawValue), peers[Int(peer.rawValue)].role != Self.noRole else { return nil }
        return Int(peers[Int(peer.rawValue)].role)
    }

    /// Most children of a peer.
    public func capacity(of peer: PeerIndex) -> Int {
        role(of: peer).map { Int(links[at(peer.rawValue, $0)].capacity) } ?? 0
    }

    /// The region of a peer.
    public func region(of peer: PeerIndex) -> Int {
        isLive(peer.rawValue) ? Int(links[at(peer.rawValue, 0)].region) : 0
    }

    /// All peers, by index.
    public var livePeers: [PeerIndex] {
        peers.indices.filter { peers[$0].isLive }.map { PeerIndex(rawValue: Int32($0)) }
    }

    /// Indices in use or free to be given out again: what tables of the owner need room for.
    public var indexCount: Int { peers.count }

    /// Peers that the server serves in a stripe; more than `rootLimit` while there are overflow roots.
    public func rootCount(stripe: Int) -> Int { roots[stripe] }

    /// Slots left in a stripe, those of the server included; below 0 as many peers are overflow roots and will remain so.
    public func openSlots(stripe: Int) -> Int { open(stripe) }

    /// Pairs of peers that are known not to connect.
    public var brokenPairCount: Int { brokenPairs.count }

    /// How deep peers are in a stripe; takes time by the number of regions, not of peers.
    public func depths(stripe: Int) -> DepthStatistics {
        let population = buckets.population(stripe: stripe)
        let count = population.reduce(0, +)
        let sum = population.enumerated().reduce(0) { $0 + $1.offset * $1.element }
        var (p99, upTo) = (0, 0)
        for (depth, peers) in population.enumerated() where upTo * 100 < count * 99 {
            upTo += peers
            p99 = depth
        }
        return DepthStatistics(
            count: count, mean: count == 0 ? 0 : Double(sum) / Double(count), p99: p99,
            max: population.lastIndex { $0 > 0 } ?? 0, bound: Self.depthBound(peers: liveCount, rootLimit: rootLimit))
    }

    /// ceil(log2(N/R + 1)): R roots with capacity 2 reach R (2^d − 1) peers within depth d.
    public static func depthBound(peers: Int, rootLimit: Int) -> Int {
        var (depth, reached) = (0, 0)
        while reached < peers {
            depth += 1
            reached = reached * 2 + max(rootLimit, 1)
        }
        return depth
    }
}
