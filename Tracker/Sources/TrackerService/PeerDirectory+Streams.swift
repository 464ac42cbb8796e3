import CoreTypes
import EventLoop
import ServiceAPI

/// Streams end, and their swarms with them.
extension PeerDirectory {
    private static let checkMs: Int64 = 5_000
    /// A coordinate that has restarted does not know a stream until its publisher is back.
    private static let missingMs: Int64 = 60_000

    /// Asks now and then whether the stream still exists. A swarm ends when the coordinate says that the stream has, or
    /// that it has never heard of it for a minute; one that does not answer says nothing.
    func checkStream(of swarm: LiveSwarm, now: MonotonicInstant) {
        guard now.milliseconds(since: swarm.checkedAt) >= Self.checkMs else { return }
        swarm.checkedAt = now
        lookup.refresh(swarm.stream) { [weak self] answer in
            guard let self, swarms[swarm.stream] === swarm else { return }
            switch answer {
            case .exists(let key):
                swarm.publicKey = key
                swarm.missingSince = nil
            case .unreachable: swarm.missingSince = nil
            case .unknown(let hasEnded):
                let since = swarm.missingSince ?? Clock.now
                swarm.missingSince = since
                if hasEnded || Clock.now.milliseconds(since: since) >= Self.missingMs { end(swarm) }
            }
        }
    }

    /// Whether a forward says that it has a stream.
    func isAtForward(_ stream: StreamName) -> Bool { service.forwards.values.contains { $0.load.has(stream) } }
}
