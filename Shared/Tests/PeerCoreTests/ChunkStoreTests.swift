import CoreTypes
import MediaWire
import PlayoutCore
import TestSupport
import Testing

@testable import PeerCore

@Suite struct ChunkStoreTests {
    private func add(_ chunk: MadeChunk, to store: inout ChunkStore) throws -> VerifiedChunk? {
        for signed in chunk.signed { try store.add(signed) }
        var whole: VerifiedChunk?
        for index in 0..<chunk.pieceCount {
            let outcome = try store.add(
                piece: chunk.piece(index)[...], index: index, sequence: chunk.description.sequence)
            if case .completed(_, let chunk) = outcome { whole = chunk }
        }
        return whole
    }

    @Test func `all pieces in order make the chunk`() throws {
        var store = ChunkStore(hash: testHash)
        let chunk = try MadeChunk(7)
        #expect(try add(chunk, to: &store) == chunk.verified)
        #expect(store.newest == 7 && store.reservedBytes == chunk.bytes.count)
        for index in 0..<chunk.pieceCount {
            #expect(store.chunk(7)?.piece(index).map(Array.init) == chunk.piece(index))
        }
    }

    @Test(arguments: UInt64(1)...20) func `any order of manifests and pieces makes the chunk once`(seed: UInt64) throws
    {
        var generator = SeededGenerator(seed: seed)
        let chunks = try (1...4).map { try MadeChunk(UInt64($0), length: Int.random(in: 1...9_000, using: &generator)) }
        var steps: [(chunk: MadeChunk, manifest: Int?, piece: Int?)] = []
        for chunk in chunks {
            steps += chunk.manifests.indices.map { (chunk, $0, nil) }
            steps += (0..<chunk.pieceCount).map { (chunk, nil, $0) }
        }
        steps.shuffle(using: &generator)
        var store = ChunkStore(hash: testHash)
        var whole: [UInt64: VerifiedChunk] = [:]
        // Until everything that came too early has been taken.
        while !steps.isEmpty {
            let step = steps.removeFirst()
            if let manifest = step.manifest {
                try store.add(step.chunk.signed[manifest])
            } else if let piece = step.piece {
                let sequence = step.chunk.description.sequence
                switch try store.add(piece: step.chunk.piece(piece)[...], index: piece, sequence: sequence) {
                case .early: steps.append(step)
                case .kept: break
                case .completed(_, let chunk):
                    #expect(whole.updateValue(chunk, forKey: chunk.sequence) == nil, "seed \(seed): twice")
                }
            }
        }
        for chunk in chunks { #expect(whole[chunk.description.sequence] == chunk.verified, "seed \(seed)") }
    }

    @Test func `a changed byte is the sender's fault and is not kept`() throws {
        var store = ChunkStore(hash: testHash)
        let chunk = try MadeChunk(7)
        for signed in chunk.signed { try store.add(signed) }
        var bad = chunk.piece(2)
        bad[5] ^= 1
        let error = #expect(throws: PieceRejection.self) { try store.add(piece: bad[...], index: 2, sequence: 7) }
        #expect(error == .wrongHash(sequence: 7, index: 2))
        #expect(error?.isSendersFault == true)
        #expect(store.chunk(7)?.has(2) == false)
        var whole: VerifiedChunk?
        for index in 0..<chunk.pieceCount {
            if case .completed(_, let found) = try store.add(piece: chunk.piece(index)[...], index: index, sequence: 7)
            {
                whole = found
            }
        }
        #expect(whole == chunk.verified)
    }

    @Test func `wrong lengths and numbers are the sender's fault`() throws {
        var store = ChunkStore(hash: testHash)
        for signed in try MadeChunk(7).signed { try store.add(signed) }
        #expect(throws: PieceRejection.wrongLength(sequence: 7, index: 0)) {
            try store.add(piece: [1], index: 0, sequence: 7)
        }
        #expect(throws: PieceRejection.noSuchPiece(sequence: 7, index: 99)) {
            try store.add(piece: [1], index: 99, sequence: 7)
        }
    }

    @Test func `manifests that disagree are refused, and it is not the sender's fault`() throws {
        var store = ChunkStore(hash: testHash)
        try store.add(try MadeChunk(7).signed[0])
        let other = try MadeChunk(7, publishedAt: 5)
        let error = #expect(throws: PieceRejection.self) { try store.add(other.signed[1]) }
        #expect(error == .conflict(sequence: 7) && error?.isSendersFault == false)
    }

    @Test func `what was given up is too old`() throws {
        var store = ChunkStore(hash: testHash)
        store.forget(through: 7)
        let chunk = try MadeChunk(7)
        #expect(throws: PieceRejection.tooOld(sequence: 7)) { try store.add(chunk.signed[0]) }
        #expect(throws: PieceRejection.tooOld(sequence: 7)) {
            try store.add(piece: chunk.piece(0)[...], index: 0, sequence: 7)
        }
    }

    @Test func `memory stays bounded whatever comes, and newer chunks win`() throws {
        var limits = ChunkStore.Limits()
        limits.chunksMax = 8
        limits.bytesMax = 20_000
        var store = ChunkStore(limits: limits, hash: testHash)
        for sequence in UInt64(1)...100 {
            try store.add(try MadeChunk(sequence).signed[0])
            #expect(store.count <= 8 && store.reservedBytes <= 20_000)
        }
        #expect(store.floor == 96)
        #expect(throws: PieceRejection.tooOld(sequence: 90)) { try store.add(try MadeChunk(90).signed[0]) }
    }
}
