/// Merges two tracks by decode time. Fragmented MP4 stores each fragment's samples track by track, so that one track
/// comes a whole fragment before the other.
public struct Interleaver<Payload> {
    /// One track may be ahead by at most this, or by `heldMax` samples, then it goes on alone: 3 s in 90 kHz.
    static var leadMax: Int64 { 270_000 }
    /// Samples held of one track at most.
    static var heldMax: Int { 1024 }

    private var held: [[(dts: Int64, payload: Payload)]] = [[], []]

    /// An interleaver of tracks 0 and 1.
    public init() {}

    /// Takes the next sample of `track` with its decode time (90 kHz), and returns those whose turn has come.
    public mutating func add(_ payload: Payload, dts: Int64, track: Int) -> [Payload] {
        guard held.indices.contains(track) else { return [payload] }
        held[track].append((dts, payload))
        var ready: [Payload] = []
        var taken = [0, 0]
        while let next = next(after: taken) {
            ready.append(held[next][taken[next]].payload)
            taken[next] += 1
        }
        for index in held.indices { held[index].removeFirst(taken[index]) }
        return ready
    }

    /// Everything that is still held, in order.
    public mutating func finish() -> [Payload] {
        defer { held = [[], []] }
        return (held[0] + held[1]).sorted { $0.dts < $1.dts }.map(\.payload)
    }

    private func next(after taken: [Int]) -> Int? {
        let left = held.indices.map { held[$0].count - taken[$0] }
        if left[0] > 0, left[1] > 0 { return held[1][taken[1]].dts < held[0][taken[0]].dts ? 1 : 0 }
        for track in held.indices where left[track] > 0 {
            let first = held[track][taken[track]].dts, last = held[track][held[track].count - 1].dts
            let (lead, overflow) = last.subtractingReportingOverflow(first)
            if left[track] > Self.heldMax || overflow || lead > Self.leadMax || lead < 0 { return track }
        }
        return nil
    }
}
