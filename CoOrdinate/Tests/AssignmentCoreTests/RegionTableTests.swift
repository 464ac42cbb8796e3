import AssignmentCore
import CoreTypes
import Testing

@Suite struct RegionTableTests {
    private let table = RegionTable(rules: [
        rule("10.0.0.0/8", "wide"), rule("10.1.0.0/16", "campus"), rule("10.1.2.0/24", "hall"),
        rule("10.1.2.3", "desk"), rule("2001:db8::/32", "six"), rule("2001:db8:1::/48", "six campus"),
        rule("2001:db8:1::7/128", "six desk"), rule("fd00::/9", "odd bits"),
    ])

    @Test(arguments: [
        ("10.9.9.9", "wide"), ("10.1.9.9", "campus"), ("10.1.2.9", "hall"), ("10.1.2.3", "desk"), ("11.0.0.0", nil),
        ("9.255.255.255", nil), ("2001:db8:2::1", "six"), ("2001:db8:1::1", "six campus"),
        ("2001:db8:1::7", "six desk"), ("2001:db9::", nil), ("fd7f:ffff::1", "odd bits"), ("fd80::", nil),
    ])
    func `the longest network that holds an address wins`(text: String, region: String?) {
        #expect(table.region(of: address(text)) == region)
    }

    @Test func `the order of the rules is no matter, but of two for one network the later counts`() {
        let rules = [rule("10.0.0.0/8", "wide"), rule("10.1.0.0/16", "campus")]
        for table in [RegionTable(rules: rules), RegionTable(rules: rules.reversed())] {
            #expect(table.region(of: address("10.1.0.1")) == "campus")
        }
        let twice = RegionTable(rules: [rule("10.0.0.0/8", "old"), rule("10.255.0.1/8", "new")])
        #expect(twice.region(of: address("10.2.3.4")) == "new")
    }

    @Test func `IPv4 mapped into IPv6 is IPv4, in clients and in rules`() {
        #expect(table.region(of: address("::ffff:10.1.2.3")) == "desk")
        #expect(table.region(of: address("::ffff:a01:2ff")) == "hall")
        let mapped = RegionTable(rules: [rule("::ffff:192.0.2.1", "mapped")])
        #expect(mapped.region(of: address("192.0.2.1")) == "mapped")
    }

    @Test func `all of one family is nothing of the other`() {
        let four = RegionTable(rules: [rule("0.0.0.0/0", "four")])
        #expect(four.region(of: address("203.0.113.1")) == "four" && four.region(of: address("::1")) == nil)
        #expect(four.region(of: address("::ffff:203.0.113.1")) == "four")
        let six = RegionTable(rules: [rule("::/0", "six")])
        #expect(six.region(of: address("2001:db8::1")) == "six" && six.region(of: address("203.0.113.1")) == nil)
    }

    @Test func `a table without rules knows no region`() {
        #expect(RegionTable().region(of: address("127.0.0.1")) == nil && RegionTable().ruleCount == 0)
    }

    @Test(arguments: UInt64(1)...20) func `look-ups agree with trying every rule`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        // Few distinct bytes, so that networks nest and collide.
        func bytes() -> [UInt8] {
            (0..<(Bool.random(using: &generator) ? 4 : 16)).map { _ in
                [0, 1, 0x80, 0xff].randomElement(using: &generator)!
            }
        }
        var rules: [RegionTable.Rule] = []
        for index in 0..<Int.random(in: 0...60, using: &generator) {
            let base = try #require(IPAddress(bytes: bytes()))
            let length = Int.random(in: 0...(base.isIPv4 ? 32 : 128), using: &generator)
            rules.append(rule("\(base)/\(length)", "region \(index)"))
        }
        let table = RegionTable(rules: rules)
        for _ in 0..<300 {
            var client = try #require(IPAddress(bytes: bytes()))
            if let near = rules.randomElement(using: &generator), Bool.random(using: &generator) {
                var changed = near.network.base.bytes
                changed[changed.indices.randomElement(using: &generator)!] ^=
                    1 << UInt8.random(in: 0...7, using: &generator)
                client = try #require(IPAddress(bytes: changed))
            }
            var best: RegionTable.Rule?
            for rule in rules where shareBits(client.bytes, rule.network.base.bytes, rule.network.prefixLength) {
                if rule.network.prefixLength >= best?.network.prefixLength ?? 0 { best = rule }
            }
            #expect(table.region(of: client) == best?.region, "seed \(seed): \(client)")
        }
    }
}
