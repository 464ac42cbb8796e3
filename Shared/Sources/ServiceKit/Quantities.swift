import ArgumentParser

/// A length of time as people write it on a command line: `250ms`, `3s`, `2m`, `1h`, or a bare number of seconds.
public struct DurationArgument: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    /// The length in milliseconds.
    public let milliseconds: Int64

    /// A length of time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Parses the text form; nil when it is none, negative, or over a year.
    public init?(argument: String) {
        let units: [(suffix: String, factor: Double)] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]
        let unit = units.first { argument.hasSuffix($0.suffix) } ?? ("", 1_000)
        guard let number = Double(argument.dropLast(unit.suffix.count)), number.isFinite, number >= 0,
            number * unit.factor <= 366 * 86_400_000
        else { return nil }
        milliseconds = Int64((number * unit.factor).rounded())
    }

    /// The shortest exact text form.
    public var description: String {
        milliseconds.isMultiple(of: 1_000) ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }

    /// Shown in `--help`.
    public var defaultValueDescription: String { description }
}

/// A data rate in bits a second: `500k`, `2.5M`, `1G`, or a bare number.
public struct RateArgument: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    /// Bits a second.
    public let bitsPerSecond: Int

    /// A rate.
    public init(bitsPerSecond: Int) { self.bitsPerSecond = bitsPerSecond }

    /// Parses the text form; nil when it is none, negative, or above 1 Tbit/s.
    public init?(argument: String) {
        let units: [(suffix: Character, factor: Double)] = [
            ("k", 1e3), ("K", 1e3), ("m", 1e6), ("M", 1e6), ("g", 1e9), ("G", 1e9),
        ]
        let unit = units.first { argument.last == $0.suffix }
        guard let number = Double(unit == nil ? argument[...] : argument.dropLast()), number.isFinite, number >= 0,
            number * (unit?.factor ?? 1) <= 1e12
        else { return nil }
        bitsPerSecond = Int((number * (unit?.factor ?? 1)).rounded())
    }

    /// Text with the largest fitting unit.
    public var description: String {
        switch bitsPerSecond {
        case 1_000_000... where bitsPerSecond.isMultiple(of: 100_000): "\(Double(bitsPerSecond) / 1e6)M"
        case 1_000... where bitsPerSecond.isMultiple(of: 100): "\(Double(bitsPerSecond) / 1e3)k"
        default: "\(bitsPerSecond)"
        }
    }

    /// Shown in `--help`.
    public var defaultValueDescription: String { description }
}
