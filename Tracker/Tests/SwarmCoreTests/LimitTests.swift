import CoreTypes
import Testing

@testable import SwarmCore

@Suite struct LimitTests {
    /// A book that expectations can ask although asking changes it.
    private final class Book {
        var book = AddressBook()
        var count: Int { book.count }
        var bannedCount: Int { book.bannedCount }
        func admit(_ address: IPAddress, id: RandomID?, now: MonotonicInstant) -> AddressBook.Verdict {
            book.admit(address, id: id, now: now)
        }
        func joined(_ address: IPAddress, now: MonotonicInstant) { book.joined(address, now: now) }
        func left(_ address: IPAddress, now: MonotonicInstant) { book.left(address, now: now) }
        func ban(_ id: RandomID, _ address: IPAddress, now: MonotonicInstant) { book.ban(id, address, now: now) }
        func trim(now: MonotonicInstant) { book.trim(now: now) }
    }

    private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private func later(_ milliseconds: Int64) -> MonotonicInstant { start.advanced(byMilliseconds: milliseconds) }
    private func address(_ text: String) -> IPAddress { IPAddress(text)! }

    @Test func `a limit allows its burst, and then its rate`() {
        var limit = RateLimit(burst: 3, perSecond: 2)
        func take(_ milliseconds: Int64) -> Bool { limit.take(now: later(milliseconds)) }
        func isFull(_ milliseconds: Int64) -> Bool { limit.isFull(now: later(milliseconds)) }
        #expect([take(0), take(0), take(0), take(0)] == [true, true, true, false])
        #expect(limit.secondsToNext() == 1)
        #expect(!take(499))
        #expect(take(500))
        #expect(!isFull(1_999))
        #expect(isFull(2_000))
        let after: Int64 = 100_000
        #expect([take(after), take(after), take(after), take(after)] == [true, true, true, false])
    }

    @Test func `many calls within a millisecond are worth no more than the time that passes`() {
        var limit = RateLimit(burst: 1, perSecond: 1)
        var taken = 0
        for step in 0..<100_000 {
            let now = MonotonicInstant(nanoseconds: start.nanoseconds + UInt64(step) * 20_000)
            if limit.take(now: now) { taken += 1 }
        }
        #expect(taken == 2)
    }

    @Test func `an address may join so often, and have so many peers`() {
        let book = Book()
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"))
        for _ in 0..<AddressBook.joinBurst { #expect(book.admit(one, id: nil, now: start) == .welcome) }
        #expect(book.admit(one, id: nil, now: start) == .tooMany(retrySeconds: 1))
        #expect(book.admit(other, id: nil, now: start) == .welcome)
        for _ in 0..<AddressBook.peersMax { book.joined(other, now: start) }
        #expect(book.admit(other, id: nil, now: later(60_000)) == .tooMany(retrySeconds: 10))
        book.left(other, now: start)
        #expect(book.admit(other, id: nil, now: later(60_000)) == .welcome)
        book.trim(now: later(120_000))
        #expect(book.count == 1)
    }

    @Test func `all of an IPv6 network of 64 bits is one address`() {
        let book = Book()
        for _ in 0..<AddressBook.joinBurst { _ = book.admit(address("2001:db8::1"), id: nil, now: start) }
        #expect(book.admit(address("2001:db8::2"), id: nil, now: start) != .welcome)
        #expect(book.admit(address("2001:db8:0:1::2"), id: nil, now: start) == .welcome)
    }

    @Test func `a ban makes others of the address leaves, and many make them unwelcome`() {
        let book = Book()
        var generator = SeededGenerator(seed: 1)
        let house = address("192.0.2.1")
        let id = RandomID(using: &generator)
        book.ban(id, house, now: start)
        #expect(book.admit(address("198.51.100.1"), id: id, now: start) == .banned(retrySeconds: 60))
        #expect(book.admit(house, id: nil, now: later(59_999)) == .leaf)
        #expect(book.admit(house, id: id, now: later(60_000)) == .welcome)
        for _ in 0..<AddressBook.bansMax { book.ban(RandomID(using: &generator), house, now: later(60_000)) }
        #expect(book.admit(house, id: nil, now: later(70_000)) == .banned(retrySeconds: 50))
        #expect(book.admit(house, id: nil, now: later(120_000)) == .welcome)
        book.ban(RandomID(using: &generator), house, now: later(130_000))
        #expect(book.admit(house, id: nil, now: later(130_000)) == .banned(retrySeconds: 60))
        #expect(book.admit(house, id: nil, now: later(900_000)) == .welcome)
        book.trim(now: later(2_000_000))
        #expect(book.count == 0 && book.bannedCount == 0)
    }

    @Test func `a book that is full keeps all others in one entry`() {
        let book = Book()
        for number in 0..<AddressBook.countMax {
            let bytes: [UInt8] = [10, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
            book.joined(IPAddress(bytes: bytes)!, now: start)
        }
        #expect(book.count == AddressBook.countMax)
        for number in 0..<AddressBook.joinBurst {
            let other = IPAddress(bytes: [11, 0, UInt8(number >> 8), UInt8(number & 255)])!
            #expect(book.admit(other, id: nil, now: start) == .welcome)
        }
        #expect(book.admit(address("12.0.0.1"), id: nil, now: start) == .tooMany(retrySeconds: 1))
        #expect(book.admit(address("10.0.0.1"), id: nil, now: start) == .welcome)
        #expect(book.count == AddressBook.countMax)
    }
}
