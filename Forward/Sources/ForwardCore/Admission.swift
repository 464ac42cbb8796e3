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

    /// True when a viewer of a stream of `bitsPerSecond` fits beside `viewers` that are there and `egress` bits a
    /// second that are sent.
    public func admits(viewers: Int, egress: Int, streamBitsPerSecond: Int) -> Bool {
        guard viewers < viewersMax else { return false }
        return egressBitsPerSecondMax == 0 || egress + streamBitsPerSecond <= egressBitsPerSecondMax
    }
}
