/// What a peer tells a tracker that has been restarted.
public struct PeerReport: Hashable, Sendable {
    /// 0 ... 8 (clamped).
    public let capacity: Int
    /// As for `join`.
    public let region: Int
    /// The stripe that it serves, if it knows; otherwise those who name it as their parent decide.
    public let role: Int?
    /// By stripe: its parent, a peer by its position among the reports; nil when it has none, or one that did not report.
    public let parents: [Parent?]

    /// A report.
    public init(capacity: Int, region: Int = 0, role: Int?, parents: [Parent?]) {
        self.capacity = capacity
        self.region = region
        self.role = role
        self.parents = parents
    }
}

extension Overlay {
    /// Replaces everything by what peers report. The index of each peer is the position of its report.
    ///
    /// Links that are consistent (the parent has that role, and capacity left) stay without a change; of an undamaged
    /// overlay that is all of them. All others are repaired, heaviest first; where much is missing, as after a mass
    /// departure. Reports are not trusted: circles are cut, and any report costs as much as any other.
    public mutating func rebuild(from reports: [PeerReport], into output: inout [LinkChange]) {
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        removeAll()
        for report in reports { _ = newPeer(region: report.region) }
        takeRoles(reports)
        var orphans: [(peer: Int32, stripe: Int, height: Int)] = []
        for stripe in 0..<stripeCount {
            var tops: [Int32] = []
            for (peer, report) in reports.enumerated() {
                let claim = stripe < report.parents.count ? report.parents[stripe]?.raw ?? nobody : nobody
                if !takeLink(Int32(peer), stripe, claim) { tops.append(Int32(peer)) }
            }
            for peer in peers.indices where links[at(Int32(peer), stripe)].parent == theServer {
                label(Int32(peer), stripe, depth: 1)
            }
            for peer in tops { orphans.append((peer, stripe, labelOrphan(peer, stripe))) }
            // Whom neither a root nor an orphan leads to is in a circle or below one.
            for peer in peers.indices.map({ Int32($0) }) where links[at(peer, stripe)].depth == 0 {
                unlink(peer, stripe)
                orphans.append((peer, stripe, labelOrphan(peer, stripe)))
            }
            showAll(stripe)
        }
        if !orphans.isEmpty { balance() }
        orphans.sort { ($1.height, $0.stripe, $0.peer) < ($0.height, $1.stripe, $1.peer) }
        for stripe in 0..<stripeCount {
            let tops = orphans.filter { $0.stripe == stripe }.map(\.peer)
            if isShattered(stripe, tops) || isChain(stripe) {
                restructure(stripe, tops)
            } else {
                for top in tops { attachSubtree(top, stripe) }
            }
        }
        if !orphans.isEmpty { refill() }
    }

    /// Whether a stripe is more than twice as deep as it has to be. Nothing but reports makes it so, and one move after
    /// the other would take long to mend it.
    private func isChain(_ stripe: Int) -> Bool {
        let kinds = (1..<Buckets.kindCount).map { buckets.depths(stripe: stripe, kind: $0).deepest }
        return (kinds.max() ?? 0) > 2 * interiorDepthMax(stripe)
    }

    private mutating func removeAll() {
        peers.removeAll(keepingCapacity: true)
        links.removeAll(keepingCapacity: true)
        free.removeAll()
        liveCount = 0
        buckets.removeAll()
        brokenPairs.removeAll()
        for stripe in 0..<stripeCount { (slots[stripe], attached[stripe], roots[stripe]) = (0, 0, 0) }
    }

    private mutating func takeRoles(_ reports: [PeerReport]) {
        for (peer, report) in reports.enumerated() where report.capacity > 0 {
            guard let role = report.role, (0..<stripeCount).contains(role) else { continue }
            setRole(Int32(peer), role, capacity: Self.clamped(report.capacity))
        }
        for report in reports {
            for (stripe, parent) in report.parents.prefix(stripeCount).enumerated() {
                guard case .peer(let named)? = parent, isLive(named.rawValue) else { continue }
                let capacity = Self.clamped(reports[Int(named.rawValue)].capacity)
                guard capacity > 0 && peers[Int(named.rawValue)].role == Self.noRole else { continue }
                setRole(named.rawValue, stripe, capacity: capacity)
            }
        }
        for (peer, report) in reports.enumerated() where report.capacity > 0 && peers[peer].role == Self.noRole {
            assignRole(Int32(peer), capacity: Self.clamped(report.capacity))
        }
    }

    /// Takes a link as it is reported, without telling anybody. False when it cannot be.
    private mutating func takeLink(_ peer: Int32, _ stripe: Int, _ parent: Int32) -> Bool {
        if parent == theServer {
            roots[stripe] += 1
        } else if parent != peer && isLive(parent) && hasOpenSlot(parent, stripe) {
            addChild(peer, stripe, of: parent)
        } else {
            return false
        }
        links[at(peer, stripe)].parent = parent
        attached[stripe] += 1
        return true
    }

    /// Gives an orphan that is not attached yet, and those below it, depths that make them look like the last resort to
    /// those who search for a parent. Returns how many levels are below it.
    private mutating func labelOrphan(_ peer: Int32, _ stripe: Int) -> Int {
        guard hasChildren(peer, stripe) else {
            links[at(peer, stripe)].depth = UInt8(Buckets.depthMax - 1)
            return 0
        }
        let height = label(peer, stripe, depth: 1)
        label(peer, stripe, depth: max(1, Buckets.depthMax - 1 - height))
        return height
    }

    /// Gives a peer a depth, and those below it theirs. Returns how many levels those are, as far as labels tell.
    @discardableResult
    private mutating func label(_ peer: Int32, _ stripe: Int, depth: Int) -> Int {
        var deepest = depth
        links[at(peer, stripe)].depth = UInt8(depth)
        var stack: [Int32] = []
        swap(&stack, &relabelScratch)
        stack.append(peer)
        while let parent = stack.popLast() {
            let above = links[at(parent, stripe)]
            let depth = min(Int(above.depth) + 1, Buckets.depthMax)
            var child = above.firstChild
            while child != nobody {
                deepest = max(deepest, depth)
                let index = at(child, stripe)
                links[index].depth = UInt8(depth)
                if links[index].childCount > 0 { stack.append(child) }
                child = links[index].next
            }
        }
        swap(&stack, &relabelScratch)
        return deepest - depth
    }
}
