/// The sound of the test picture: 100 ms of 1 kHz at each full second, silence between.
public struct TestTone: Sendable {
    private let sampleRate: Int
    private let wave: [Float]

    /// Sound of `sampleRate` samples a second, at least 8,000.
    public init(sampleRate: Int) {
        let rate = max(8_000, sampleRate)
        self.sampleRate = rate
        let fade = rate / 200
        let length = rate / 10
        // A resonator yields the sine without a mathematics library: s[n] = 2 cos(w) s[n-1] - s[n-2].
        let angle = 2 * Double.pi * 1_000 / Double(rate)
        let (sine, cosine) = Self.sineAndCosine(angle)
        var (before, now) = (-sine, 0.0)
        wave = (0..<length).map { index in
            // 5 ms in and out, or the edges would click.
            let envelope = min(1, Double(min(index, length - 1 - index)) / Double(fade))
            defer { (before, now) = (now, 2 * cosine * now - before) }
            return Float(0.25 * envelope * now)
        }
    }

    /// `count` samples, the first of which sounds `sample` samples after a full second; -1 … 1.
    public func samples(from sample: Int64, count: Int) -> [Float] {
        (0..<max(0, count)).map { index in
            let phase = Int((sample &+ Int64(index)) % Int64(sampleRate))
            return phase >= 0 && phase < wave.count ? wave[phase] : 0
        }
    }

    /// Taylor series; the angle is below 0.8, where six terms are exact to a double.
    private static func sineAndCosine(_ angle: Double) -> (sine: Double, cosine: Double) {
        var sine = 0.0, cosine = 0.0, term = 1.0
        for order in 0..<20 {
            switch order % 4 {
            case 0: cosine += term
            case 1: sine += term
            case 2: cosine -= term
            default: sine -= term
            }
            term *= angle / Double(order + 1)
        }
        return (sine, cosine)
    }
}
