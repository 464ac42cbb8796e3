import CoreTypes
import EventLoop
import PlayoutCore

/// When a viewer's first picture was decoded.
@LoopActor
final class FirstFrame {
    var at: MonotonicInstant?
}

/// One viewer of `client swarm`.
@LoopActor
final class SwarmMember {
    let viewer: Viewer
    let session: PeerSession
    let started = Clock.now
    let verify: VerifyOutput?
    let first: FirstFrame
    /// When it leaves; nil for not before the end.
    let until: MonotonicInstant?

    init(
        viewer: Viewer, session: PeerSession, verify: VerifyOutput?, first: FirstFrame, until: MonotonicInstant?
    ) {
        self.first = first
        self.viewer = viewer
        self.session = session
        self.verify = verify
        self.until = until
    }

    var statistics: PlayoutStatistics {
        var statistics = PlayoutStatistics()
        statistics.take(viewer, session, since: started)
        if let verify {
            statistics.startupMs = first.at?.milliseconds(since: started)
            statistics.framesDecoded = verify.framesDecoded
            statistics.decodeErrors = verify.decodeErrors
        }
        return statistics
    }
}
