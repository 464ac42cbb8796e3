import Testing

@testable import ServiceKit

@Suite struct QuantityTests {
    @Test(arguments: [("3s", 3_000), ("250ms", 250), ("2", 2_000), ("1.5m", 90_000), ("1h", 3_600_000), ("0", 0)])
    func durations(text: String, milliseconds: Int64) throws {
        let duration = try #require(DurationArgument(argument: text))
        #expect(duration.milliseconds == milliseconds)
        #expect(DurationArgument(argument: duration.description) == duration)
    }

    @Test(arguments: [("500k", 500_000), ("2.5M", 2_500_000), ("1G", 1_000_000_000), ("9", 9), ("0", 0)])
    func rates(text: String, bitsPerSecond: Int) throws {
        let rate = try #require(RateArgument(argument: text))
        #expect(rate.bitsPerSecond == bitsPerSecond)
        #expect(RateArgument(argument: rate.description) == rate)
    }

    @Test(arguments: ["", "s", "-1s", "nan", "inf", "1e99", "3 s", "ms", "1d", "\u{661}s"])
    func whatIsNoQuantityIsRefused(text: String) {
        #expect(DurationArgument(argument: text) == nil)
        #expect(RateArgument(argument: text.replacing("s", with: "M")) == nil)
    }
}
