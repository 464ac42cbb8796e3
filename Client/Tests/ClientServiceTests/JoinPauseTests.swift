import Testing

@testable import ClientService

/// Pauses between attempts to get a place.
struct JoinPauseTests {
    private func pauses(_ failures: Int, _ retryAfter: String?) -> ClosedRange<Int64> {
        JoinPause.milliseconds(
            failures: failures, retryAfter: retryAfter, chance: 0)...JoinPause.milliseconds(
                failures: failures, retryAfter: retryAfter, chance: 1)
    }

    @Test func `they grow up to five seconds`() {
        for (index, ms) in [200, 400, 800, 1_600, 3_200, 5_000, 5_000].enumerated() {
            #expect(pauses(index + 1, nil) == Int64(ms)...Int64(ms + 100))
        }
        #expect(pauses(.max, nil) == 5_000...5_100)
    }

    @Test func `a tracker may ask for longer ones, up to a minute`() {
        #expect(pauses(1, "1") == 1_000...1_350)
        #expect(pauses(7, "1") == 5_000...5_350)
        #expect(pauses(1, "60") == 60_000...75_100)
        #expect(pauses(1, "9223372036854775807") == 60_000...75_100)
        for nonsense in ["", "-5", "soon", "9223372036854775808", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            #expect(pauses(1, nonsense) == 200...300)
        }
    }
}
