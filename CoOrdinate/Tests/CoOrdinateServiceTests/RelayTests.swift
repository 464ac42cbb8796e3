import CoreTypes
import Cryptography
import EventLoop
import MediaWire
import ServiceAPI
import ServiceKit
import Testing

@testable import CoOrdinateService
@testable import Packager

/// What a forward reads of chunks that the test makes up in the packager's place.
@LoopActor
@Suite(.serialized) struct RelayTests {
    private func chunk(_ number: UInt8, length: Int = 5_000, isKeyframe: Bool = false) -> PackagerEvent {
        .chunk(
            PackagedChunk(
                bytes: [UInt8](repeating: number, count: length), isKeyframe: isKeyframe,
                decodeTime: UInt64(number) * 18_000, duration: 18_000, isDiscontinuity: number == 0, frameCount: 5))
    }

    private func header(_ byte: UInt8) -> PackagerEvent {
        .initSegment(PackagedInit(bytes: [byte, 2, 3], codecs: "avc1.42C01E", width: 640, height: 360))
    }

    /// The records of one relay that is there before the first chunk, without states and pings.
    private func records(
        _ coordinate: RunningCoordinate, _ stream: LiveStream, _ publish: () -> Void
    ) async throws -> [Record] {
        let reading = Task { @LoopActor in try await coordinate.send("GET", "/relay/live", secret: true) }
        try #require(await until { stream.relay.viewerCount == 1 })
        publish()
        stream.relay.close()
        var parser = RecordParser()
        parser.append(try await reading.value.body)
        var records: [Record] = []
        while let record = try parser.next() {
            if ![.state, .ping].contains(record.kind) { records.append(record) }
        }
        #expect(parser.isBetweenRecords)
        return records
    }

    @Test func `hello, then each chunk behind its manifests, and its init where that changed`() async throws {
        try await withSessions(1) { coordinate, stream, sessions in
            stream.begin(sessions[0])
            let events = [
                header(1), chunk(0, isKeyframe: true), chunk(1), header(1), chunk(2, isKeyframe: true), header(9),
                chunk(3, isKeyframe: true),
            ]
            let records = try await records(coordinate, stream) {
                for event in events { stream.handle(event, of: sessions[0]) }
            }
            let chunk: [Record.Kind] = [.manifest, .manifest, .chunk]
            #expect(records.map(\.kind) == [.hello, .initSegment] + chunk + chunk + chunk + [.initSegment] + chunk)
            guard case .hello(let json) = records[0] else { return }
            let hello = try decodeJSON(RelayHello.self, from: json)
            #expect(hello.stream == "live" && hello.state == .live && hello.sequence == 0 && hello.stripes == 2)
            #expect(hello.chunkMs == 200 && hello.publicKey == stream.publicKey.description)
            #expect(hello.path == [coordinate.service.instance.description])
            let inits = records.compactMap {
                if case .initSegment(let hash, let bytes) = $0 { (hash, bytes) } else { nil }
            }
            #expect(inits.map(\.1) == [[1, 2, 3], [9, 2, 3]] && inits.allSatisfy { $0 == SHA256.short($1) })
        }
    }

    @Test func `manifests are signed by the key that viewers are told, and describe what follows`() async throws {
        try await withSessions(1) { coordinate, stream, sessions in
            let before = Clock.wall
            stream.begin(sessions[0])
            let lengths = [70_000, 1, 1_024, 5_000]
            let records = try await records(coordinate, stream) {
                stream.handle(header(1), of: sessions[0])
                for (number, length) in lengths.enumerated() {
                    stream.handle(chunk(UInt8(number), length: length, isKeyframe: number == 0), of: sessions[0])
                }
            }
            let told = try await coordinate.get("/streams/live").json(StreamDescription.self)
            let key = try VerifyingKey(bytes: try #require(Base64.standard.decode(told.publicKey)))
            let verifier = ManifestVerifier(key: key, stream: .standard)
            var manifests: [Manifest] = [], previous: UInt64 = 0, number = 0
            for record in records {
                if case .manifest(let signed) = record { manifests.append(try verifier.verify(signed)) }
                guard case .chunk(let sequence, let bytes) = record else { continue }
                #expect(manifests.map(\.stripe) == [0, 1] && bytes.count == lengths[number])
                for manifest in manifests {
                    let described = manifest.chunk
                    #expect(described.sequence == sequence && described.previousSequence == previous)
                    #expect(
                        described.session == stream.machine.session && described.initHash == SHA256.short([1, 2, 3]))
                    #expect(described.flags == (number == 0 ? [.keyframe, .discontinuity] : []))
                    #expect((before...Clock.wall).contains(described.publishedAt))
                    #expect(described.decodeTime == UInt64(number) * 18_000 && described.duration == 18_000)
                    for index in manifest.layout.pieces(ofStripe: manifest.stripe) {
                        let range = try #require(manifest.layout.range(ofPiece: index))
                        #expect(manifest.hash(ofPiece: index) == SHA256.short(bytes[range]))
                    }
                }
                #expect(sequence > previous && (previous > 0 || sequence >= UInt64(before)))
                (manifests, previous, number) = ([], sequence, number + 1)
            }
            #expect(number == lengths.count && told.sequence == previous)
            #expect(told.state == .live && told.codecs == "avc1.42C01E" && told.width == 640 && told.height == 360)
            #expect(told.bitrate == lengths.reduce(0, +) * 8 * 1_000 / 800)
        }
    }

    @Test func `chunks that a replaced publisher still brings are not published, and numbers go on`() async throws {
        try await withSessions(2) { coordinate, stream, sessions in
            stream.begin(sessions[0])
            let records = try await records(coordinate, stream) {
                stream.handle(header(1), of: sessions[0])
                stream.handle(chunk(0, isKeyframe: true), of: sessions[0])
                stream.begin(sessions[1])
                stream.handle(chunk(1, isKeyframe: true), of: sessions[0])
                stream.handle(chunk(2, isKeyframe: true), of: sessions[1])
            }
            let chunks = records.compactMap {
                if case .chunk(let sequence, let bytes) = $0 { (sequence: sequence, number: bytes[0]) } else { nil }
            }
            #expect(chunks.map(\.number) == [0, 2] && chunks[0].sequence < chunks[1].sequence)
            let described = records.compactMap {
                if case .manifest(let signed) = $0 { signed.manifest.chunk } else { nil }
            }
            #expect(described[2].session > described[0].session)
            #expect(described[2].previousSequence == chunks[0].sequence)
        }
    }

    /// A packager does not repeat the init of the session before, so that one's last init is its successor's.
    @Test(arguments: [false, true]) func `an init that a closed publisher still brings is the next one's`(
        isEnded: Bool
    ) async throws {
        try await withSessions(2) { coordinate, stream, sessions in
            stream.begin(sessions[0])
            let records = try await records(coordinate, stream) {
                if isEnded { stream.kick() }
                if !isEnded { stream.begin(sessions[1]) }
                stream.handle(header(7), of: sessions[0])
                if isEnded { stream.begin(sessions[1]) }
                stream.handle(chunk(0, isKeyframe: true), of: sessions[1])
            }
            #expect(records.map(\.kind) == [.hello, .initSegment, .manifest, .manifest, .chunk])
            #expect(stream.initSegment?.bytes == [7, 2, 3])
        }
    }
}
