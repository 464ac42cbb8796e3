import CoreTypes

/// How many children can be fed.
extension PeerMachine {
    /// How many children this viewer can feed now, 0 ... 8. When it falls the tracker must hear of it at once.
    public var capacity: Int { uplink.capacity }

    /// What one child needs, in bytes a second, as the chunks of the window tell; 0 before there are some.
    var stripeBytesPerSecond: Int {
        guard store.count >= 10, configuration.chunkMs > 0 else { return 0 }
        return store.reservedBytes * 1_000 / (store.count * Int(configuration.chunkMs) * configuration.stripes)
    }

    /// Looks at what waits for each child, and what follows for the capacity.
    mutating func judgeUplink(now: PeerTime) {
        var view = UplinkMeter.View()
        view.stripeBytesPerSecond = stripeBytesPerSecond
        view.isHeldBack = !budget.hasRoom
        for position in links.indices {
            let count = links[position].child.subscriptions.count { $0.until == nil }
            guard links[position].isOpen, count > 0 else {
                links[position].backlog.clear()
                continue
            }
            links[position].backlog.note(ms: waitingMs(position, children: count), now: now.monotonic)
            view.children += count
            view.links += 1
            view.stuckLinks += links[position].backlog.isStuck ? 1 : 0
            view.waitingMs = max(view.waitingMs, links[position].backlog.ms)
        }
        uplink.look(view, now: now.monotonic)
    }

    /// How much of the stream waits for a child, in its queue and in the link, in milliseconds.
    private func waitingMs(_ position: Int, children: Int) -> Int64 {
        var ms: Int64 = 0
        if let first = links[position].child.first, let last = links[position].child.last,
            let oldest = store.publishedAt(first.sequence),
            let newest = store.publishedAt(last.sequence)
        {
            ms = max(0, newest - oldest) + configuration.chunkMs
        }
        let rate = Int64(stripeBytesPerSecond * children)
        return rate > 0 ? ms + Int64(links[position].buffered) * 1_000 / rate : ms
    }
}
