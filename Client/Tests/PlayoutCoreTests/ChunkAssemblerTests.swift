import CoreTypes
import MediaWire
import TestSupport
import Testing

@testable import PlayoutCore

@Suite struct ChunkAssemblerTests {
    private func feed(_ chunk: MadeChunk, to assembler: inout ChunkAssembler) throws -> VerifiedChunk? {
        var whole: VerifiedChunk?
        for manifest in chunk.manifests { whole = try assembler.add(manifest).chunk ?? whole }
        for index in 0..<chunk.pieceCount {
            whole =
                try assembler.add(piece: chunk.piece(index), index: index, sequence: chunk.description.sequence).chunk
                ?? whole
        }
        return whole
    }

    @Test func `all pieces in order make the chunk`() throws {
        var assembler = ChunkAssembler(hash: testHash)
        let chunk = try MadeChunk(7)
        #expect(try feed(chunk, to: &assembler) == chunk.verified)
        #expect(assembler.reservedBytes == 0)
    }

    @Test(arguments: UInt64(1)...20) func `any order of manifests and pieces makes the chunk once`(seed: UInt64) throws
    {
        var generator = SeededGenerator(seed: seed)
        let chunks = try (1...4).map { try MadeChunk(UInt64($0), length: Int.random(in: 1...9_000, using: &generator)) }
        var steps: [(chunk: MadeChunk, manifest: Int?, piece: Int?)] = []
        for chunk in chunks {
            for _ in 0..<2 {
                steps += chunk.manifests.indices.map { (chunk, $0, nil) }
                steps += (0..<chunk.pieceCount).map { (chunk, nil, $0) }
            }
        }
        steps.shuffle(using: &generator)
        var assembler = ChunkAssembler(hash: testHash)
        var whole: [UInt64: VerifiedChunk] = [:]
        for step in steps {
            let sequence = step.chunk.description.sequence
            do {
                let outcome =
                    if let manifest = step.manifest { try assembler.add(step.chunk.manifests[manifest]) } else {
                        try assembler.add(piece: step.chunk.piece(step.piece!), index: step.piece!, sequence: sequence)
                    }
                #expect(outcome.lateRejections.isEmpty, "seed \(seed)")
                if let chunk = outcome.chunk {
                    #expect(whole.updateValue(chunk, forKey: chunk.sequence) == nil, "seed \(seed): twice")
                }
            } catch {
                #expect(error == PieceRejection.duplicate(sequence: sequence), "seed \(seed)")
            }
        }
        for chunk in chunks { #expect(whole[chunk.description.sequence] == chunk.verified, "seed \(seed)") }
    }

    @Test func `a changed byte is the sender's fault and is not kept`() throws {
        var assembler = ChunkAssembler(hash: testHash)
        let chunk = try MadeChunk(7)
        for manifest in chunk.manifests { _ = try assembler.add(manifest) }
        var bad = chunk.piece(2)
        bad[5] ^= 1
        let error = #expect(throws: PieceRejection.self) { try assembler.add(piece: bad, index: 2, sequence: 7) }
        #expect(error == .wrongHash(sequence: 7, index: 2))
        #expect(error?.isSendersFault == true)
        for index in 0..<(chunk.pieceCount - 1) {
            #expect(try assembler.add(piece: chunk.piece(index), index: index, sequence: 7).chunk == nil)
        }
        let last = chunk.pieceCount - 1
        #expect(try assembler.add(piece: chunk.piece(last), index: last, sequence: 7).chunk == chunk.verified)
    }

    @Test func `a piece that came before its manifest is judged when that comes`() throws {
        var assembler = ChunkAssembler(hash: testHash)
        let chunk = try MadeChunk(7, length: 900)
        var bad = chunk.piece(0)
        bad[0] ^= 1
        #expect(try assembler.add(piece: bad, index: 0, sequence: 7).chunk == nil)
        var rejections: [PieceRejection] = []
        for manifest in chunk.manifests { rejections += try assembler.add(manifest).lateRejections }
        #expect(rejections == [.wrongHash(sequence: 7, index: 0)])
    }

    @Test func `wrong lengths and numbers are the sender's fault`() throws {
        var assembler = ChunkAssembler(hash: testHash)
        let chunk = try MadeChunk(7)
        for manifest in chunk.manifests { _ = try assembler.add(manifest) }
        #expect(throws: PieceRejection.wrongLength(sequence: 7, index: 0)) {
            try assembler.add(piece: [1], index: 0, sequence: 7)
        }
        #expect(throws: PieceRejection.noSuchPiece(sequence: 7, index: 99)) {
            try assembler.add(piece: [1], index: 99, sequence: 7)
        }
    }

    @Test func `manifests that disagree are refused, and it is not the sender's fault`() throws {
        var assembler = ChunkAssembler(hash: testHash)
        _ = try assembler.add(try MadeChunk(7).manifests[0])
        let other = try MadeChunk(7, publishedAt: 5)
        let error = #expect(throws: PieceRejection.self) { try assembler.add(other.manifests[1]) }
        #expect(error == .conflict(sequence: 7) && error?.isSendersFault == false)
    }

    @Test func `what was given up is too old`() throws {
        var assembler = ChunkAssembler(hash: testHash)
        assembler.forget(through: 7)
        let chunk = try MadeChunk(7)
        #expect(throws: PieceRejection.tooOld(sequence: 7)) { try assembler.add(chunk.manifests[0]) }
        #expect(throws: PieceRejection.tooOld(sequence: 7)) {
            try assembler.add(piece: chunk.piece(0), index: 0, sequence: 7)
        }
    }

    @Test func `memory stays bounded whatever comes, and newer chunks win`() throws {
        var limits = ChunkAssembler.Limits()
        limits.chunksMax = 8
        limits.bytesMax = 20_000
        limits.earlyPiecesMax = 4
        var assembler = ChunkAssembler(limits: limits, hash: testHash)
        for sequence in UInt64(1)...100 {
            let chunk = try MadeChunk(sequence)
            _ = try assembler.add(chunk.manifests[0])
            _ = try? assembler.add(piece: [0], index: 0, sequence: sequence + 1_000)
            #expect(assembler.count <= 8 && assembler.reservedBytes <= 20_000 && assembler.earlyPieceCount <= 4)
        }
        #expect(assembler.floor == 96)
        #expect(throws: PieceRejection.tooOld(sequence: 90)) { try assembler.add(try MadeChunk(90).manifests[0]) }
    }
}
