import CoreTypes
import Cryptography
import MediaWire

/// What parses as a signed manifest encodes to the very same bytes, and its hashes can all be asked for.
@Sendable func fuzzManifest(_ input: [UInt8]) throws {
    let signed = try SignedManifest(parsing: input[...])
    precondition(signed.encoded() == input, "a manifest has one encoding")
    let layout = signed.manifest.layout
    for piece in layout.pieces(ofStripe: signed.manifest.stripe) {
        precondition(signed.manifest.hash(ofPiece: piece) != nil, "each piece has a hash")
        precondition(layout.range(ofPiece: piece) != nil, "each piece has a place")
    }
}

/// However a stream is split, the same records come out before the same end; each is written back and parsed again.
@Sendable func fuzzRecords(_ input: [UInt8]) throws {
    guard let portion = input.first else { return }
    let stream = input.dropFirst()
    let whole = records(of: stream, portion: max(1, stream.count))
    precondition(whole == records(of: stream, portion: Int(portion) + 1), "the split does not matter")
    for record in whole {
        let bytes = try record.encoded()
        precondition(records(of: bytes[...], portion: bytes.count) == [record], "a record comes back")
    }
}

private func records(of stream: ArraySlice<UInt8>, portion: Int) -> [Record] {
    var parser = RecordParser()
    var records: [Record] = []
    var rest = stream
    while !rest.isEmpty {
        parser.append(rest.prefix(portion))
        rest = rest.dropFirst(portion)
        do {
            while let record = try parser.next() { records.append(record) }
        } catch {
            break
        }
    }
    precondition(parser.bufferedCount <= stream.count, "nothing is stored twice")
    return records
}

private let secret = "correct horse battery staple"
private let authority = TokenAuthority(secret: secret)
private let tokenKey = HKDFSHA256.derive(secret: Array(secret.utf8), info: Array("token".utf8))

/// What passes as a token is the text that its token would be issued as. The input is tried as a text, and as a payload
/// with its right tag, since no fuzzer would ever guess one.
@Sendable func fuzzToken(_ input: [UInt8]) throws {
    let tag = HMACSHA256.authenticate(input, key: tokenKey)[..<16]
    let tagged = Base64.url.encode(input) + "." + Base64.url.encode(tag)
    for text in [String(decoding: input, as: UTF8.self), tagged] {
        guard let token = try? authority.verify(text, now: 0) else { continue }
        precondition(authority.issue(token) == text, "a token has one text")
    }
}
