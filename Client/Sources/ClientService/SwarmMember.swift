import CoreTypes
import EventLoop
import PlayoutCore

/// One viewer of `client swarm`.
@LoopActor
final class SwarmMember {
    let viewer: Viewer
    let session: PeerSession
    let started = Clock.now
    let verify: VerifyOutput?
    var firstFrame: MonotonicInstant?
    /// When it leaves; nil for not before the end.
    let until: MonotonicInstant?

    init(viewer: Viewer, session: PeerSession, verify: VerifyOutput?, until: MonotonicInstant?) {
        self.viewer = viewer
        self.session = session
        self.verify = verify
        self.until = until
    }

    var statistics: PlayoutStatistics {
        var statistics = PlayoutStatistics()
        statistics.take(viewer, session, since: started)
        if let verify {
            statistics.framesDecoded = verify.framesDecoded
            statistics.decodeErrors = verify.decodeErrors
        }
        return statistics
    }
}
