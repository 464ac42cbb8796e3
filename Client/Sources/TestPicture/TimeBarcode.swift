/// A time in milliseconds since the Unix epoch as 48 black or white cells along the top of a picture, most significant
/// bit first: what a test reads out of decoded brightness to know when a picture was drawn. In a picture 640 pixels wide
/// a cell is 12 × 16 pixels and the first one begins at x = 16; other widths scale that.
public enum TimeBarcode {
    /// Cells, and bits of the time.
    public static let bits = 48
    /// Narrowest picture whose cells survive encoding, in pixels.
    public static let widthMin = 216

    /// Draws the low 48 bits of `wall`.
    public static func draw(_ wall: Int64, into picture: inout Picture) {
        let geometry = Geometry(width: picture.width)
        picture.fill(x: 0, y: 0, width: picture.width, height: geometry.cellHeight, .black)
        for bit in 0..<bits where wall >> Int64(bits - 1 - bit) & 1 == 1 {
            picture.fill(
                x: geometry.left + bit * geometry.cellWidth, y: 0, width: geometry.cellWidth,
                height: geometry.cellHeight, .white)
        }
    }

    /// Reads the time from a decoded picture; nil when it is too narrow, or a cell is neither black nor white.
    /// - Parameters:
    ///   - width: pixels in a row.
    ///   - luma: brightness at column x of row y, nil outside the picture.
    public static func read(width: Int, luma: (_ x: Int, _ y: Int) -> UInt8?) -> Int64? {
        guard width >= widthMin else { return nil }
        let geometry = Geometry(width: width)
        var wall: Int64 = 0
        for bit in 0..<bits {
            let x = geometry.left + bit * geometry.cellWidth + geometry.cellWidth / 2
            guard let value = luma(x, geometry.cellHeight / 2), !(96...160).contains(value) else { return nil }
            wall = wall << 1 | (value > 128 ? 1 : 0)
        }
        return wall
    }

    /// Even numbers throughout, so that cells cover whole blocks of colour.
    private struct Geometry {
        let cellWidth: Int
        let cellHeight: Int
        let left: Int

        init(width: Int) {
            cellWidth = max(2, width * 12 / 640 & ~1)
            cellHeight = max(4, width * 16 / 640 & ~1)
            left = max(0, min(width * 16 / 640, width - TimeBarcode.bits * cellWidth) & ~1)
        }
    }
}
