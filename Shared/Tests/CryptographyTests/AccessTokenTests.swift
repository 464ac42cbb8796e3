import CoreTypes
import Cryptography
import TestSupport
import Testing

private struct TokenVectors: Decodable {
    struct Case: Decodable {
        let kind: UInt8
        let peer: Hex
        let expiresAt: WallMilliseconds
        let stream: String
        let text: String
    }
    struct Refused: Decodable {
        let name: String
        let text: String
    }
    let secret: String
    let cases: [Case]
    let refused: [Refused]
}

@Suite struct AccessTokenTests {
    @Test func `tokens are the texts of the vectors, both ways`() throws {
        let vectors: TokenVectors = try vectors("tokens.json")
        let authority = TokenAuthority(secret: vectors.secret)
        #expect(!vectors.cases.isEmpty)
        for item in vectors.cases {
            let token = AccessToken(
                kind: try #require(AccessToken.Kind(rawValue: item.kind)),
                peer: try #require(RandomID(bytes: item.peer.bytes)), expiresAt: item.expiresAt,
                stream: try StreamName(item.stream))
            #expect(authority.issue(token) == item.text)
            #expect(item.text.utf8.count <= TokenAuthority.textBytesMax)
            #expect(try authority.verify(item.text, now: item.expiresAt - 1) == token)
        }
    }

    @Test func `every breach of the format is refused`() throws {
        let vectors: TokenVectors = try vectors("tokens.json")
        let authority = TokenAuthority(secret: vectors.secret)
        #expect(vectors.refused.count >= 10)
        for item in vectors.refused {
            #expect(throws: AccessTokenError.self, "\(item.name)") { try authority.verify(item.text, now: 0) }
        }
    }

    @Test func `a token tells why it gives no access`() throws {
        let authority = TokenAuthority(secret: "s")
        let live = try StreamName("live"), other = try StreamName("other")
        let peer = RandomID(bytes: pattern(16))
        let token = AccessToken(kind: .peer, peer: try #require(peer), expiresAt: 1_000, stream: live)
        let text = authority.issue(token)
        #expect(try authority.verify(text, for: live, now: 999) == token)
        #expect(throws: AccessTokenError.expired(expiresAt: 1_000)) { try authority.verify(text, now: 1_000) }
        #expect(throws: AccessTokenError.wrongStream(found: live)) {
            try authority.verify(text, for: other, now: 0)
        }
        #expect(throws: AccessTokenError.forged) { try TokenAuthority(secret: "t").verify(text, now: 0) }
        #expect(throws: AccessTokenError.malformed) { try authority.verify("Bearer \(text)", now: 0) }
        #expect(throws: AccessTokenError.malformed) {
            try authority.verify(String(repeating: "A", count: 1_000_000), now: 0)
        }
    }

    @Test func `no token passes with any one character changed`() throws {
        let authority = TokenAuthority(secret: "s")
        var generator = SeededGenerator(seed: 5)
        let token = AccessToken(
            kind: .direct, peer: RandomID(using: &generator), expiresAt: 10, stream: try StreamName("live"))
        let text = Array(authority.issue(token).utf8)
        for index in text.indices {
            for replacement in "AZaz09-_.=+/ ".utf8 where replacement != text[index] {
                var changed = text
                changed[index] = replacement
                #expect(throws: AccessTokenError.self) {
                    try authority.verify(String(decoding: changed, as: UTF8.self), now: 0)
                }
            }
        }
    }
}
