import Testing

@testable import CoreTypes

struct LeaseTableTests {
    let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test func `an entry lives as long as it is renewed`() {
        var table = LeaseTable<Int>(lifetimeMs: 6_000, countMax: 10)
        #expect(table.put(1, for: "a", now: start) == .added)
        #expect(table.put(2, for: "a", now: start.advanced(byMilliseconds: 5_000)) == .renewed)
        #expect(table.expire(now: start.advanced(byMilliseconds: 6_000)).isEmpty)
        #expect(table["a"] == 2)
        #expect(table.expire(now: start.advanced(byMilliseconds: 11_000)).map(\.key) == ["a"])
        #expect(table["a"] == nil)
    }

    @Test func `a full table refuses newcomers but renews members, and lists by key`() {
        var table = LeaseTable<Int>(lifetimeMs: 1_000, countMax: 2)
        #expect(table.put(2, for: "b", now: start) == .added)
        #expect(table.put(1, for: "a", now: start) == .added)
        #expect(table.put(3, for: "c", now: start) == .full)
        #expect(table.put(20, for: "b", now: start) == .renewed)
        #expect(table.values == [1, 20])
        #expect(table.remove("a") == 1)
        #expect(table.remove("a") == nil)
        #expect(table.put(3, for: "c", now: start) == .added)
    }
}
