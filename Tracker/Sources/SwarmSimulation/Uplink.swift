/// The upload of a viewer: what is sent goes out one after the other.
struct Uplink {
    /// Bytes a second; nil for no limit.
    private let bytesPerSecond: Double?
    /// In microseconds.
    private var freeAt: Int64 = 0

    /// What the declared children take and some more; who declares none has half a stripe for talking.
    init(_ scenario: Scenario, capacity: Int) {
        guard !scenario.network.isUploadUnlimited else {
            bytesPerSecond = nil
            return
        }
        let stripe = Double(scenario.bitrate) / 8 / Double(SimulatedStream.stripeCount)
        bytesPerSecond = stripe * max(0.5, Double(capacity) * (1 + max(0, scenario.headroom)))
    }

    /// When the last of `bytes` leaves, in milliseconds of the clock that shows `now`.
    mutating func send(_ bytes: Int, now: Int64) -> Int64 {
        guard let bytesPerSecond else { return now }
        freeAt = max(freeAt, now * 1_000) + Int64(Double(bytes) * 1e6 / bytesPerSecond)
        return (freeAt + 999) / 1_000
    }
}
