/// The upload of a viewer. The links that have something to send share it evenly, as flows through one bottleneck do; what
/// goes over one link goes out one after the other.
struct Uplink {
    /// Bytes a second; nil for no limit.
    private let bytesPerSecond: Double?
    /// By link: when it has sent everything, in microseconds.
    private var busy: [(peer: Int32, until: Int64)] = []

    /// Manifests, headers and signs of life, on top of the media.
    private static let overhead = 0.06

    /// What the declared children take and some more; who declares none has half a stripe for talking.
    init(_ scenario: Scenario, capacity: Int) {
        guard !scenario.network.isUploadUnlimited else {
            bytesPerSecond = nil
            return
        }
        let stripe = Double(scenario.bitrate) / 8 / Double(SimulatedStream.stripeCount) * (1 + Self.overhead)
        bytesPerSecond = stripe * max(0.5, Double(capacity) * (1 + max(0, scenario.headroom)))
    }

    /// When the last of `bytes` to `peer` leaves, in milliseconds of the clock that shows `now`.
    mutating func send(_ bytes: Int, to peer: Int32, now: Int64) -> Int64 {
        guard let bytesPerSecond else { return now }
        let now = now * 1_000
        busy.removeAll { $0.until <= now }
        let position = busy.firstIndex { $0.peer == peer }
        let sharers = Double(busy.count + (position == nil ? 1 : 0))
        let took = Int64(Double(bytes) * sharers * 1e6 / bytesPerSecond)
        guard let position else {
            busy.append((peer, now + took))
            return (now + took + 999) / 1_000
        }
        busy[position].until += took
        return (busy[position].until + 999) / 1_000
    }
}
