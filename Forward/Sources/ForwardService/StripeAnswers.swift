import CoreTypes
import EventLoop
import ForwardCore
import HTTPServer
import SafetyNet

/// The open stripe answers of one stream to viewers with tokens: at most one each, within the pool of the swarm.
@LoopActor
final class StripeAnswers {
    private(set) var pool = StripePool()
    private var bodies: [RandomID: (lease: StripePool.Lease, body: any StreamBody)] = [:]

    /// Units in use, by what they were asked for.
    var usedByReason: [ForwardReason: Int] { pool.usedByReason(now: Clock.now) }

    /// Begins an answer of `stripes` stripes in place of the one that the viewer has; `peers` is the size of the swarm.
    /// `makeBody` gets what must be called when the answer has ended. Nil when the pool is exhausted.
    func open(
        stripes: Int, for viewer: RandomID, claim: PoolClaim, peers: Int,
        makeBody: (_ onClosed: @escaping @LoopActor () -> Void) -> any StreamBody
    ) -> (any StreamBody)? {
        pool.peers = peers
        guard let lease = pool.open(stripes: stripes, for: viewer, claim: claim, now: Clock.now) else { return nil }
        bodies[viewer]?.body.end()
        let body = makeBody { [weak self] in self?.closed(lease) }
        bodies[viewer] = (lease, body)
        return body
    }

    /// Whether a viewer has an answer, which a new one ends.
    func has(_ viewer: RandomID) -> Bool { bodies[viewer] != nil }

    /// Admits a chunk or piece; false when the pool is exhausted.
    func takeChunk(for viewer: RandomID, claim: PoolClaim, peers: Int) -> Bool {
        pool.peers = peers
        return pool.takeChunk(for: viewer, claim: claim, now: Clock.now)
    }

    private func closed(_ lease: StripePool.Lease) {
        pool.release(lease)
        if bodies[lease.viewer]?.lease == lease { bodies[lease.viewer] = nil }
    }
}
