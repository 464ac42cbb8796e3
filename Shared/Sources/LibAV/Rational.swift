import CLibAV

/// A fraction, as libav expresses time bases (seconds per tick) and frame rates (frames per second).
public struct Rational: Hashable, Sendable {
    /// Upper part.
    public var numerator: Int32
    /// Lower part; 0 in an unknown rate.
    public var denominator: Int32

    /// The fraction `numerator / denominator`.
    public init(_ numerator: Int32, _ denominator: Int32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The 90 kHz clock that MPEG-TS (ISO/IEC 13818-1) and this project's broadcast clock count in.
    public static let ninetyKilohertz = Rational(1, 90_000)

    /// True when both parts are above zero.
    public var isPositive: Bool { numerator > 0 && denominator > 0 }

    /// The fraction as a number; 0 for a zero denominator.
    public var value: Double { denominator == 0 ? 0 : Double(numerator) / Double(denominator) }

    init(_ value: AVRational) { self.init(value.num, value.den) }

    var libav: AVRational { AVRational(num: numerator, den: denominator) }
}

/// `ticks` of one clock in ticks of another, to nearest; "no timestamp" stays itself.
func rescale(_ ticks: Int64, from source: Rational, to target: Rational) -> Int64 {
    guard ticks != p2p_AV_NOPTS_VALUE else { return ticks }
    return av_rescale_q(ticks, source.libav, target.libav)
}
