import CoreTypes

/// What a sample entry (ISO/IEC 14496-12 §8.5.2, §12) says about codec and picture.
struct SampleEntry {
    let codec: String
    let width: Int
    let height: Int

    /// Bytes of fields before the boxes of a visual entry (§12.1.3).
    private static let visualBytes = 78
    /// Bytes of fields before the boxes of an audio entry (§12.2.3).
    private static let audioBytes = 28

    init(_ box: Box, kind: InitSegment.Track.Kind) throws(MP4Error) {
        var width = 0, height = 0
        if kind == .video {
            var reader = box.reader
            try reader.skip(24)
            width = Int(try reader.number(UInt16.self))
            height = Int(try reader.number(UInt16.self))
        }
        self.width = width
        self.height = height
        switch box.type {
        case "avc1", "avc3":
            codec = try CodecString.h264(box.type, try box.child("avcC", skipping: Self.visualBytes))
        case "vp09": codec = try CodecString.vp9(try box.child("vpcC", skipping: Self.visualBytes))
        case "av01": codec = try CodecString.av1(try box.child("av1C", skipping: Self.visualBytes))
        case "mp4a": codec = try CodecString.mpeg4Audio(try box.child("esds", skipping: Self.audioBytes))
        case "Opus": codec = "opus"
        case "fLaC": codec = "flac"
        default: codec = box.type.description
        }
    }
}
