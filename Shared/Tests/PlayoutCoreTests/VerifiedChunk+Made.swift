import TestSupport

@testable import PlayoutCore

extension MadeChunk {
    /// What an assembler should make of it.
    var verified: VerifiedChunk { VerifiedChunk(description: description, bytes: bytes) }
}
