import CoreTypes
import MediaWire
import StreamCore
import Testing

/// Random lives of a stream, driven as the coordinate drives them, beside a plain record of what happened.
@Suite struct StreamMachinePropertyTests {
    private struct Life {
        var machine: StreamMachine
        var now = MonotonicInstant(nanoseconds: 5_000_000_000)
        var wall: Int64 = 1_767_225_600_000
        /// Time of the publisher's last byte; nil while nobody publishes.
        var lastByte: MonotonicInstant?
        var idleSince: MonotonicInstant
        var sequence: UInt64 = 0
        var session: UInt64 = 0
        var state = StreamState.waiting
        /// The first number of a session that has no chunk yet.
        var first: UInt64?

        init() {
            idleSince = now
            machine = StreamMachine(now: now)
        }

        var expected: StreamState {
            if lastByte != nil { return .live }
            return now.milliseconds(since: idleSince) < StreamMachine.waitingMs ? .waiting : .ended
        }

        /// Nobody's arrival is what makes a stream live, so `ended` has no way back to `waiting` alone.
        static func mayFollow(_ next: StreamState, _ last: StreamState) -> Bool {
            next == last || [.waiting, .ended].contains(last) && next == .live || last == .live && next == .waiting
                || last == .waiting && next == .ended
        }

        mutating func begin() {
            machine.begin(wall: wall, now: now)
            lastByte = now
            first = max(sequence + 1, UInt64(max(0, wall)))
            #expect(machine.session > session, "each session has a higher number")
            session = machine.session
        }

        mutating func end() {
            machine.end(now: now)
            if lastByte != nil { idleSince = now }
            lastByte = nil
        }
    }

    /// A newcomer; true when the machine's word on it is that of the contract.
    private func arrive(_ life: inout Life, insists: Bool) -> Bool {
        let silence = life.lastByte.map { life.now.milliseconds(since: $0) }
        let admission = life.machine.admission(takesOver: insists, now: life.now)
        let expected: StreamMachine.Admission =
            silence.map { insists || $0 >= StreamMachine.replaceableAfterMs ? .replace : .busy } ?? .free
        if admission == .replace { life.end() }
        if admission != .busy { life.begin() }
        return admission == expected
    }

    /// The next chunk; true when its number keeps the rules.
    private func number(_ life: inout Life) -> Bool {
        let numbers = life.machine.number()
        let isRight =
            numbers.previous == life.sequence && numbers.sequence > life.sequence
            && numbers.sequence <= WireLimits.integerMax && numbers.sequence == life.first ?? life.sequence + 1
        life.sequence = numbers.sequence
        life.first = nil
        return isRight
    }

    @Test(arguments: UInt64(1)...100) func `no history breaks the rules`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var life = Life()
        for step in 0..<600 {
            let comment = Comment(rawValue: "seed \(seed), step \(step)")
            let pauses: [Int64] = [0, 1, 200, 2_999, 3_000, 9_999, 10_000, 59_999, 60_000]
            let isShort = Int.random(in: 0..<4, using: &generator) > 0
            let pauseMs =
                isShort ? Int64.random(in: 0...250, using: &generator) : pauses.randomElement(using: &generator)!
            // A long pause is seen by the coordinate's ticks as well.
            let wasLive = life.lastByte != nil
            life.now = life.now.advanced(byMilliseconds: pauseMs)
            life.wall += pauseMs
            if Int.random(in: 0..<40, using: &generator) == 0 {
                life.wall += Int64.random(in: -3_600_000...60_000, using: &generator)
            }
            #expect(Life.mayFollow(life.machine.state(now: life.now), life.state), comment)
            life.state = life.machine.state(now: life.now)
            #expect(life.machine.hasPublisher == wasLive, comment)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: #expect(arrive(&life, insists: false), comment)
            case 1: #expect(arrive(&life, insists: Int.random(in: 0..<3, using: &generator) == 0), comment)
            case 2: if Bool.random(using: &generator) { life.end() }
            case 3...5:
                life.machine.received(now: life.now)
                if life.lastByte != nil { life.lastByte = life.now }
            default: if life.lastByte != nil { #expect(number(&life), comment) }
            }
            #expect(life.machine.state(now: life.now) == life.expected, comment)
            #expect(life.machine.hasPublisher == (life.lastByte != nil), comment)
            let silence = life.lastByte.map { life.now.milliseconds(since: $0) }
            #expect(life.machine.silenceMs(now: life.now) == silence, comment)
            #expect(life.machine.isSilent(now: life.now) == ((silence ?? 0) >= StreamMachine.silentAfterMs), comment)
            #expect(life.machine.session == life.session && life.session <= WireLimits.integerMax, comment)
            #expect(life.machine.sequence == life.sequence, comment)
            #expect(Life.mayFollow(life.machine.state(now: life.now), life.state), comment)
            life.state = life.machine.state(now: life.now)
        }
    }
}
