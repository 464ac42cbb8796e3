import CoreTypes
import StreamCore
import Testing

@Suite struct PublishKeysTests {
    private func allows(_ keys: PublishKeys, _ name: String, _ key: String?) throws -> Bool {
        keys.allow(try StreamName(name), key: key) { $0 == $1 }
    }

    @Test func `the right key opens, a wrong, missing, cut or longer one does not`() throws {
        let keys = PublishKeys([("live", "s3cret")], isOpen: false)
        #expect(try allows(keys, "live", "s3cret"))
        for key in [nil, "", "S3CRET", "s3cre", "s3cret ", "s3cret\0", "s3cret=", "*"] {
            #expect(try !allows(keys, "live", key), "\(key ?? "none")")
        }
    }

    @Test func `a key is good for its own name only, by exact case`() throws {
        let keys = PublishKeys([("one", "1"), ("two", "2")], isOpen: false)
        #expect(try allows(keys, "one", "1") && allows(keys, "two", "2"))
        #expect(try !allows(keys, "one", "2") && !allows(keys, "two", "1"))
        #expect(try !allows(keys, "three", "1") && !allows(keys, "three", nil) && !allows(keys, "One", "1"))
    }

    @Test func `the star is for names without a key of their own, wherever it stands`() throws {
        for pairs in [[("*", "all"), ("own", "mine")], [("own", "mine"), ("*", "all")]] {
            let keys = PublishKeys(pairs, isOpen: false)
            #expect(try allows(keys, "any", "all") && allows(keys, "own", "mine"))
            #expect(try !allows(keys, "own", "all") && !allows(keys, "any", "mine") && !allows(keys, "any", nil))
        }
    }

    @Test func `of several keys for a name each is good`() throws {
        let keys = PublishKeys([("live", "old"), ("*", "all"), ("live", "new")], isOpen: false)
        #expect(try allows(keys, "live", "old") && allows(keys, "live", "new"))
        #expect(try !allows(keys, "live", "all"))
    }

    @Test func `open means names without a key, and those alone`() throws {
        let keys = PublishKeys([("own", "mine")], isOpen: true)
        #expect(try allows(keys, "any", nil) && allows(keys, "any", "whatever") && allows(keys, "own", "mine"))
        #expect(try !allows(keys, "own", nil) && !allows(keys, "own", "other"))
    }

    @Test func `without keys nobody publishes unless it is open`() throws {
        #expect(try !allows(PublishKeys([], isOpen: false), "live", nil))
        #expect(try !allows(PublishKeys([], isOpen: false), "live", ""))
        #expect(try allows(PublishKeys([], isOpen: true), "live", nil))
    }

    @Test func `keys are compared by the given comparison, which sees whole keys`() throws {
        var seen: [[UInt8]] = []
        let keys = PublishKeys([("live", "ключ")], isOpen: false)
        let isAllowed = keys.allow(try StreamName("live"), key: "x") { given, own in
            seen = [given, own]
            return true
        }
        #expect(isAllowed && seen == [Array("x".utf8), Array("ключ".utf8)])
    }

    @Test func `whether a stream has a key at all`() throws {
        let live = try StreamName("live")
        #expect(PublishKeys([("live", "k")], isOpen: true).hasKey(for: live))
        #expect(PublishKeys([("*", "k")], isOpen: true).hasKey(for: live))
        #expect(!PublishKeys([("other", "k")], isOpen: true).hasKey(for: live))
    }
}
