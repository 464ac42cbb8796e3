import CoreTypes
import Cryptography
import ForwardCore
import MediaWire
import PlayoutCore

/// However a relay is split, the same chunks come out, and each fits its manifests. Every signature counts as good:
/// no fuzzer would ever guess one.
@Sendable func fuzzRelay(_ input: [UInt8]) throws {
    guard let portion = input.first else { return }
    let stream = input.dropFirst()
    let whole = events(of: stream, portion: max(1, stream.count))
    precondition(whole == events(of: stream, portion: Int(portion) + 1), "the split does not matter")
}

private func events(of stream: ArraySlice<UInt8>, portion: Int) -> [String] {
    var reader = RelayReader()
    var texts: [String] = []
    var rest = stream
    while !rest.isEmpty {
        reader.append(rest.prefix(portion))
        rest = rest.dropFirst(portion)
        do {
            while let event = try reader.next(hash: { SHA256.short($0) }, isSigned: { _ in true }) {
                if case .chunk(let chunk) = event {
                    precondition(chunk.layout.chunkLength == chunk.bytes.count, "a chunk has its length")
                }
                texts.append("\(event)")
            }
        } catch {
            break
        }
    }
    return texts
}

/// Manifests and pieces in any order: the assembler's memory stays within its limits, and what it calls whole has the
/// bytes that its manifests name.
@Sendable func fuzzAssembly(_ input: [UInt8]) throws {
    var parser = RecordParser()
    parser.append(input)
    var limits = ChunkAssembler.Limits()
    limits.chunksMax = 4
    limits.bytesMax = 4 << 20
    limits.earlyPiecesMax = 4
    var assembler = ChunkAssembler(limits: limits, hash: { SHA256.short($0) })
    while let record = try parser.next() {
        let outcome: ChunkAssembler.Outcome?
        switch record {
        case .manifest(let signed): outcome = try? assembler.add(signed.manifest)
        case .piece(let sequence, let index, let bytes):
            outcome = try? assembler.add(piece: bytes, index: Int(index), sequence: sequence)
        default: continue
        }
        if let chunk = outcome?.chunk { precondition(!chunk.bytes.isEmpty, "a whole chunk has bytes") }
        precondition(assembler.count <= limits.chunksMax, "chunks are bounded")
        precondition(assembler.reservedBytes <= limits.bytesMax, "bytes are bounded")
        precondition(assembler.earlyPieceCount <= limits.earlyPiecesMax, "early pieces are bounded")
    }
}
