import CoreTypes

/// What a viewer's token and its reason entitle it to.
public struct PoolClaim: Hashable, Sendable {
    /// Who placed the viewer, as its token says.
    public enum Standing: Hashable, Sendable, CaseIterable {
        /// The coordinate: it lives off forwards alone, within their limits on viewers and egress.
        case direct
        /// A tracker: it is a peer of a swarm.
        case peer
        /// A tracker, and it is a root of a stripe.
        case root
    }

    /// Who placed it.
    public let standing: Standing
    /// What it says it needs.
    public let reason: ForwardReason

    /// A claim; nil when a peer asks as a root and is none. What a direct viewer says makes no difference: without a
    /// tracker it takes all stripes as a root does.
    public init?(standing: Standing, reason: ForwardReason) {
        guard reason != .root || standing != .peer else { return nil }
        self.standing = standing
        self.reason = reason
    }

    /// Units of the pool that an answer with `stripes` stripes takes: a root's own stripe is no fall-back.
    public func units(stripes: Int) -> Int {
        switch standing {
        case .direct: 0
        case .peer: stripes
        case .root: reason == .root ? 0 : max(0, stripes - 1)
        }
    }
}
