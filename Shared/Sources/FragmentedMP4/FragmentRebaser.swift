import CoreTypes

/// Moves chunks to the time of an output: each track's decode time by the session's offset, and the numbers of the
/// movie fragments to those of the output. Nothing else changes, and the length stays.
public struct FragmentRebaser: Sendable {
    /// Ticks per second of the offset.
    public static let ticksPerSecond: UInt64 = 90_000

    private let header: InitSegment

    /// Works on chunks that belong to `header`.
    public init(header: InitSegment) { self.header = header }

    /// A copy of `chunk` on the time of the output.
    /// - Parameters:
    ///   - chunk: whole boxes with at least one `moof`.
    ///   - offset: what to add to all decode times, in 1/90,000 s; may be negative. A track of another timescale gets
    ///     ⌊offset · timescale / 90,000⌋: less than one of its ticks off, and the same for every chunk of the session,
    ///     so that nothing drifts.
    ///   - sequenceNumber: number of the first movie fragment; further ones in the same chunk count on.
    /// Throws `MP4Error`; `timeOutOfRange` when a time would become negative or exceed its field (32 bits of version 0,
    /// 64 bits of version 1).
    public func rebase(
        _ chunk: ArraySlice<UInt8>, offset: Int64, sequenceNumber: UInt32
    ) throws(MP4Error) -> [UInt8] {
        let fragment = try Fragment(chunk, header: header)
        var output = Array(chunk)
        let base = chunk.startIndex
        for part in fragment.tracks {
            guard let track = header.track(part.track) else { throw .unknownTrack(part.track) }
            guard let time = Self.shifted(part.baseMediaDecodeTime, by: offset, timescale: track.timescale),
                part.timeRange.count == 8 || time <= UInt64(UInt32.max)
            else { throw .timeOutOfRange(track: part.track) }
            Self.put(time, into: &output, at: (part.timeRange.lowerBound - base)..<(part.timeRange.upperBound - base))
        }
        var number = sequenceNumber
        for index in fragment.numberIndices {
            Self.put(UInt64(number), into: &output, at: (index - base)..<(index - base + 4))
            number &+= 1
        }
        return output
    }

    /// Where an output that begins with `chunk` should begin, in 1/90,000 s, so that no track's time becomes negative:
    /// sound may lag behind pictures. That is 1 s, for sound that begins in a later chunk, and as much more as a track of
    /// this one begins before `decodeTime`, the chunk's media time. Throws `MP4Error`.
    public func outputStart(_ chunk: ArraySlice<UInt8>, decodeTime: UInt64) throws(MP4Error) -> UInt64 {
        var start = Self.ticksPerSecond
        for part in try Fragment(chunk, header: header).tracks {
            guard let track = header.track(part.track), track.timescale > 0 else { continue }
            let time = part.baseMediaDecodeTime.multipliedFullWidth(by: Self.ticksPerSecond)
            guard time.high < track.timescale else { continue }
            let begin = UInt64(track.timescale).dividingFullWidth(time).quotient
            if begin < decodeTime { start = max(start, decodeTime - begin + Self.ticksPerSecond) }
        }
        return start
    }

    /// `time` plus ⌊offset · timescale / 90,000⌋; nil when that is negative or does not fit 64 bits.
    static func shifted(_ time: UInt64, by offset: Int64, timescale: UInt32) -> UInt64? {
        let product = offset.magnitude.multipliedFullWidth(by: UInt64(timescale))
        guard product.high < ticksPerSecond else { return nil }
        let (quotient, remainder) = ticksPerSecond.dividingFullWidth(product)
        if offset >= 0 {
            let (sum, overflow) = time.addingReportingOverflow(quotient)
            return overflow ? nil : sum
        }
        let (distance, carry) = quotient.addingReportingOverflow(remainder == 0 ? 0 : 1)
        return carry || distance > time ? nil : time - distance
    }

    private static func put(_ number: UInt64, into bytes: inout [UInt8], at range: Range<Int>) {
        var rest = number
        for index in range.reversed() {
            bytes[index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }
}
