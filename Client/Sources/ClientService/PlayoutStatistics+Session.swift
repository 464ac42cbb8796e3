import CoreTypes
import EventLoop
import MediaWire
import PeerCore
import PlayoutCore

extension PlayoutStatistics {
    /// Takes over what a viewer and its session have measured.
    @LoopActor
    mutating func take(_ viewer: Viewer, _ session: PeerSession?, since started: MonotonicInstant) {
        time = Clock.wall
        elapsedMs = Clock.now.milliseconds(since: started)
        state = viewer.state.name
        sequence = viewer.lastReleased
        latencyMs = Percentiles(viewer.latency)
        arrivalMs = Percentiles(viewer.arrival)
        clockErrorMs = viewer.clock.errorMs
        take(viewer.counters(isFed: session?.isFed ?? false), unplayable: viewer.unplayable)
        mediaBytes = viewer.mediaBytes
        startupMs = viewer.firstRelease?.milliseconds(since: started)
        guard let session else { return }
        peer = session.id?.description
        reconnects = session.feed.reconnects
        let counters = session.counters
        bytesFromPeers = counters.bytesFromPeers
        bytesFromForwards = counters.bytesFromForwards
        let bytes = bytesFromPeers + bytesFromForwards
        offload = bytes > 0 ? Double(bytesFromPeers) / Double(bytes) : 0
        bytesUseless = counters.bytesUseless
        overheadBytes = counters.overheadBytes
        uploadBytes = counters.uploadBytes
        dropsForChildren = counters.dropsForChildren
        badPieces = counters.badPieces
        repairs = counters.repairs
        repairMs = counters.repairMs
        piecesRequested = counters.piecesRequested
        let snapshot = session.snapshot
        parents = snapshot.stripes.enumerated().compactMap { stripe, state in
            switch state.primary {
            case .forward: session.feed.forward.map { Parent(stripe: stripe, forward: $0) }
            case .peer(let peer): Parent(stripe: stripe, peer: peer.description)
            case nil: nil
            }
        }
        children = snapshot.children.count
        capacity = snapshot.capacity
        depth = snapshot.stripes.map(\.depth).max() ?? 0
        links = snapshot.links
    }
}
