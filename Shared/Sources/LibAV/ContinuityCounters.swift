/// Numbers transport packets anew per PID, so that several muxers in a row look like one to a receiver
/// (ISO/IEC 13818-1, 2.4.3.3: the counter rises with every packet that has a payload).
struct ContinuityCounters {
    static let packetSize = 188
    private static let payloadFlag: UInt8 = 0x10

    private var next = [UInt8](repeating: 0, count: 1 << 13)

    /// Rewrites the counters of all whole packets in `bytes`.
    mutating func renumber(_ bytes: inout [UInt8]) {
        for start in stride(from: 0, through: bytes.count - Self.packetSize, by: Self.packetSize) {
            let pid = Int(bytes[start + 1] & 0x1f) << 8 | Int(bytes[start + 2])
            let hasPayload = bytes[start + 3] & Self.payloadFlag != 0
            let counter = hasPayload ? next[pid] : (next[pid] &- 1)
            bytes[start + 3] = bytes[start + 3] & 0xf0 | counter & 0x0f
            if hasPayload { next[pid] = (next[pid] &+ 1) & 0x0f }
        }
    }
}
