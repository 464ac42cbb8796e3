import CoreTypes
import MediaWire
import TestSupport
import Testing

@testable import ForwardCore

@Suite struct RelayReaderTests {
    private let hello = try! Record.hello(Array("{}".utf8)).encoded()
    private let initBytes: [UInt8] = [1]

    private func relay(_ chunks: [MadeChunk]) throws -> [UInt8] {
        let start = try hello + Record.initSegment(hash: testHash(initBytes[...]), bytes: initBytes).encoded()
        return try chunks.reduce(into: start) { $0 += try FrameBuilder.relay($1.stored) }
    }

    /// What comes of bytes; the events before an error are lost, as a connection that sends nonsense is.
    private func read(
        _ bytes: [UInt8], portion: Int = .max, isSigned: (SignedManifest) -> Bool = { _ in true }
    ) throws -> [RelayReader.Event] {
        var reader = RelayReader()
        var events: [RelayReader.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.append(rest.prefix(portion))
            rest = rest.dropFirst(portion)
            while let event = try reader.next(hash: testHash, isSigned: isSigned) { events.append(event) }
        }
        return events
    }

    private func chunks(_ events: [RelayReader.Event]) -> [StoredChunk] {
        events.compactMap { if case .chunk(let chunk) = $0 { chunk } else { nil } }
    }

    @Test(arguments: [1, 3, 1_000, 1_000_000]) func howARelayIsSplitDoesNotMatter(portion: Int) throws {
        let made = try madeStream(4)
        let events = try read(try relay(made), portion: portion)
        #expect(chunks(events).map(\.bytes) == made.map(\.bytes))
        guard case .hello = events[0], case .initSegment(_, initBytes) = events[1] else {
            Issue.record("hello and init come first")
            return
        }
    }

    @Test func nothingComesBeforeTheHello() throws {
        let bytes = try Record.ping(1).encoded()
        #expect(throws: RelayReader.Failure.noHello) { try read(bytes) }
    }

    @Test func anInitMustHaveItsHash() throws {
        let bytes = try hello + Record.initSegment(hash: testHash([2]), bytes: [1]).encoded()
        #expect(throws: RelayReader.Failure.wrongInitHash) { try read(bytes) }
    }

    @Test func manifestsMustBeSigned() throws {
        let bytes = try relay(madeStream(1))
        #expect(throws: RelayReader.Failure.badSignature) { try read(bytes, isSigned: { $0.manifest.stripe == 0 }) }
    }

    @Test func aChunkMustFitItsManifests() throws {
        let made = try MadeChunk(7)
        var damaged = made.bytes
        damaged[100] ^= 1
        let manifests = try made.signed.flatMap { try Record.manifest($0).encoded() }
        let wrong = RelayReader.Failure.wrongChunk(sequence: 7)
        #expect(throws: wrong) {
            try read(hello + manifests + Record.chunk(sequence: 7, bytes: damaged).encoded())
        }
        #expect(throws: wrong) { try read(hello + Record.chunk(sequence: 7, bytes: made.bytes).encoded()) }
        #expect(throws: RelayReader.Failure.wrongChunk(sequence: 8)) {
            try read(hello + manifests + Record.chunk(sequence: 8, bytes: made.bytes).encoded())
        }
    }

    @Test func manifestsWithoutEndAreRefused() throws {
        let manifest = try Record.manifest(MadeChunk(7).signed[0]).encoded()
        let bytes = hello + Array(repeating: manifest, count: 100).flatMap { $0 }
        #expect(throws: RelayReader.Failure.unexpectedRecord) { try read(bytes) }
    }

    @Test func aRelayCarriesNoPieces() throws {
        let bytes = try hello + Record.piece(sequence: 1, index: 0, bytes: [1]).encoded()
        #expect(throws: RelayReader.Failure.unexpectedRecord) { try read(bytes) }
    }

    @Test func whatIsNoRecordIsRefusedByItsFirstBytes() throws {
        let bytes = hello + [0xff, 0xff, 0xff, 0xff, 4]
        #expect(throws: RelayReader.Failure.self) { try read(bytes) }
    }

    @Test func statesAndPingsAreTold() throws {
        let events = try read(hello + Record.state(.waiting).encoded() + Record.ping(5).encoded())
        guard events.count == 3, case .state(.waiting) = events[1], case .ping(5) = events[2] else {
            Issue.record("not \(events)")
            return
        }
    }
}
