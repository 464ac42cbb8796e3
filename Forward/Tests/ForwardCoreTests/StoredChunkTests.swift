import MediaWire
import TestSupport
import Testing

@testable import ForwardCore

extension MadeChunk {
    /// As a forward keeps it.
    var stored: StoredChunk { StoredChunk(manifests: signed, bytes: bytes)! }
}

@Suite struct StoredChunkTests {
    @Test func aChunkAndItsManifestsFit() throws {
        let made = try MadeChunk(7, isKeyframe: true)
        let chunk = try #require(StoredChunk(manifests: made.signed, bytes: made.bytes))
        #expect(chunk.sequence == 7)
        #expect(chunk.isKeyframe)
        #expect(chunk.isIntact(hash: testHash))
    }

    @Test func allManifestsInTheirOrderAreNeeded() throws {
        let made = try MadeChunk(7)
        #expect(StoredChunk(manifests: [], bytes: made.bytes) == nil)
        #expect(StoredChunk(manifests: [made.signed[0]], bytes: made.bytes) == nil)
        #expect(StoredChunk(manifests: made.signed.reversed(), bytes: made.bytes) == nil)
        #expect(StoredChunk(manifests: made.signed + [made.signed[1]], bytes: made.bytes) == nil)
    }

    @Test func manifestsThatDisagreeDoNotFit() throws {
        let made = try MadeChunk(7)
        let other = try MadeChunk(7, publishedAt: 1)
        #expect(StoredChunk(manifests: [made.signed[0], other.signed[1]], bytes: made.bytes) == nil)
    }

    @Test func bytesOfAnotherLengthDoNotFit() throws {
        let made = try MadeChunk(7)
        #expect(StoredChunk(manifests: made.signed, bytes: made.bytes + [0]) == nil)
        #expect(StoredChunk(manifests: made.signed, bytes: made.bytes.dropLast()) == nil)
    }

    @Test(arguments: [0, 1_023, 1_024, 4_999]) func oneWrongByteIsNoticed(at position: Int) throws {
        let made = try MadeChunk(7)
        var bytes = made.bytes
        bytes[position] ^= 1
        let chunk = try #require(StoredChunk(manifests: made.signed, bytes: bytes))
        #expect(!chunk.isIntact(hash: testHash))
    }
}
