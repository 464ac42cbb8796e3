import CoreTypes
import MediaWire
import PeerCore
import TestSupport
import Testing

/// How links and connections to forwards begin, one machine at a time.
@Suite struct LinkBeginningTests {
    private func at(_ ms: Int64) -> PeerTime {
        PeerTime(monotonic: MonotonicInstant(nanoseconds: UInt64(1_000 + ms) * 1_000_000), wall: 1_000_000 + ms)
    }

    private func machine(_ id: PeerID) -> PeerMachine {
        var machine = PeerMachine(PeerConfiguration(), hash: testHash, verify: { _ in nil })
        machine.join(as: id)
        return machine
    }

    private let small = SwarmWorld.id(1), large = SwarmWorld.id(2)

    @Test("when both offer at once one offer counts, and nothing is lost")
    func bothOffer() {
        for (me, other, isTaken) in [(small, large, false), (large, small, true)] {
            var machine = machine(me)
            machine.assign(Assignment(stripe: 0, source: .peer(other), grandparent: nil, depth: 2), now: at(0))
            #expect(machine.takeActions().contains { if case .connect(other, _) = $0 { true } else { false } })
            #expect(machine.offered(by: other, relay: nil, now: at(10)) == isTaken)
            machine.opened(other, now: at(300))
            let actions = machine.takeActions()
            #expect(!actions.contains { if case .reportLost = $0 { true } else { false } }, "\(actions)")
            #expect(machine.openPeers == [other])
        }
    }

    @Test("an offer that has led to nothing is given up, sooner once links have come about fast")
    func giveUp() {
        func lostAt(after setUpsMs: [Int64]) -> Int64? {
            var machine = machine(small)
            var now: Int64 = 0
            for (number, took) in setUpsMs.enumerated() {
                let peer = SwarmWorld.id(10 + number)
                machine.assign(Assignment(stripe: 0, source: .peer(peer), grandparent: nil, depth: 2), now: at(now))
                machine.opened(peer, now: at(now + took))
                now += took + 10
            }
            _ = machine.takeActions()
            machine.assign(Assignment(stripe: 1, source: .peer(large), grandparent: nil, depth: 2), now: at(now))
            for ms in stride(from: Int64(100), through: 4_000, by: 100) {
                machine.tick(now: at(now + ms))
                for action in machine.takeActions() {
                    if case .reportLost(1, large, .unreachable) = action { return ms }
                }
            }
            return nil
        }
        #expect(lostAt(after: []) == 2_600)
        #expect(lostAt(after: [100, 100, 100]) == 900)
        #expect(lostAt(after: [100, 600, 100]) == 1_300)
    }

    @Test("a root keeps what is its own when the forward has no room for more")
    func root() {
        var machine = machine(small)
        machine.assign(Assignment(stripe: 0, source: .forward, grandparent: nil, depth: 1), now: at(0))
        machine.assign(Assignment(stripe: 1, source: .peer(large), grandparent: nil, depth: 2), now: at(0))
        machine.tick(now: at(100))
        func wishes() -> [([Int], ForwardReason)] {
            machine.takeActions().compactMap {
                if case .takeFromForward(let stripes, _, let why) = $0 { (stripes, why) } else { nil }
            }
        }
        #expect(wishes().last.map { $0.0 == [0, 1] && $0.1 == .start } ?? false)
        machine.forwardRefused(retryMs: 1_000, now: at(150))
        #expect(wishes().last.map { $0.0 == [0] && $0.1 == .root } ?? false)
    }
}
