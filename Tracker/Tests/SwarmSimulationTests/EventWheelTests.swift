import CoreTypes
import Testing

@testable import SwarmSimulation

@Suite struct EventWheelTests {
    @Test("events come at their time, those of one time in order")
    func order() {
        var generator = SeededGenerator(seed: 7)
        var wheel = EventWheel<Int>(now: 5)
        var planned: [(at: Int64, number: Int)] = []
        for number in 0..<3_000 {
            let at = 6 + generator.draw(0...40_000)
            planned.append((at, number))
            wheel.schedule(at: at, number)
        }
        var seen: [(at: Int64, number: Int)] = []
        for _ in 0..<41_000 {
            for number in wheel.next() { seen.append((wheel.now, number)) }
        }
        #expect(seen.count == planned.count)
        #expect(seen.allSatisfy { entry in planned[entry.number].at == entry.at })
    }

    @Test("what is late comes next")
    func late() {
        var wheel = EventWheel<Int>(now: 100)
        wheel.schedule(at: 3, 1)
        wheel.schedule(at: 100, 2)
        #expect(wheel.next() == [1, 2])
        #expect(wheel.next().isEmpty)
    }

    @Test("lists are used again")
    func recycling() {
        var wheel = EventWheel<Int>(now: 0)
        for round in 1...3 {
            wheel.schedule(at: wheel.now + 1, round)
            var events = wheel.next()
            #expect(events == [round])
            wheel.recycle(&events)
            #expect(events.isEmpty)
        }
    }
}
