import CoreTypes
import Testing

@testable import SwarmCore

/// Swarms that come apart, and what follows for their roots.
struct UnrestTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    @Test func `a fifth that left lately makes restless, less than a tenth calm`() {
        var unrest = Unrest()
        func look(_ seconds: Int64, peers: Int = 30) -> Bool {
            unrest.look(peers: peers, now: start.advanced(byMilliseconds: seconds * 1_000))
            return unrest.isRestless
        }
        #expect(!look(0))
        unrest.left(5, now: start)
        #expect(!look(1))
        unrest.left(1, now: start)
        #expect(look(1) && look(29))
        // Half a window later half of them are lately: 3 of 30.
        #expect(look(44) && !look(46))
        unrest.left(3, now: start.advanced(byMilliseconds: 46_000))
        #expect(!look(46))
        #expect(look(47, peers: 15))
        #expect(!look(3_600))
        #expect(!look(3_600, peers: 0))
    }

    @Test func `the roots for it begin at 25 and end at 20, and are presumed of a swarm put together again`() {
        var unrest = Unrest()
        func roots(_ peers: Int, left: Int) -> Int {
            unrest.left(left, now: start)
            unrest.look(peers: peers, now: start)
            return unrest.rootLimit
        }
        #expect(roots(24, left: 24) == 0 && roots(25, left: 0) == 4)
        #expect(roots(20, left: 0) == 4 && roots(19, left: 0) == 0 && roots(24, left: 0) == 0)
        var other = Unrest()
        other.presume(peers: 21, now: start)
        #expect(other.rootLimit == 4)
        other.look(peers: 21, now: start.advanced(byMilliseconds: 60_000))
        #expect(other.rootLimit == 0)
    }

    @Test(arguments: [30, 36])
    func `a swarm has two roots while it is calm, and four while many come and go`(peers: Int) throws {
        var swarm = Swarm(seed: 1, now: start)
        var mirror = Mirror()
        var generator = SeededGenerator(seed: 2)
        var now = start
        func apply(_ body: (inout Swarm, inout [SwarmEvent]) -> Void) {
            var events: [SwarmEvent] = []
            body(&swarm, &events)
            mirror.take(events)
        }
        func join() {
            apply { swarm, events in
                let id = RandomID(using: &generator)
                mirror.place(id, swarm.join(id, capacity: 2, now: now, into: &events))
            }
        }
        func pass(_ seconds: Int) {
            for _ in 0..<seconds {
                now = now.advanced(byMilliseconds: 1_000)
                apply { $0.advance(now: now, into: &$1) }
            }
        }
        for _ in 0..<peers { join() }
        pass(10)
        #expect(swarm.rootLimit == 2)
        for _ in 0..<10 {
            let id = try #require(mirror.ids.first)
            swarm.leave(id, now: now)
            mirror.remove(id)
            pass(1)
            join()
        }
        #expect(swarm.rootLimit == 4)
        try mirror.check(swarm, "while many come and go")
        pass(60)
        #expect(swarm.count == peers && swarm.rootLimit == 2)
        #expect((0..<2).allSatisfy { swarm.overlay.rootCount(stripe: $0) == 2 })
        try mirror.check(swarm, "calm again")
    }
}
