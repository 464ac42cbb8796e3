/// How messages travel between two hosts, in each direction.
public struct PathConditions: Sendable, Hashable {
    /// Milliseconds from one end to the other.
    public var delayMs: Double
    /// Up to so many milliseconds more, drawn for each message: unordered ones then overtake each other.
    public var jitterMs: Double
    /// Probability that a packet is lost, 0...1; nothing is lost for good, a repetition costs a round trip and 50 ms.
    public var loss: Double
    /// Bits per second; nil for as many as there are.
    public var bitsPerSecond: Double?

    /// A path.
    public init(delayMs: Double = 1, jitterMs: Double = 0, loss: Double = 0, bitsPerSecond: Double? = nil) {
        self.delayMs = delayMs
        self.jitterMs = jitterMs
        self.loss = loss
        self.bitsPerSecond = bitsPerSecond
    }
}
