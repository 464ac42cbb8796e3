/// Restructuring a stripe that a mass departure broke to pieces: from the top, depth by depth, whole pieces are put where
/// there is a slot or a leaf, those with most levels below them first. A piece that would reach too deep takes the
/// place of a lighter peer, and what reaches too deep even so is cut off and placed by itself. Links inside pieces
/// stay; leaves come last. As long as a piece is left no slot above it is unused or has a leaf, so trees get as wide
/// as the peers allow.
extension Overlay {
    /// Members that are looked at for one that can connect.
    private static let placeTries = 4

    /// Attaches all orphans of a stripe. Takes time by the number of peers.
    mutating func restructure(_ stripe: Int, _ orphans: [Int32]) {
        var state = Restructuring(
            interiorDepthMax: interiorDepthMax(stripe), peerCount: peers.count, regionCount: regionCount)
        measure(stripe, orphans, &state)
        state.roots = roots(stripe)
        // Pieces get new depths by the thousand, and until all have their places nobody is looked for.
        hideAll(stripe)
        for orphan in orphans where isOrphan(orphan, stripe) { setAside(orphan, stripe, &state) }
        var parents = [theServer]
        var depth = 1
        while state.heads.count > 0 && !parents.isEmpty && depth < Buckets.depthMax {
            survey(below: parents, stripe, &state)
            parents = fill(depth: depth, stripe, &state) + state.places.interior
            depth += 1
        }
        showAll(stripe)
        while let head = state.heads.popFirst() { attachSubtree(head, stripe) }
        for leaf in state.leaves { attach(leaf, stripe) }
    }

    /// The bound of the stripe's depth, or one more than full trees have with the strongest at the top, if those are
    /// deeper. Where all peers have capacity 2 that leaves a level for whom it would cost more links to place better.
    func interiorDepthMax(_ stripe: Int) -> Int {
        var counts = Array(repeating: 0, count: Self.capacityMax + 1)
        // Of those that are not in the overlay it is 0, as of leaves.
        for index in stride(from: stripe, to: links.count, by: stripeCount) {
            let capacity = Int(links[index].capacity)
            if capacity > 0 { counts[capacity] += 1 }
        }
        var (depth, slots, next) = (0, rootLimit, 0)
        while depth < Buckets.depthMax - 1, counts.contains(where: { $0 > 0 }) {
            depth += 1
            next = 0
            for capacity in stride(from: Self.capacityMax, to: 0, by: -1) {
                let placed = min(counts[capacity], slots)
                counts[capacity] -= placed
                slots -= placed
                next += placed * capacity
            }
            slots = next
        }
        let bound = Self.depthBound(peers: liveCount, rootLimit: rootLimit)
        return min(depth <= bound ? bound : depth + 1, Buckets.depthMax - 1)
    }

    /// Finds out how many levels are below each interior peer, and sets aside who is too deep in what still stands.
    private mutating func measure(_ stripe: Int, _ orphans: [Int32], _ state: inout Restructuring) {
        var tooDeep: [Int32] = []
        var order: [Int32] = []
        order.reserveCapacity(liveCount / stripeCount + 1)
        var first = roots(stripe).filter { isInterior($0, stripe) }
        for depth in 1... {
            if first.isEmpty { break }
            if depth > state.interiorDepthMax { tooDeep += first }
            order += first
            first = depth > state.interiorDepthMax ? [] : interiorChildren(of: first, stripe)
        }
        first = tooDeep + orphans.filter { isInterior($0, stripe) }
        while !first.isEmpty {
            order += first
            first = interiorChildren(of: first, stripe)
        }
        for peer in order.reversed() {
            let parent = links[at(peer, stripe)].parent
            guard parent >= 0 else { continue }
            let height = min(state.heights[Int(peer)] + 1, UInt8(Buckets.depthMax))
            state.heights[Int(parent)] = max(state.heights[Int(parent)], height)
        }
        for peer in tooDeep {
            unlink(peer, stripe)
            setAside(peer, stripe, &state)
        }
    }

    private func interiorChildren(of parents: [Int32], _ stripe: Int) -> [Int32] {
        var found: [Int32] = []
        for parent in parents {
            var child = links[at(parent, stripe)].firstChild
            while child != nobody {
                if isInterior(child, stripe) { found.append(child) }
                child = links[at(child, stripe)].next
            }
        }
        return found
    }

    /// Whom the server serves. Those below orphans have labels of 2 at least.
    func roots(_ stripe: Int) -> [Int32] {
        var roots: [Int32] = []
        for kind in 0..<Buckets.kindCount {
            for region in 0..<regionCount {
                let row = buckets.row(stripe: stripe, kind: kind, region: region)
                for position in 0..<buckets.count(row: row, depth: 1) {
                    roots.append(buckets.member(row: row, depth: 1, position: position))
                }
            }
        }
        return roots
    }

    /// Keeps an orphan for later.
    private func setAside(_ peer: Int32, _ stripe: Int, _ state: inout Restructuring) {
        guard isInterior(peer, stripe) else { return state.leaves.append(peer) }
        let values = links[at(peer, stripe)]
        if values.childCount == 0 { state.idleCapacity += Int(values.capacity) }
        state.heads.insert(
            peer, height: Int(state.heights[Int(peer)]), hasChildren: values.childCount > 0,
            capacityClass: Buckets.capacityClass(values.capacity))
    }

