/// Maps the clock of one publisher session onto the stream's broadcast clock.
///
/// It undoes the wraps of short timestamps (33 bits in MPEG-TS), re-bases on jumps (an FLV clock that starts again, an
/// encoder that is restarted behind a proxy), and lets a session follow the one before without a hole. All arithmetic
/// is defined for any input.
public struct SourceTimeline: Sendable {
    /// A packet's times as the container gave them.
    public struct Source: Sendable {
        /// Presentation time; nil when not stated.
        public var pts: Int64?
        /// Decode time; nil when not stated.
        public var dts: Int64?
        /// Duration; 0 when not stated.
        public var duration: Int64
        /// Clock of all three.
        public var timeBase: TimeBase
        /// Bits after which the clock starts again at zero; 63 and more mean never.
        public var wrapBits: Int

        /// The times of one packet.
        public init(pts: Int64?, dts: Int64?, duration: Int64, timeBase: TimeBase, wrapBits: Int) {
            self.pts = pts
            self.dts = dts
            self.duration = duration
            self.timeBase = timeBase
            self.wrapBits = wrapBits
        }
    }

    /// A packet's times on the broadcast clock.
    public struct Mapped: Sendable, Hashable {
        /// Presentation time, 90 kHz; at most 10 s after `dts`, never before.
        public var pts: Int64
        /// Decode time, 90 kHz.
        public var dts: Int64
        /// True for the first packet after a jump of the source's clock.
        public var isJump: Bool
    }

    /// Which time of a track's first packet defines the session's place on the broadcast clock.
    public enum Anchor: Sendable, Hashable {
        /// The decode time: samples are passed on as they are.
        case decode
        /// The presentation time: samples are decoded, and come out in that order.
        case presentation
    }

    private struct Track: Sendable {
        var anchor: Anchor
        var raw: Int64?
        var unwrapped: Int64 = 0
        var duration: Int64 = 0
        /// Where the next packet is due on the broadcast clock.
        var expected: Int64?
        /// Shift of this track alone, when its clock has nothing to do with the others'.
        var ownOffset: Int64?
        var strays = 0
    }

    /// A step forward beyond this is a jump: 10 s.
    static let stepMax: Int64 = 10 * 90_000
    /// A step back beyond this is a jump: 1 s. Less is a source's disorder, for the sample clock to mend.
    static let stepMin: Int64 = -90_000
    /// Packets of one track in a row that fit nowhere before that track gets a shift of its own.
    static let straysMax = 50

    /// Latest start: 3000 years, and exact in a JavaScript number.
    static let startMax: Int64 = 1 << 53

    private let start: Int64
    private var offset: Int64?
    private var tracks: [Track]
    /// The last unwrapped time of any track, by which another track's first packet chooses its turn of the clock.
    private var reference: (unwrapped: Int64, timeBase: TimeBase)?

    /// Jumps so far.
    public private(set) var jumps = 0

    /// A session of tracks with these anchors, whose first packet is to lie at `start` on the broadcast clock.
    public init(start: Int64, anchors: [Anchor]) {
        self.start = start.clamped(to: 0...Self.startMax)
        tracks = anchors.map { Track(anchor: $0) }
    }

    /// Places one packet. Nil for a packet that belongs to the clock before a jump and must be dropped.
    public mutating func map(_ source: Source, track index: Int) -> Mapped? {
        guard tracks.indices.contains(index) else { return nil }
        let raw = decodeTime(of: source, track: index)
        let unwrapped = unwrap(raw, of: source, track: index)
        let dts = source.timeBase.convert(unwrapped, to: .broadcast)
        let isJump = isJump(to: unwrapped, of: source, track: index)
        if isJump { rebase() }
        let delay = compositionDelay(of: source, dts: raw)
        guard let place = place(dts, delay: delay, track: index) else { return nil }
        note(raw: raw, unwrapped: unwrapped, place: place, of: source, track: index)
        return Mapped(pts: place + delay, dts: place, isJump: isJump)
    }

