/// What is always true of an overlay, by number. `checkInvariants` checks the first nine and the last of a state; the
/// others are about operations, and only who sees the state before and after can check them: the tests do.
public enum Invariant: Int, CaseIterable, Hashable, Sendable {
    /// Each peer has one parent in each stripe, which is in the overlay.
    case parents = 1
    /// The parent is interior in that stripe; a peer is interior in one stripe exactly when it has capacity.
    case roles
    /// A peer has as many children as are counted and as its list holds, and no more than its capacity.
    case children
    /// Every way up ends at the server.
    case acyclic
    /// Depth is that of the parent + 1, and 1 for roots.
    case depth
    /// Each peer is in the bucket that its kind and depth say, and in no other, once per stripe.
    case buckets
    /// The counts of slots, attached peers, roots and live peers are right.
    case counts
    /// The changes that operations return, and nothing else, make one topology the next.
    case changes
    /// With R of 4 or more and no broken pairs there are no overflow roots while there are open slots, once ticks have
    /// nothing left to do; and where all have capacity 2 not even before, while as many come as go.
    case overflow
    /// Where all have capacity 2, R is 4 or more and as many come as go, no tree is ever deeper than
    /// ceil(log2(N/R + 1)).
    case bound
    /// An arrival changes at most capacity + K + 2 (K − 1) links: its own, those of the peer it displaces and of that
    /// one's children, and of two children of each peer that changes its role. A departure changes at most
    /// 2 × capacity + 3 where all have the same capacity and can connect, 2 × capacity + 12 anywhere.
    case economy
    /// A departure whose place another peer takes leaves the depths of the orphans, and so of all below them, as they were;
    /// those of others change only below peers that the repair moved.
    case stability
    /// The same configuration and operations give the same changes.
    case determinism
    /// Rebuilding an undamaged overlay from reports in any order changes nothing.
    case rebuilding
    /// Once ticks have nothing left to do: when all peers fit at the server they are there.
    case direct
}

/// An invariant that does not hold.
public struct InvariantViolation: Hashable, Sendable, CustomStringConvertible {
    /// Which one.
    public let invariant: Invariant
    /// Who breaks it and how.
    public let what: String

    /// A violation.
    public init(_ invariant: Invariant, _ what: String) {
        self.invariant = invariant
        self.what = what
    }

    /// As "invariant 5 (depth): peer 3, …".
    public var description: String { "invariant \(invariant.rawValue) (\(invariant)): \(what)" }
}
