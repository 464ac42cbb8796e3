import CoreTypes
import TestSupport
import Testing

@testable import PeerCore

/// A viewer's uplink and its children, as a fluid: what one child does not get waits for it.
private struct Uplink {
    var meter: UplinkMeter
    var bytesPerSecond: Double
    /// What one child needs, in bytes a second.
    var stripe = 30_000.0
    /// Children that the tracker could give it.
    var demand = 20
    var isHeldBack = false
    /// Milliseconds of stream that wait for each child.
    var waiting: [Double] = []
    var backlogs: [Backlog] = []
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    /// Every capacity that was declared, in order.
    var declared: [Int]
    var stuckTicks = 0

    init(_ meter: UplinkMeter, bytesPerSecond: Double) {
        self.meter = meter
        self.bytesPerSecond = bytesPerSecond
        declared = [meter.capacity]
    }

    mutating func run(ms: Int64) {
        for _ in 0..<(ms / 100) { tick() }
    }

    private mutating func tick() {
        now = now.advanced(byMilliseconds: 100)
        // The tracker follows at once; a child that leaves takes what waits for it along.
        let count = min(meter.capacity, demand)
        while waiting.count > count {
            waiting.removeLast()
            backlogs.removeLast()
        }
        while waiting.count < count {
            waiting.append(0)
            backlogs.append(Backlog())
        }
        var room = bytesPerSecond / 10
        for child in waiting.indices {
            let wants = stripe / 10 + waiting[child] * stripe / 1_000
            let gets = min(wants, room / Double(waiting.count - child))
            room -= gets
            meter.carried(Int(gets))
            waiting[child] = min(3_000, max(0, (wants - gets) / stripe * 1_000))
            backlogs[child].note(ms: Int64(waiting[child]), now: now)
        }
        var view = UplinkMeter.View()
        view.children = waiting.count
        view.links = waiting.count
        view.stuckLinks = backlogs.count { $0.isStuck }
        view.waitingMs = Int64(waiting.max() ?? 0)
        view.stripeBytesPerSecond = Int(stripe)
        view.isHeldBack = isHeldBack
        stuckTicks += view.stuckLinks > 0 ? 1 : 0
        meter.look(view, now: now)
        if meter.capacity != declared.last { declared.append(meter.capacity) }
    }

    /// How often less was declared than before.
    var retreats: Int { zip(declared, declared.dropFirst()).count { $1 < $0 } }
}

struct UplinkMeterTests {
    @Test func beforeAnythingIsMeasuredItIsTwo() {
        #expect(UplinkMeter().capacity == 2)
        #expect(UplinkMeter(limitBytesPerSecond: 0).capacity == 0)
        #expect(UplinkMeter(childrenMax: 0).capacity == 0)
        #expect(UplinkMeter(start: 20, childrenMax: 20).capacity == 8)
    }

    @Test func whoIsNeverFullRisesStepByStep() {
        var uplink = Uplink(UplinkMeter(), bytesPerSecond: 10_000_000)
        uplink.run(ms: 4_000)
        #expect(uplink.meter.capacity == 2)
        uplink.run(ms: 60_000)
        #expect(uplink.declared == [2, 3, 4, 5, 6, 7, 8])
    }

    @Test func whoHasNoMoreChildrenDeclaresNoMore() {
        var uplink = Uplink(UplinkMeter(), bytesPerSecond: 10_000_000)
        uplink.demand = 1
        uplink.run(ms: 60_000)
        #expect(uplink.declared == [2])
    }

    @Test func childrenThatTakeNothingProveNothing() {
        var uplink = Uplink(UplinkMeter(), bytesPerSecond: 10_000_000)
        uplink.stripe = 0
        uplink.run(ms: 10_000)
        // Nothing comes from above: nobody waits, and nothing is carried.
        var view = UplinkMeter.View()
        (view.children, view.links, view.stripeBytesPerSecond) = (8, 8, 30_000)
        var meter = uplink.meter
        let before = meter.capacity
        for step in 1...100 { meter.look(view, now: uplink.now.advanced(byMilliseconds: Int64(step) * 1_000)) }
        #expect(meter.capacity == before)
    }

