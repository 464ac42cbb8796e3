/// An 8-bit 4:2:0 picture (ITU-R BT.601, limited range): brightness in full resolution, colour in half.
public struct Picture: Sendable {
    /// One colour.
    public struct Color: Hashable, Sendable {
        /// Brightness, 16 (black) … 235 (white).
        public var luma: UInt8
        /// Blue difference, 128 for grey.
        public var cb: UInt8
        /// Red difference, 128 for grey.
        public var cr: UInt8

        /// A colour of the given parts.
        public init(_ luma: UInt8, _ cb: UInt8, _ cr: UInt8) {
            self.luma = luma
            self.cb = cb
            self.cr = cr
        }

        /// Black.
        public static let black = Color(16, 128, 128)
        /// White.
        public static let white = Color(235, 128, 128)
    }

    /// Pixels in a row; even.
    public let width: Int
    /// Rows; even.
    public let height: Int
    /// Brightness, row by row.
    public private(set) var luma: [UInt8]
    /// Blue difference, half as many rows of half as many values.
    public private(set) var cb: [UInt8]
    /// Red difference, likewise.
    public private(set) var cr: [UInt8]

    /// A black picture; odd sizes are cut to even ones.
    public init(width: Int, height: Int) {
        self.width = max(2, width & ~1)
        self.height = max(2, height & ~1)
        luma = [UInt8](repeating: Color.black.luma, count: self.width * self.height)
        cb = [UInt8](repeating: 128, count: self.width * self.height / 4)
        cr = cb
    }

    /// Fills a rectangle; what lies outside the picture is left out. Its colour covers whole blocks of 2 × 2 pixels.
    public mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Color) {
        let columns = max(0, x)..<max(max(0, x), min(self.width, x + width))
        let rows = max(0, y)..<max(max(0, y), min(self.height, y + height))
        guard !columns.isEmpty, !rows.isEmpty else { return }
        for row in rows {
            let start = row * self.width
            for column in columns { luma[start + column] = color.luma }
        }
        for row in (rows.lowerBound / 2)..<((rows.upperBound + 1) / 2) {
            let start = row * (self.width / 2)
            for column in (columns.lowerBound / 2)..<((columns.upperBound + 1) / 2) {
                cb[start + column] = color.cb
                cr[start + column] = color.cr
            }
        }
    }
}
