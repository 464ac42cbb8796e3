/// Seconds per tick of a clock, as a fraction.
public struct TimeBase: Hashable, Sendable {
    /// Upper part, above zero.
    public let numerator: Int64
    /// Lower part, above zero.
    public let denominator: Int64

    /// The fraction; parts outside 1…2³¹−1 are clamped, so that arithmetic on hostile values stays defined.
    public init(_ numerator: some BinaryInteger, _ denominator: some BinaryInteger) {
        self.numerator = Int64(Int32(clamping: numerator)).clamped(to: 1...Int64(Int32.max))
        self.denominator = Int64(Int32(clamping: denominator)).clamped(to: 1...Int64(Int32.max))
    }

    /// The broadcast clock: 90 kHz.
    public static let broadcast = TimeBase(1, 90_000)

    /// Largest magnitude that `convert` returns. A few of them add up without overflow.
    public static let ticksMax: Int64 = 1 << 60

    /// `ticks` of this clock in ticks of `other`, to nearest, halves away from zero; clamped to ±`ticksMax`.
    public func convert(_ ticks: Int64, to other: TimeBase) -> Int64 {
        if self == other { return ticks.clamped(to: -Self.ticksMax...Self.ticksMax) }
        // Both products stay below 2^62.
        let multiplier = UInt64(numerator * other.denominator), divisor = UInt64(denominator * other.numerator)
        let product = ticks.magnitude.multipliedFullWidth(by: multiplier)
        guard product.high < divisor else { return ticks < 0 ? -Self.ticksMax : Self.ticksMax }
        let (quotient, remainder) = divisor.dividingFullWidth(product)
        let rounded = remainder >= divisor - remainder ? quotient &+ 1 : quotient
        let magnitude = Int64(clamping: min(rounded, UInt64(Self.ticksMax)))
        return ticks < 0 ? -magnitude : magnitude
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
