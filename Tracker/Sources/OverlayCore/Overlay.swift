import CoreTypes

/// K trees over the viewers of one stream, one for each stripe, in which every peer passes on at most one stripe: it is
/// interior in the tree of its role and a leaf in all others, so that its departure disturbs one stripe only.
///
/// It only decides. Each operation appends the links that change, and the owner tells the peers. It has no clock and no
/// chance of its own: the same seed and the same operations give the same changes.
///
/// What keeps trees shallow while peers come and go:
/// - *Displacement*: a newcomer that can serve takes the place of the shallowest peer that cannot, and adopts it. Without
///   it leaves would settle on the shallow slots, and depth grow with the number of peers instead of its logarithm.
/// - *Replacement*: the place of a peer that left is taken by another from the bottom, which adopts the orphans, so that
///   nobody gets deeper but the few below it.
/// - *Reserve*: `openSlots(s)` = R + capacity of the peers with role s − peers attached in s. The root slots are what is
///   left for newcomers and orphans when all peers are full; roles are changed to keep it even among the stripes.
///
/// Sources: Castro et al., "SplitStream: high-bandwidth multicast in cooperative environments", SOSP 2003, for trees
/// without common interior; Padmanabhan et al., "Resilient peer-to-peer streaming", ICNP 2003, for placing them centrally.
public struct Overlay: Sendable {
    /// A peer that has no role.
    static let noRole = UInt8.max

    /// What a peer is in one stripe; 24 bytes, so that whatever looks at a peer in a stripe reads one line of memory.
    struct Link: Sendable {
        /// An index, `theServer`, or `nobody` while the peer is an orphan.
        var parent = nobody
        /// The list of the parent's children.
        var next = nobody
        var previous = nobody
        /// Where in its bucket; `nobody` when it is in no bucket, which hides it from every search.
        var position = nobody
        var firstChild = nobody
        /// 1 for roots. An orphan and those below it keep what they had, so depth rises along every link.
        var depth: UInt8 = 0
        /// Most children in this stripe: that of the peer in the stripe of its role, and 0 in all others.
        var capacity: UInt8 = 0
        var childCount: UInt8 = 0
        /// The peer's, the same in all stripes.
        var region: UInt8 = 0
    }

    /// What a peer is in all stripes; 4 bytes.
    struct Peer: Sendable {
        /// How often this index was given out before.
        var generation: UInt16 = 0
        /// The stripe that it passes on; `noRole` exactly when its capacity is 0.
        var role = noRole
        var isLive = false
    }

    /// Number of stripes.
    public let stripeCount: Int
    /// R, regular roots per stripe.
    public internal(set) var rootLimit: Int
    /// Peers in the overlay.
    public internal(set) var liveCount = 0
    /// Places of departed peers, with children who serve others, that another peer took over.
    public internal(set) var replacementCount = 0

    let regionCount: Int
    let proximitySlack: Int
    /// For each region all regions, nearest first, in one array.
    let nearestRegions: [UInt8]

    var peers: [Peer] = []
    /// By peer and stripe.
    var links: [Link] = []
    /// Indices to give out again, the last one first.
    var free: [Int32] = []
    var buckets: Buckets
    var brokenPairs: BrokenPairs
    var generator: SeededGenerator

    /// By stripe: capacity of all peers with that role.
    var slots: [Int]
    /// By stripe: peers with a parent.
    var attached: [Int]
    /// By stripe: peers whose parent is the server.
    var roots: [Int]

    /// The owner's array while an operation runs.
    var changes: [LinkChange] = []
    /// Memory that operations use again.
    var orphanScratch: [Int32] = []
    var relabelScratch: [Int32] = []
    var depthScratch: [UInt64]

    /// An overlay without peers. Values out of range are brought into it.
    public init(_ configuration: OverlayConfiguration = OverlayConfiguration()) {
        stripeCount = min(max(configuration.stripeCount, 1), 4)
        rootLimit = max(configuration.rootLimit, 1)
        let regionCount = min(max(configuration.regionCount, 1), 64)
        self.regionCount = regionCount
        proximitySlack = max(configuration.proximitySlack, 0)
        nearestRegions = (0..<regionCount).flatMap { region in
            let given = region < configuration.nearestRegions.count ? configuration.nearestRegions[region] : []
            var order: [UInt8] = []
            for near in given + [region] + Array(0..<regionCount)
            where (0..<regionCount).contains(near) && !order.contains(UInt8(near)) {
                order.append(UInt8(near))
            }
            return order
        }
        buckets = Buckets(
            stripeCount: stripeCount, regionCount: regionCount, expectedPeers: configuration.expectedPeers)
        brokenPairs = BrokenPairs(pairsMax: configuration.brokenPairsMax)
        generator = SeededGenerator(seed: configuration.seed)
        slots = Array(repeating: 0, count: stripeCount)
        attached = slots
        roots = slots
        depthScratch = Array(repeating: 0, count: regionCount)
        peers.reserveCapacity(configuration.expectedPeers)
        links.reserveCapacity(configuration.expectedPeers * stripeCount)
    }

    /// Open slots that a stripe should keep for orphans; below it, peers change their roles.
    @inline(__always)
    var reserve: Int { rootLimit / 2 }

    /// Root slots and slots of peers that nobody uses, less the overflow roots. Below 0 the stripe needs more than there is.
    @inline(__always)
    func open(_ stripe: Int) -> Int { rootLimit + slots[stripe] - attached[stripe] }

    /// Where the link of a peer in a stripe is.
    @inline(__always)
    func at(_ peer: Int32, _ stripe: Int) -> Int { Int(peer) &* stripeCount &+ stripe }

    /// Whether an index is that of a peer in the overlay.
    @inline(__always)
    func isLive(_ peer: Int32) -> Bool { peer >= 0 && Int(peer) < peers.count && peers[Int(peer)].isLive }

    /// Whether a peer may have children in a stripe.
    @inline(__always)
    func isInterior(_ peer: Int32, _ stripe: Int) -> Bool { links[at(peer, stripe)].capacity > 0 }

    /// Whether a peer has children in a stripe.
    @inline(__always)
    func hasChildren(_ peer: Int32, _ stripe: Int) -> Bool { links[at(peer, stripe)].childCount > 0 }

    /// Where the regions that a peer prefers begin in `nearestRegions`.
    @inline(__always)
    func preference(_ peer: Int32) -> Int { Int(links[at(peer, 0)].region) &* regionCount }

    /// A number below `bound`, which is more than 0.
    mutating func random(below bound: Int) -> Int {
        bound == 1 ? 0 : Int(truncatingIfNeeded: ((generator.next() >> 32) &* UInt64(bound)) >> 32)
    }
}
