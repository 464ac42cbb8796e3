import CoreTypes
import PeerCore
import Testing

/// The order of helpers, one situation after the other.
@Suite struct RescueLadderTests {
    private typealias Situation = RescueLadder.Situation

    private func at(_ ms: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000).advanced(byMilliseconds: ms)
    }

    private func playing(_ change: (inout Situation) -> Void = { _ in }) -> Situation {
        var situation = Situation()
        situation.primary = .peer
        situation.hasBegun = true
        situation.primaryDelivers = true
        situation.primaryIsThere = true
        situation.sinceAdoptionMs = 10_000
        situation.reserveMs = 3_000
        change(&situation)
        return situation
    }

    private func step(_ situation: Situation) -> RescueLadder.Step {
        var ladder = RescueLadder()
        return ladder.next(situation, bufferMs: 3_000, chunkMs: 200, now: at(0))
    }

    /// Looks every tenth of a second for so long, at the same.
    private func step(_ situation: Situation, forMs: Int64) -> RescueLadder.Step {
        var ladder = RescueLadder()
        var step = RescueLadder.Step.wait
        for ms in stride(from: 0, through: forMs, by: 100) {
            step = ladder.next(situation, bufferMs: 3_000, chunkMs: 200, now: at(ms))
        }
        return step
    }

    @Test func whoHasNothingAsksTheForward() {
        #expect(step(Situation()) == .askForward(.start))
        var begun = Situation()
        begun.primary = .forward
        #expect(step(begun) == .wait)
    }

    @Test func theOwnerAsksANeighbourAtOnceAndAForwardWhenLittleIsLeft() {
        let broken = playing {
            $0.primary = .nobody
            $0.sinceProgressMs = 700
            $0.sinceRescueMs = 1 << 40
        }
        #expect(step(broken) == .askNeighbour(orForward: nil))
        var low = broken
        low.reserveMs = 2_400
        #expect(step(low) == .askNeighbour(orForward: .owner))
        low.rescue = .forward
        #expect(step(low) == .wait)
        // A helper gets its time.
        var helped = broken
        helped.rescue = .peer
        helped.sinceRescueMs = 300
        #expect(step(helped) == .wait)
        helped.sinceRescueMs = 500
        #expect(step(helped) == .askNeighbour(orForward: nil))
    }

    @Test func whoDeliversSteadilyIsKeptHoweverLate() {
        let late = playing {
            $0.behindMs = 2_600
            $0.reserveMs = 900
            $0.sincePrimaryProgressMs = 30
        }
        #expect(step(late, forMs: 5_000) == .wait)
        var silent = late
        silent.sincePrimaryProgressMs = 700
        #expect(step(silent, forMs: 5_000) == .lose(.stalled))
        // A neighbour is of no use to whom the parent is only slow, a forward is.
        var empty = late
        empty.reserveMs = 700
        #expect(step(empty, forMs: 5_000) == .askForward(.descendant))
    }

    @Test func aNewParentGetsAsLongAsItWasBehind() {
        let fresh = playing {
            $0.primaryDelivers = false
            $0.behindMs = 600
            $0.sinceAdoptionMs = 1_100
            $0.reserveMs = 2_000
        }
        #expect(step(fresh) == .lose(.stalled))
        var behind = fresh
        behind.primaryIsThere = false
        #expect(step(behind) == .wait)
        behind.sinceAdoptionMs = 3_100
        #expect(step(behind) == .lose(.stalled))
    }

    @Test func starvingIsWaitedFor() {
        let starving = playing {
            $0.isStarving = true
            $0.starvingMs = 3_000
            $0.behindMs = 1_800
            $0.reserveMs = 1_500
            $0.isOutrun = true
            $0.sincePrimaryProgressMs = 2_000
        }
        #expect(step(starving, forMs: 5_000) == .wait)
        var low = starving
        low.reserveMs = 1_100
        #expect(step(low, forMs: 5_000) == .askNeighbour(orForward: nil))
        low.reserveMs = 700
        #expect(step(low, forMs: 5_000) == .askForward(.descendant))
        var long = starving
        long.starvingMs = 4_100
        #expect(step(long, forMs: 5_000) == .lose(.starving))
        // Nobody has anything new: then it is the publisher's silence.
        long.isOutrun = false
        #expect(step(long, forMs: 5_000) == .wait)
    }

    @Test func aHelperIsLetGoWhenTheParentIsBack() {
        let back = playing {
            $0.rescue = .forward
            $0.behindMs = 200
            $0.sincePrimaryProgressMs = 40
        }
        #expect(step(back) == .endRescue)
    }
}
