import CLibAV

/// A decoded picture, lent to a callback of `DecodeVerifier` and not valid after it.
public struct DecodedPicture: ~Copyable {
    private let frame: UnsafePointer<AVFrame>
    /// Presentation time in the 90 kHz clock of the stream.
    public let pts: Int64
    /// Sequence of the chunk whose decoding gave the picture (with B-frames, one of a later chunk than its own).
    public let sequence: UInt64

    init(_ frame: Frame, pts: Int64, sequence: UInt64) {
        self.frame = UnsafePointer(frame.pointer)
        self.pts = pts
        self.sequence = sequence
    }

    /// Width in pixels.
    public var width: Int { Int(frame.pointee.width) }
    /// Height in pixels.
    public var height: Int { Int(frame.pointee.height) }

    /// Brightness of the pixel in column `x` of row `y`; nil outside the picture and for formats without 8-bit luma.
    public func luma(x: Int, y: Int) -> UInt8? {
        guard (0..<width).contains(x), (0..<height).contains(y), hasPlanarLuma, let plane = frame.pointee.data.0 else {
            return nil
        }
        return plane[y * Int(frame.pointee.linesize.0) + x]
    }

    /// All brightness values, row by row; empty for formats without 8-bit luma.
    public func copyLuma() -> [UInt8] {
        guard hasPlanarLuma, let plane = frame.pointee.data.0 else { return [] }
        var luma: [UInt8] = []
        luma.reserveCapacity(width * height)
        for row in 0..<height {
            luma.append(
                contentsOf: UnsafeBufferPointer(start: plane + row * Int(frame.pointee.linesize.0), count: width))
        }
        return luma
    }

    private var hasPlanarLuma: Bool {
        let formats = [
            AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_GRAY8,
            AV_PIX_FMT_NV12,
        ]
        return formats.contains { $0.rawValue == frame.pointee.format }
    }
}
