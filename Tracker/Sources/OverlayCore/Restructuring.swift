/// What is to be placed, and where it can be, while a stripe is restructured from the top.
struct Restructuring {
    /// The greatest depth that interior peers should have.
    let interiorDepthMax: Int
    /// By peer: levels of interior peers below it.
    var heights: [UInt8]
    /// Whom the server serves.
    var roots: [Int32] = []
    /// Orphans that are interior, each with what is below it.
    var heads = Heads()
    /// Orphans that are leaves.
    var leaves: [Int32] = []
    /// Capacity of the heads that nobody is below.
    var idleCapacity = 0
    /// The places at the depth that is being filled.
    var places: Places

    init(interiorDepthMax: Int, peerCount: Int, regionCount: Int) {
        self.interiorDepthMax = interiorDepthMax
        heights = Array(repeating: 0, count: peerCount)
        places = Places(regionCount: regionCount)
    }

    /// Orphans in the order in which they get places: those with most levels below them first, of equals those with
    /// children, and then the strongest.
    struct Heads {
        /// By rank.
        private var heads: [[Int32]] = Array(repeating: [], count: (Buckets.depthMax + 1) * Heads.ranksPerHeight)
        private var highest = 0
        private(set) var count = 0

        /// For each class of capacity, without and with children.
        private static let ranksPerHeight = 10

        mutating func insert(_ peer: Int32, height: Int, hasChildren: Bool, capacityClass: Int) {
            let rank = height * Self.ranksPerHeight + (hasChildren ? Self.ranksPerHeight / 2 : 0) + capacityClass
            heads[rank].append(peer)
            highest = max(highest, rank)
            count += 1
        }

        mutating func popFirst() -> Int32? {
            while highest > 0 && heads[highest].isEmpty { highest -= 1 }
            guard let head = heads[highest].popLast() else { return nil }
            count -= 1
            return head
        }
    }

    /// Slots at one depth, by the region of the parent that has them.
    struct Places {
        /// Parents with a slot that nobody uses, once for each.
        var open: [[Int32]]
        /// Leaves whose slot an interior peer can take.
        var leaves: [[Int32]]
        /// Interior peers at the depth that were there before.
        var interior: [Int32] = []

        init(regionCount: Int) {
            open = Array(repeating: [], count: regionCount)
            leaves = open
        }

        mutating func removeAll() {
            for region in open.indices {
                open[region].removeAll(keepingCapacity: true)
                leaves[region].removeAll(keepingCapacity: true)
            }
            interior.removeAll(keepingCapacity: true)
        }
    }
}
