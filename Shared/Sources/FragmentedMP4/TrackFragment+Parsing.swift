import CoreTypes

extension Fragment.TrackFragment {
    /// Bit of the sample flags: the sample is no sync sample (ISO/IEC 14496-12 §8.8.3.1).
    private static let isNonSync: UInt32 = 0x1_0000

    /// Reads a `traf`. Throws `MP4Error`.
    init(_ box: Box, header: InitSegment) throws(MP4Error) {
        let boxes = try box.children()
        guard let headerBox = boxes.first(where: { $0.type == "tfhd" }) else { throw .missing("tfhd", in: "traf") }
        guard let timeBox = boxes.first(where: { $0.type == "tfdt" }) else { throw .missing("tfdt", in: "traf") }
        let defaults = try SampleDefaults(headerBox, header: header)
        var time = timeBox.reader
        let version = try time.versionAndFlags().version
        let timeStart = time.index
        switch version {
        case 0: baseMediaDecodeTime = UInt64(try time.number(UInt32.self))
        case 1: baseMediaDecodeTime = try time.number()
        default: throw .badField("tfdt", name: "version")
        }
        timeRange = timeStart..<time.index
        var totals = RunTotals()
        var runs = 0
        for run in boxes where run.type == "trun" {
            guard runs < Fragment.runsMax else { throw .tooMany("trun", limit: Fragment.runsMax) }
            runs += 1
            try totals.add(run, defaults: defaults)
        }
        track = defaults.track
        sampleCount = totals.sampleCount
        duration = totals.duration
        startsWithSyncSample = totals.firstFlags.map { $0 & Self.isNonSync == 0 } ?? false
    }
}

/// The values of samples whose run does not say (`tfhd`, ISO/IEC 14496-12 §8.8.7).
private struct SampleDefaults {
    let track: UInt32
    let duration: UInt32
    let flags: UInt32

    init(_ box: Box, header: InitSegment) throws(MP4Error) {
        var reader = box.reader
        let present = try reader.versionAndFlags().flags
        let id: UInt32 = try reader.number()
        guard let declared = header.track(id) else { throw .unknownTrack(id) }
        track = id
        if present & 0x01 != 0 { try reader.skip(8) }
        if present & 0x02 != 0 { try reader.skip(4) }
        duration = present & 0x08 != 0 ? try reader.number() : declared.defaultSampleDuration
        if present & 0x10 != 0 { try reader.skip(4) }
        flags = present & 0x20 != 0 ? try reader.number() : declared.defaultSampleFlags
    }
}

/// Adds up the runs of a track fragment (`trun`, ISO/IEC 14496-12 §8.8.8).
private struct RunTotals {
    var sampleCount: UInt64 = 0
    var duration: UInt64 = 0
    var firstFlags: UInt32?

    mutating func add(_ box: Box, defaults: SampleDefaults) throws(MP4Error) {
        var reader = box.reader
        let present = try reader.versionAndFlags().flags
        let count: UInt32 = try reader.number()
        if present & 0x01 != 0 { try reader.skip(4) }
        let firstSampleFlags: UInt32? = present & 0x04 != 0 ? try reader.number() : nil
        let hasDuration = present & 0x100 != 0, hasSize = present & 0x200 != 0
        let hasFlags = present & 0x400 != 0, hasOffset = present & 0x800 != 0
        let entryBytes = [hasDuration, hasSize, hasFlags, hasOffset].count { $0 } * 4
        // Refuses a count that the bytes cannot hold before anything is looped over.
        guard Int(count) * entryBytes <= reader.remaining else { throw .truncated("trun") }
        guard count > 0 else { return }
        var flags = firstSampleFlags ?? defaults.flags
        if hasFlags {
            var first = reader
            try first.skip((hasDuration ? 4 : 0) + (hasSize ? 4 : 0))
            let own: UInt32 = try first.number()
            flags = firstSampleFlags ?? own
        }
        if firstFlags == nil { firstFlags = flags }
        var sum: UInt64 = 0
        if hasDuration {
            for _ in 0..<count {
                sum += UInt64(try reader.number(UInt32.self))
                try reader.skip(entryBytes - 4)
            }
        } else {
            sum = UInt64(count) * UInt64(defaults.duration)
        }
        let (total, overflow) = duration.addingReportingOverflow(sum)
        guard !overflow else { throw .badField("trun", name: "sample_duration") }
        duration = total
        sampleCount += UInt64(count)
    }
}
