import Testing

@testable import ClientService

/// Pauses between attempts to get a place.
struct JoinPauseTests {
    private func pauses(_ failures: Int, _ retryAfter: String?) -> ClosedRange<Int64> {
        var generator = SystemRandomNumberGenerator()
        let drawn = (0..<2_000).map { _ in
            JoinPause.milliseconds(failures: failures, retryAfter: retryAfter, using: &generator)
        }
        return (drawn.min() ?? 0)...(drawn.max() ?? 0)
    }

    private func expect(_ failures: Int, _ retryAfter: String?, within range: ClosedRange<Int64>) {
        let drawn = pauses(failures, retryAfter)
        #expect(range.contains(drawn.lowerBound) && range.contains(drawn.upperBound), "\(failures) \(retryAfter ?? "")")
        #expect(drawn.upperBound - drawn.lowerBound > (range.upperBound - range.lowerBound) / 2)
    }

    @Test func `they grow up to five seconds`() {
        for (index, ms) in [200, 400, 800, 1_600, 3_200, 5_000, 5_000].enumerated() {
            expect(index + 1, nil, within: Int64(ms)...Int64(ms + 100))
        }
        expect(.max, nil, within: 5_000...5_100)
    }

    @Test func `a tracker may ask for longer ones, up to a minute`() {
        expect(1, "1", within: 1_000...1_350)
        expect(7, "1", within: 5_000...5_350)
        expect(1, "60", within: 60_000...75_100)
        expect(1, "9223372036854775807", within: 60_000...75_100)
        for nonsense in ["", "-5", "soon", "9223372036854775808", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            expect(1, nonsense, within: 200...300)
        }
    }
}
