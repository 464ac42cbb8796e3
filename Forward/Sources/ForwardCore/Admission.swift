/// Whether a forward takes one more viewer: limits on their number and on what is sent to them.
public struct Admission: Sendable {
    /// Most endless answers at once.
    public let viewersMax: Int
    /// Most bits a second sent; 0 for no limit.
    public let egressBitsPerSecondMax: Int

    /// Limits.
    public init(viewersMax: Int, egressBitsPerSecondMax: Int) {
        self.viewersMax = viewersMax
        self.egressBitsPerSecondMax = egressBitsPerSecondMax
    }

    /// True when a viewer of a stream of `streamBitsPerSecond` fits beside `viewers` that are there. They are sent
    /// `egress` bits a second, averaged over some seconds, and will need `committed`: those who came together a moment
    /// ago are in that alone.
    public func admits(viewers: Int, egress: Int, committed: Int, streamBitsPerSecond: Int) -> Bool {
        guard viewers < viewersMax else { return false }
        guard egressBitsPerSecondMax > 0 else { return true }
        return max(egress, committed) <= egressBitsPerSecondMax - streamBitsPerSecond
    }
}
