/// Bits a second of media over the last seconds, from the chunks' sizes and durations.
public struct BitrateMeter: Sendable {
    private var chunks: [(bytes: Int, ticks: Int)] = []
    private static let ticksMax = 5 * 90_000
    private static let chunksMax = 500

    /// Nothing measured.
    public init() {}

    /// Adds a chunk of `duration` 90 kHz ticks.
    public mutating func add(bytes: Int, duration: UInt32) {
        chunks.append((bytes, Int(duration)))
        var total = chunks.reduce(0) { $0 + $1.ticks }
        while total > Self.ticksMax || chunks.count > Self.chunksMax, chunks.count > 1 {
            total -= chunks.removeFirst().ticks
        }
    }

    /// 0 before the first chunk.
    public var bitsPerSecond: Int {
        let ticks = chunks.reduce(0) { $0 + $1.ticks }
        return ticks == 0 ? 0 : chunks.reduce(0) { $0 + $1.bytes } * 8 * 90_000 / ticks
    }
}
