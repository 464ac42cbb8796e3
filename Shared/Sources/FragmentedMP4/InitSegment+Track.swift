import CoreTypes

extension InitSegment.Track {
    /// Reads a `trak` (ISO/IEC 14496-12 §8.3 to §8.5). Throws `MP4Error`.
    init(_ box: Box, defaults: [TrackDefaults]) throws(MP4Error) {
        let id = try Self.trackID(try box.child("tkhd"))
        let media = try box.child("mdia")
        let timescale = try Self.timescale(try media.child("mdhd"))
        let kind = try Self.kind(try media.child("hdlr"))
        let table = try media.child("minf").child("stbl")
        let entries = try table.child("stsd").children(skipping: 8)
        guard let entry = entries.first else { throw .missing("entry", in: "stsd") }
        let description = try SampleEntry(entry, kind: kind)
        guard let values = defaults.first(where: { $0.track == id }) else { throw .missing("trex", in: "mvex") }
        self.init(
            id: id, kind: kind, timescale: timescale, format: entry.type, codec: description.codec,
            width: description.width, height: description.height, defaultSampleDuration: values.duration,
            defaultSampleFlags: values.flags)
    }

    private static func trackID(_ box: Box) throws(MP4Error) -> UInt32 {
        var reader = box.reader
        let version = try reader.versionAndFlags().version
        try reader.skip(version == 1 ? 16 : 8)
        let id: UInt32 = try reader.number()
        guard id != 0 else { throw .badField("tkhd", name: "track_ID") }
        return id
    }

    private static func timescale(_ box: Box) throws(MP4Error) -> UInt32 {
        var reader = box.reader
        let version = try reader.versionAndFlags().version
        try reader.skip(version == 1 ? 16 : 8)
        let timescale: UInt32 = try reader.number()
        guard timescale != 0 else { throw .badField("mdhd", name: "timescale") }
        return timescale
    }

    private static func kind(_ box: Box) throws(MP4Error) -> Kind {
        var reader = box.reader
        try reader.skip(8)
        return switch FourCC(rawValue: try reader.number()) {
        case "vide": .video
        case "soun": .audio
        default: .other
        }
    }
}
