import CoreTypes
import Testing

@testable import PlayoutCore

@Suite struct SourceChooserTests {
    private func at(_ ms: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: 0).advanced(byMilliseconds: ms) }

    @Test func `without sources there is nothing to connect to`() {
        var chooser = SourceChooser(now: at(0))
        #expect(chooser.action(now: at(0)) == .starve)
    }

    @Test func `the best one is taken first, and the next one at once after a break`() {
        var chooser = SourceChooser(now: at(0))
        chooser.update(["a", "b"])
        #expect(chooser.action(now: at(0)) == .connect("a"))
        chooser.received(now: at(10))
        chooser.failed(now: at(20))
        #expect(chooser.action(now: at(20)) == .connect("b"))
    }

    @Test func `a second of silence is a break`() {
        var chooser = SourceChooser(now: at(0))
        chooser.update(["a", "b"])
        _ = chooser.action(now: at(0))
        chooser.received(now: at(100))
        #expect(chooser.action(now: at(1_099)) == .wait(until: at(1_100)))
        #expect(chooser.action(now: at(1_100)) == .connect("b"))
    }

    @Test func `a whole round of failures is followed by growing pauses up to a second`() {
        var chooser = SourceChooser(now: at(0))
        chooser.update(["a"])
        var now = at(0)
        var pauses: [Int64] = []
        for _ in 0..<7 {
            #expect(chooser.action(now: now) == .connect("a"))
            chooser.failed(now: now)
            guard case .wait(let until) = chooser.action(now: now) else { return #expect(Bool(false)) }
            pauses.append(until.milliseconds(since: now))
            now = until
        }
        #expect(pauses == [100, 200, 400, 800, 1_000, 1_000, 1_000])
    }

    @Test func `one that sent wrong bytes is left alone while there is another`() {
        var chooser = SourceChooser(now: at(0))
        chooser.update(["a", "b"])
        _ = chooser.action(now: at(0))
        chooser.misbehaved(now: at(0))
        #expect(chooser.action(now: at(0)) == .connect("b"))
        chooser.failed(now: at(10))
        #expect(chooser.action(now: at(1_000)) == .connect("b"))
        chooser.failed(now: at(40_000))
        #expect(chooser.action(now: at(41_000)) == .connect("a"))
    }

    @Test func `when all have sent wrong bytes the one of longest ago is tried`() {
        var chooser = SourceChooser(now: at(0))
        chooser.update(["a", "b"])
        _ = chooser.action(now: at(0))
        chooser.misbehaved(now: at(0))
        _ = chooser.action(now: at(0))
        chooser.misbehaved(now: at(1))
        #expect(chooser.action(now: at(2_000)) == .connect("a"))
    }

    @Test func `an empty list does not take the known ones away`() {
        var chooser = SourceChooser(now: at(0))
        chooser.update(["a"])
        chooser.update([])
        #expect(chooser.action(now: at(0)) == .connect("a"))
    }
}
