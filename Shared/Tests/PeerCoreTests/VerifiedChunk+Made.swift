import PlayoutCore
import TestSupport

extension MadeChunk {
    /// What a store should make of it.
    var verified: VerifiedChunk { VerifiedChunk(description: description, bytes: bytes) }
}