    private func decodeTime(of source: Source, track index: Int) -> Int64 {
        if let stated = source.dts ?? source.pts { return stated }
        let track = tracks[index]
        return track.raw.map { $0 &+ max(1, track.duration) } ?? 0
    }

    /// The turn of the clock that lies nearest to the packet before.
    private func unwrap(_ raw: Int64, of source: Source, track index: Int) -> Int64 {
        guard (1..<63).contains(source.wrapBits) else { return raw }
        if let before = tracks[index].raw {
            return tracks[index].unwrapped &+ Self.step(from: before, to: raw, wrapBits: source.wrapBits)
        }
        guard let reference, reference.timeBase == source.timeBase else { return raw }
        return reference.unwrapped &+ Self.step(from: reference.unwrapped, to: raw, wrapBits: source.wrapBits)
    }

    /// The shortest signed way from one time to another on a clock of `wrapBits` bits.
    static func step(from: Int64, to: Int64, wrapBits: Int) -> Int64 {
        // Shifting the difference to the top and back down extends its sign.
        let spare = Int64(64 - wrapBits)
        return ((to &- from) << spare) >> spare
    }

    private func isJump(to unwrapped: Int64, of source: Source, track index: Int) -> Bool {
        guard tracks[index].raw != nil else { return false }
        let (difference, overflow) = unwrapped.subtractingReportingOverflow(tracks[index].unwrapped)
        let step = source.timeBase.convert(difference, to: .broadcast)
        return overflow || step > Self.stepMax || step < Self.stepMin
    }

    private mutating func rebase() {
        jumps += 1
        offset = nil
        reference = nil
        for index in tracks.indices {
            tracks[index].raw = nil
            tracks[index].ownOffset = nil
        }
    }

    /// Where `dts` lies on the broadcast clock. The first packet of a session, and the first after a jump, defines the
    /// shift; it continues its own track.
    private mutating func place(_ dts: Int64, delay: Int64, track index: Int) -> Int64? {
        let lead = tracks[index].anchor == .presentation ? delay : 0
        let due = (tracks[index].expected ?? start) &- lead
        guard let shift = tracks[index].ownOffset ?? offset else {
            offset = due &- dts
            return due
        }
        let place = dts &+ shift
        let edge = tracks.compactMap(\.expected).max() ?? start
        let distance = place.subtractingReportingOverflow(edge)
        if !distance.overflow, (Self.stepMin * 10...Self.stepMax).contains(distance.partialValue) {
            tracks[index].strays = 0
            return place
        }
        // Left over from before a jump of another track, unless it goes on and on.
        tracks[index].strays += 1
        guard tracks[index].strays > Self.straysMax else { return nil }
        tracks[index].strays = 0
        tracks[index].ownOffset = edge &- dts
        return edge
    }

    private mutating func note(raw: Int64, unwrapped: Int64, place: Int64, of source: Source, track index: Int) {
        tracks[index].raw = raw
        tracks[index].unwrapped = unwrapped
        if source.duration > 0 { tracks[index].duration = source.duration }
        let duration = source.timeBase.convert(tracks[index].duration, to: .broadcast)
        tracks[index].expected = place + duration.clamped(to: 0...Self.stepMax)
        reference = (unwrapped, source.timeBase)
    }

    private func compositionDelay(of source: Source, dts: Int64) -> Int64 {
        guard let pts = source.pts else { return 0 }
        let isWrapping = (1..<63).contains(source.wrapBits)
        let (plain, overflow) = pts.subtractingReportingOverflow(dts)
        guard !overflow || isWrapping else { return 0 }
        let delay = isWrapping ? Self.step(from: dts, to: pts, wrapBits: source.wrapBits) : plain
        return source.timeBase.convert(delay, to: .broadcast).clamped(to: 0...Self.stepMax)
    }
}
