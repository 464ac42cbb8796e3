import ArgumentParser

/// A share: "0.3" or "30%".
struct ShareArgument: ExpressibleByArgument, CustomStringConvertible {
    /// 0 ... 1.
    let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
        let value = isPercent ? number / 100 : number
        guard (0...1).contains(value) else { return nil }
        self.value = value
    }

    var description: String { "\(value)" }
    var defaultValueDescription: String { description }
}
