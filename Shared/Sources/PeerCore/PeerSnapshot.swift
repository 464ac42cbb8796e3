import CoreTypes

/// How a viewer stands in its swarm, for statistics and `/debug`.
public struct PeerSnapshot: Sendable {
    /// One stripe.
    public struct Stripe: Sendable {
        /// Who sends it.
        public var primary: Source?
        /// Who helps out.
        public var rescue: Source?
        /// What the tracker said of the depth; 0 before.
        public var depth: Int
    }

    /// By stripe.
    public var stripes: [Stripe]
    /// Viewers that get a stripe from here.
    public var children: [(stripe: Int, peer: PeerID)]
    /// Children that can be fed, and what the links have carried lately in bytes a second.
    public var capacity: Int, carriedBytesPerSecond: Int
    /// Links that are open, in whatever role.
    public var links: Int
    /// The newest chunk of which a manifest is here.
    public var newest: UInt64
    /// Bytes that the chunks of the window take.
    public var storedBytes: Int
}

extension PeerMachine {
    /// How things are now.
    public var snapshot: PeerSnapshot {
        PeerSnapshot(
            stripes: intakes.map { intake in
                PeerSnapshot.Stripe(
                    primary: intake.primary ?? intake.rescue, rescue: intake.rescue,
                    depth: intake.assignment?.depth ?? 0)
            },
            children: links.flatMap { link in
                link.child.subscriptions.filter { $0.until == nil }.map { ($0.stripe, link.peer) }
            },
            capacity: uplink.capacity, carriedBytesPerSecond: uplink.carriedBytesPerSecond,
            links: links.count { $0.isOpen }, newest: store.newest, storedBytes: store.reservedBytes)
    }
}
