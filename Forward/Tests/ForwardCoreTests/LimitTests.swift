import CoreTypes
import Testing

@testable import ForwardCore

@Suite struct LimitTests {
    @Test func viewersAreAdmittedUpToTheirMost() {
        let admission = Admission(viewersMax: 2, egressBitsPerSecondMax: 0)
        #expect(admission.admits(viewers: 1, egress: .max, committed: .max, streamBitsPerSecond: 1))
        #expect(!admission.admits(viewers: 2, egress: 0, committed: 0, streamBitsPerSecond: 1))
    }

    @Test func aStreamMustFitIntoWhatIsLeftOfTheEgress() {
        let admission = Admission(viewersMax: 100, egressBitsPerSecondMax: 10_000_000)
        #expect(admission.admits(viewers: 0, egress: 8_000_000, committed: 0, streamBitsPerSecond: 2_000_000))
        #expect(!admission.admits(viewers: 0, egress: 8_000_001, committed: 0, streamBitsPerSecond: 2_000_000))
    }

    @Test func viewersWhoJustCameCountThoughLittleWasSentToThem() {
        let admission = Admission(viewersMax: 100, egressBitsPerSecondMax: 10_000_000)
        #expect(admission.admits(viewers: 4, egress: 0, committed: 8_000_000, streamBitsPerSecond: 2_000_000))
        #expect(!admission.admits(viewers: 5, egress: 0, committed: 10_000_000, streamBitsPerSecond: 2_000_000))
    }

    @Test func egressIsTheRateOfTheLastSeconds() {
        var meter = EgressMeter(windowMs: 5_000)
        let start = MonotonicInstant(nanoseconds: 0)
        #expect(meter.bitsPerSecond == 0)
        meter.sample(bytes: 1_000, now: start)
        #expect(meter.bitsPerSecond == 0)
        meter.sample(bytes: 126_000, now: start.advanced(byMilliseconds: 1_000))
        #expect(meter.bitsPerSecond == 1_000_000)
        // After more than five seconds of silence nothing of it is left.
        for second in 2...8 { meter.sample(bytes: 126_000, now: start.advanced(byMilliseconds: Int64(second) * 1_000)) }
        #expect(meter.bitsPerSecond == 0)
    }
}
