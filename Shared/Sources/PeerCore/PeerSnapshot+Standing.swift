import CoreTypes

/// How one stripe of a viewer stands, for whoever watches many viewers closely.
public struct StripeStanding: Sendable {
    /// Who is to send it all the time; nil between two.
    public let primary: Source?
    /// The primary has sent something since it was adopted.
    public let primaryDelivers: Bool
    /// When anything new of the stripe came last, from anybody.
    public let lastProgress: MonotonicInstant?
}

extension PeerMachine {
    /// How a stripe stands now; nil for a stripe that does not exist. Cheaper than `snapshot`.
    public func standing(ofStripe stripe: Int) -> StripeStanding? {
        guard intakes.indices.contains(stripe) else { return nil }
        return StripeStanding(
            primary: intakes[stripe].primary, primaryDelivers: intakes[stripe].primaryDelivers,
            lastProgress: intakes[stripe].lastProgress)
    }
}
