import Glibc
import LibAV

/// Reads a media file at the speed it plays, its frames as they are.
final class FileSource: PublishSource {
    private struct Track {
        let streamIndex: Int
        let timeBase: Rational
        let kind: MediaKind
    }

    let tracks: [FragmentMuxer.Track]
    private let path: String
    private let loops: Bool
    private var file: MediaFile
    private let selected: [Track]
    private var pending: (packet: Packet, track: Int, time: Int64)?
    /// What to add to the file's times, in 1/90,000 s: it begins at 0, and each round where the last one ended.
    private var offset: Int64?
    /// What this round shows, by presentation times: with B-frames decode times begin earlier.
    private var shown: (start: Int64, end: Int64)?
    private var lastDecodeTime: [Int64?]

    /// The first picture track and the first sound track of the file. Throws when there is none.
    init(path: String, loops: Bool) throws(AVError) {
        self.path = path
        self.loops = loops
        file = try MediaFile(path: path)
        let streams = try file.streams().filter { !$0.isAttachedPicture }
        let chosen = [MediaKind.video, .audio].compactMap { kind in streams.first { $0.parameters.kind == kind } }
        guard !chosen.isEmpty else { throw AVError(code: -EINVAL, operation: "find pictures or sound in \(path)") }
        selected = chosen.map { Track(streamIndex: $0.index, timeBase: $0.timeBase, kind: $0.parameters.kind) }
        tracks = chosen.map { FragmentMuxer.Track(parameters: $0.parameters, timeBase: $0.timeBase) }
        lastDecodeTime = Array(repeating: nil, count: chosen.count)
        try advance()
    }

    var nextTime: Int64? { pending?.time }

    func next() throws(AVError) -> [PublishPacket] {
        guard let pending else { return [] }
        try advance()
        return [PublishPacket(packet: pending.packet, track: pending.track)]
    }

    /// Frames of a file depend on each other: none is left out.
    func skip(to time: Int64) {}

    private func advance() throws(AVError) {
        pending = nil
        while true {
            guard let packet = try file.read() else {
                guard loops, let round = shown else { return }
                file = try MediaFile(path: path)
                offset = (offset ?? 0) &+ max(1, round.end &- round.start)
                shown = nil
                continue
            }
            guard let position = selected.firstIndex(where: { $0.streamIndex == packet.streamIndex }),
                let time = place(packet, position)
            else { continue }
            pending = (packet, position, time)
            return
        }
    }

    /// Moves the packet to the output's time. Nil when its decode time does not rise, which no container takes.
    private func place(_ packet: Packet, _ position: Int) -> Int64? {
        guard let decodeTime = packet.dts ?? packet.pts else { return nil }
        let timeBase = selected[position].timeBase
        let ticks = Self.ninetyKilohertz(decodeTime, timeBase)
        let offset = offset ?? -ticks
        self.offset = offset
        let start = Self.ninetyKilohertz(packet.pts ?? decodeTime, timeBase)
        let end = start &+ Self.ninetyKilohertz(packet.duration, timeBase)
        shown = (min(start, shown?.start ?? start), max(end, shown?.end ?? end))
        let shift = Self.ticks(offset, timeBase)
        let moved = decodeTime &+ shift
        if let last = lastDecodeTime[position], moved <= last { return nil }
        lastDecodeTime[position] = moved
        packet.dts = moved
        packet.pts = (packet.pts ?? decodeTime) &+ shift
        return ticks &+ offset
    }

    private static func ninetyKilohertz(_ time: Int64, _ timeBase: Rational) -> Int64 {
        Int64(exactly: (Double(time) * timeBase.value * 90_000).rounded()) ?? 0
    }

    private static func ticks(_ time: Int64, _ timeBase: Rational) -> Int64 {
        guard timeBase.isPositive else { return 0 }
        return Int64(exactly: (Double(time) / 90_000 / timeBase.value).rounded()) ?? 0
    }
}