    /// Finds the places below some parents.
    private func survey(below parents: [Int32], _ stripe: Int, _ state: inout Restructuring) {
        state.places.removeAll()
        for parent in parents {
            guard parent >= 0 else {
                for root in state.roots { note(root, region: 0, stripe, &state) }
                for _ in 0..<max(0, rootLimit - roots[stripe]) { state.places.open[0].append(parent) }
                continue
            }
            let values = links[at(parent, stripe)]
            var child = values.firstChild
            while child != nobody {
                note(child, region: Int(values.region), stripe, &state)
                child = links[at(child, stripe)].next
            }
            for _ in values.childCount..<max(values.capacity, values.childCount) {
                state.places.open[Int(values.region)].append(parent)
            }
        }
    }

    /// Notes who is in a place below a parent of a region.
    private func note(_ child: Int32, region: Int, _ stripe: Int, _ state: inout Restructuring) {
        if isInterior(child, stripe) {
            state.places.interior.append(child)
        } else {
            state.places.leaves[region].append(child)
        }
    }

    /// Puts heads at a depth and returns them.
    private mutating func fill(depth: Int, _ stripe: Int, _ state: inout Restructuring) -> [Int32] {
        var placed: [Int32] = []
        var unplaced: [Int32] = []
        var lightest: [Int32]?
        while let head = state.heads.popFirst() {
            let height = Int(state.heights[Int(head)])
            let isIdle = !hasChildren(head, stripe)
            var isPlaced = takeOpenPlace(head, stripe, &state)
            if !isPlaced && !(isIdle && hasRoomWithoutIdle(stripe, state)) {
                isPlaced = takeLeafPlace(head, stripe, &state)
            }
            if !isPlaced && height > 0 && depth + height >= state.interiorDepthMax {
                if lightest == nil {
                    lightest = state.places.interior.sorted { state.heights[Int($0)] > state.heights[Int($1)] }
                }
                isPlaced = evict(lightest?.last, for: head, depth: depth, stripe, &state)
                if isPlaced { lightest?.removeLast() }
            }
            guard isPlaced else {
                unplaced.append(head)
                // What comes next is lighter still, and one full depth is all there is.
                if unplaced.count > Self.placeTries && isFull(state.places) { break }
                continue
            }
            if isIdle { state.idleCapacity -= Int(links[at(head, stripe)].capacity) }
            placed.append(head)
            cut(head, depth: depth, stripe, &state)
        }
        for head in unplaced {
            if !hasChildren(head, stripe) { state.idleCapacity -= Int(links[at(head, stripe)].capacity) }
            setAside(head, stripe, &state)
        }
        if let lightest { state.places.interior = lightest }
        return placed
    }

    private func isFull(_ places: Restructuring.Places) -> Bool {
        places.open.allSatisfy(\.isEmpty) && places.leaves.allSatisfy(\.isEmpty)
    }

    /// Whether all orphans find slots even if those heads that serve nobody stay at the bottom.
    private func hasRoomWithoutIdle(_ stripe: Int, _ state: Restructuring) -> Bool {
        open(stripe) - state.idleCapacity >= state.heads.count + state.leaves.count + 1
    }

    private mutating func takeOpenPlace(_ head: Int32, _ stripe: Int, _ state: inout Restructuring) -> Bool {
        let order = preference(head)
        for region in nearestRegions[order..<order + regionCount].lazy.map({ Int($0) }) {
            let count = state.places.open[region].count
            for position in stride(from: count - 1, through: max(0, count - Self.placeTries), by: -1) {
                let parent = state.places.open[region][position]
                if areBroken(head, parent) { continue }
                state.places.open[region].swapAt(position, count - 1)
                state.places.open[region].removeLast()
                link(head, stripe, to: parent)
                return true
            }
        }
        return false
    }

    private mutating func takeLeafPlace(_ head: Int32, _ stripe: Int, _ state: inout Restructuring) -> Bool {
        let order = preference(head)
        for region in nearestRegions[order..<order + regionCount].lazy.map({ Int($0) }) {
            let count = state.places.leaves[region].count
            for position in stride(from: count - 1, through: max(0, count - Self.placeTries), by: -1) {
                let leaf = state.places.leaves[region][position]
                let parent = links[at(leaf, stripe)].parent
                if areBroken(head, parent) { continue }
                state.places.leaves[region].swapAt(position, count - 1)
                state.places.leaves[region].removeLast()
                unlink(leaf, stripe)
                link(head, stripe, to: parent)
                state.leaves.append(leaf)
                return true
            }
        }
        return false
    }

    /// Puts a head that can wait no longer in the place of a peer that can: it has fewer levels below it.
    private mutating func evict(
        _ lightest: Int32?, for head: Int32, depth: Int, _ stripe: Int, _ state: inout Restructuring
    ) -> Bool {
        guard let lightest, depth + Int(state.heights[Int(lightest)]) < state.interiorDepthMax else { return false }
        let parent = links[at(lightest, stripe)].parent
        guard !areBroken(head, parent) else { return false }
        unlink(lightest, stripe)
        link(head, stripe, to: parent)
        setAside(lightest, stripe, &state)
        return true
    }

    /// Cuts off what reaches too deep below a head that has just been placed, to be placed by itself.
    private mutating func cut(_ head: Int32, depth: Int, _ stripe: Int, _ state: inout Restructuring) {
        let levels = state.interiorDepthMax - depth
        guard Int(state.heights[Int(head)]) > max(levels, 0) else { return }
        var level = [head]
        for _ in 0...max(levels, 0) { level = interiorChildren(of: level, stripe) }
        for peer in level {
            unlink(peer, stripe)
            setAside(peer, stripe, &state)
        }
    }
}
