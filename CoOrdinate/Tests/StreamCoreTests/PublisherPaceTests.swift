import CoreTypes
import StreamCore
import Testing

@Suite struct PublisherPaceTests {
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)

    /// Chunks of 200 ms, one every `everyMs`; how often there was a complaint.
    private func complaints(everyMs: Int64, chunks: Int64) -> Int {
        var pace = PublisherPace()
        return (0..<chunks).count { number in
            pace.isNewlyTooFast(duration: 18_000, now: start.advanced(byMilliseconds: number * everyMs))
        }
    }

    @Test func `real time for hours is no reason to complain`() {
        #expect(complaints(everyMs: 200, chunks: 50_000) == 0)
    }

    @Test func `slower than real time is none either`() { #expect(complaints(everyMs: 2_000, chunks: 1_000) == 0) }

    @Test func `a file at full speed is complained of once`() { #expect(complaints(everyMs: 1, chunks: 5_000) == 1) }

    @Test func `a buffer sent at once is fine`() { #expect(complaints(everyMs: 0, chunks: 50) == 0) }
}