    @Test func anUplinkThatBreaksDownIsToldWithinThreeSeconds() {
        var uplink = Uplink(UplinkMeter(start: 4), bytesPerSecond: 10_000_000)
        uplink.demand = 4
        uplink.run(ms: 10_000)
        #expect(uplink.meter.capacity >= 4)
        uplink.bytesPerSecond = 45_000
        uplink.run(ms: 3_000)
        // 80 % of one and a half stripes.
        #expect(uplink.meter.capacity == 1)
        #expect(uplink.meter.fullBytesPerSecond.map { (40_000...50_000).contains($0) } == true)
        uplink.run(ms: 30_000)
        #expect(uplink.meter.capacity == 1 && uplink.retreats == 1)
    }

    @Test func aLimitIsABoundAndNotAPromise() {
        // 80 % of 100 kB/s feed two children of 40 kB/s.
        var uplink = Uplink(UplinkMeter(limitBytesPerSecond: 100_000, start: 1), bytesPerSecond: 10_000_000)
        uplink.stripe = 40_000
        uplink.run(ms: 60_000)
        #expect(uplink.declared == [1, 2])
        // A rate that varies a little costs nobody its parent; one that stays higher does.
        uplink.stripe = 42_000
        uplink.run(ms: 5_000)
        #expect(uplink.meter.capacity == 2)
        uplink.stripe = 45_000
        uplink.run(ms: 200)
        #expect(uplink.meter.capacity == 1)
    }

    @Test func oneChildThatTakesNothingIsItsOwnFault() {
        var view = UplinkMeter.View()
        (view.children, view.links, view.stuckLinks, view.stripeBytesPerSecond) = (2, 2, 1, 30_000)
        var meter = UplinkMeter()
        let now = MonotonicInstant(nanoseconds: 1_000_000_000)
        for step in 0..<300 { meter.look(view, now: now.advanced(byMilliseconds: Int64(step) * 100)) }
        #expect(meter.capacity == 2)
        view.isHeldBack = true
        meter.look(view, now: now.advanced(byMilliseconds: 40_000))
        #expect(meter.capacity < 2)
    }

    @Test func aChildThatCatchesUpIsNotStuck() {
        var backlog = Backlog()
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        for ms in stride(from: Int64(5_000), to: 0, by: -20) {
            now = now.advanced(byMilliseconds: 100)
            backlog.note(ms: ms, now: now)
            #expect(!backlog.isStuck, "\(ms)")
        }
        for _ in 0..<20 {
            now = now.advanced(byMilliseconds: 100)
            backlog.note(ms: 3_000, now: now)
        }
        #expect(backlog.isStuck)
        backlog.note(ms: 100, now: now)
        #expect(!backlog.isStuck)
    }

    /// Whatever the uplink: in the end its children are served, it is used, and it does not go up and down.
    @Test(arguments: 0..<200) func itSettlesAtWhatTheUplinkCarries(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let stripes = Double.random(in: 0...12, using: &generator)
        let limit = Bool.random(using: &generator) ? Int.random(in: 0...400_000, using: &generator) : nil
        var uplink = Uplink(UplinkMeter(limitBytesPerSecond: limit), bytesPerSecond: stripes * 30_000)
        uplink.run(ms: 1_800_000)
        func bound(_ share: Double) -> Int { min(8, limit.map { Int(Double($0) * share / 30_000) } ?? 8) }
        let what: Comment = "seed \(seed), \(stripes) stripes, limit \(limit ?? -1): \(uplink.declared)"
        // It may be in the middle of trying one more.
        #expect(uplink.meter.capacity <= min(bound(0.85), Int(stripes * 1.02) + 1), what)
        #expect(uplink.meter.capacity >= min(bound(0.8), Int(stripes * 0.79)) - 1, what)
        // Half an hour has room for tries after 1, 2, 4, 8 and 10 minutes.
        #expect(uplink.retreats <= 7, what)
        #expect(uplink.stuckTicks <= 7 * 50, what)
    }
}
