/// Turns broadcast times into the sample times of one output track: strictly rising decode times, a duration for every
/// sample, and pictures and sound on the exact grid of their rates although FLV and Matroska round to milliseconds.
public struct SampleClock: Sendable {
    /// What the track carries, with what is known about its samples.
    public enum Kind: Sendable, Hashable {
        /// Pictures; `frameDuration` in ticks of the track is used where the container states none.
        case video(frameDuration: Int64?)
        /// Sound; `frameSamples` is the fixed number of samples of each coded frame, nil when it varies.
        case audio(frameSamples: Int64?)
    }

    /// One sample's times in ticks of the track.
    public struct Sample: Sendable, Hashable {
        /// Presentation time, never before `dts`.
        public var pts: Int64
        /// Decode time, above that of the sample before.
        public var dts: Int64
        /// Duration, at least 1.
        public var duration: Int64
    }

    private let kind: Kind
    private let timeBase: TimeBase
    /// No sample may start before this; what the session before has already written.
    private let floor: Int64
    private var last: Sample?
    private var isAfterCut = false

    /// A clock that counts in `timeBase` and places nothing before `floor` (90 kHz).
    public init(_ kind: Kind, timeBase: TimeBase, floor: Int64) {
        self.kind = kind
        self.timeBase = timeBase
        self.floor = TimeBase.broadcast.convert(max(0, floor), to: timeBase)
    }

    /// Places a sample at `pts` and `dts` (90 kHz) that lasts `duration` (90 kHz, 0 when unknown). Nil when it must be
    /// dropped, because its place is already taken.
    public mutating func place(pts: Int64, dts: Int64, duration: Int64) -> Sample? {
        let sample: Sample?
        switch kind {
        case .video(let frameDuration):
            sample = placePicture(pts: pts, dts: dts, duration: duration, frameDuration: frameDuration)
        case .audio(let frameSamples):
            sample = placeSound(dts: dts, duration: duration, frameSamples: frameSamples)
        }
        if let sample {
            last = sample
            isAfterCut = false
        }
        return sample
    }

    /// The chunk ends with the sample placed last: the next one must not start within its duration, because the muxer
    /// has stated that duration already.
    public mutating func noteCut() { isAfterCut = true }

    private func placePicture(pts: Int64, dts: Int64, duration: Int64, frameDuration: Int64?) -> Sample? {
        let stated = TimeBase.broadcast.convert(dts, to: timeBase)
        let present = TimeBase.broadcast.convert(pts, to: timeBase)
        guard stated >= 0 else { return nil }
        var decode = stated
        if let last {
            let due = last.dts + last.duration
            if (decode &- due).magnitude <= UInt64(pictureRoundingMax) { decode = due }
            // A picture out of order is squeezed in: dropping it would break those that refer to it.
            decode = max(decode, isAfterCut ? due : last.dts + 1)
        }
        let length = pictureDuration(TimeBase.broadcast.convert(duration, to: timeBase), frameDuration: frameDuration)
        return Sample(pts: max(present + (decode - stated), decode), dts: decode, duration: length)
    }

    /// The nominal duration where the stated one is its rounding to milliseconds.
    private func pictureDuration(_ stated: Int64, frameDuration: Int64?) -> Int64 {
        guard let frameDuration else { return max(1, stated > 0 ? stated : last?.duration ?? 1) }
        let isRounding = (stated &- frameDuration).magnitude <= UInt64(pictureRoundingMax)
        return max(1, stated > 0 && !isRounding ? stated : frameDuration)
    }

    /// Differences up to a millisecond, and a tick for our own rounding, are a container's rounding.
    private var pictureRoundingMax: Int64 { TimeBase(1, 1000).convert(1, to: timeBase) + 1 }

    private func placeSound(dts: Int64, duration: Int64, frameSamples: Int64?) -> Sample? {
        var decode = TimeBase.broadcast.convert(dts, to: timeBase)
        let stated = TimeBase.broadcast.convert(duration, to: timeBase)
        let length = max(1, frameSamples ?? (stated > 0 ? stated : last?.duration ?? 1))
        if let last {
            let due = last.dts + last.duration
            if (decode &- due).magnitude <= UInt64(roundingMax) { decode = due }
            guard decode >= due else { return nil }
        }
        guard decode >= floor else { return nil }
        return Sample(pts: decode, dts: decode, duration: length)
    }

    /// Differences up to 40 ms are a container's rounding, not a hole.
    private var roundingMax: Int64 { TimeBase(1, 25).convert(1, to: timeBase) }
}
