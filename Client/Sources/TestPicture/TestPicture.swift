/// The test picture: colour bars, a moving block, the time of drawing in figures and as a barcode, and a counter.
public struct TestPicture: Sendable {
    /// The picture drawn last.
    public private(set) var picture: Picture
    private let background: Picture

    /// Pictures of this size; odd sizes are cut to even ones.
    public init(width: Int, height: Int) {
        var background = Picture(width: width, height: height)
        let barHeight = background.height * 3 / 5
        for (index, color) in Self.bars.enumerated() {
            let left = background.width * index / Self.bars.count
            let right = background.width * (index + 1) / Self.bars.count
            background.fill(x: left, y: 0, width: right - left, height: barHeight, color)
        }
        self.background = background
        picture = background
    }

    /// Draws frame `number` as of `wall`, milliseconds since the Unix epoch.
    public mutating func draw(number: Int, wall: Int64) {
        picture = background
        let unit = max(2, picture.height / 18 & ~1)
        let track = picture.width - 2 * unit
        // 3 pixels in each frame at 640, back and forth, so that every frame differs from the one before.
        let step = number * max(2, picture.width / 213) % (2 * max(1, track))
        let x = step < track ? step : 2 * track - step
        picture.fill(x: x, y: picture.height * 3 / 5, width: 2 * unit, height: 2 * unit, .white)
        let scale = max(1, picture.width / 110)
        picture.draw(Self.clock(wall), x: 4 * scale, y: picture.height * 3 / 4, scale: scale, .white)
        picture.draw(
            "#\(number)", x: 4 * scale, y: picture.height * 3 / 4 + 9 * scale, scale: max(1, scale / 2), .white)
        TimeBarcode.draw(wall, into: &picture)
    }

    /// 75 % bars: grey, yellow, cyan, green, magenta, red, blue (ITU-R BT.471, as BT.601 codes).
    private static let bars: [Picture.Color] = [
        Picture.Color(180, 128, 128), Picture.Color(162, 44, 142), Picture.Color(131, 156, 44),
        Picture.Color(112, 72, 58), Picture.Color(84, 184, 198), Picture.Color(65, 100, 212),
        Picture.Color(35, 212, 114),
    ]

    /// `HH:MM:SS.mmm UTC`.
    static func clock(_ wall: Int64) -> String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let time = max(0, wall) % 86_400_000
        return "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):"
            + "\(padded(time / 1_000 % 60, 2)).\(padded(time % 1_000, 3)) UTC"
    }
}
