import Testing

@testable import LibAV

@Suite struct TransportStreamRemuxerTests {
    private func remux(_ media: SampleMedia, with remuxer: TransportStreamRemuxer) throws -> [[UInt8]] {
        try remuxer.setInit(media.initSegment)
        return try media.chunks.map { try remuxer.remux(chunk: $0, isKeyframe: true) }
    }

    @Test(arguments: [0, 3])
    func `the whole stream decodes without a complaint`(bFrames: Int) throws {
        let parts = try remux(.make(bFrames: bFrames), with: TransportStreamRemuxer())
        #expect(parts.allSatisfy { $0.count % 188 == 0 && !$0.isEmpty })
        #expect(try SampleMedia.complaints(about: Array(parts.joined())) == "")
    }

    @Test func `every key chunk is a place to join`() throws {
        let parts = try remux(.make(), with: TransportStreamRemuxer())
        for start in parts.indices {
            let joined = Array(parts[start...].joined())
            // Tables come first: SDT (PID 17), PAT (0), PMT (4096).
            let pids = [0, 188, 376].map { Int(joined[$0 + 1] & 0x1f) << 8 | Int(joined[$0 + 2]) }
            #expect(pids == [17, 0, 4096])
            #expect(try SampleMedia.complaints(about: joined) == "")
        }
    }

    @Test func `a new header goes on in the same transport stream`() throws {
        let remuxer = TransportStreamRemuxer()
        let first = try remux(.make(seconds: 2), with: remuxer)
        let second = try remux(.make(size: "640x360", seconds: 2), with: remuxer)
        var last: [Int: UInt8] = [:]
        let bytes = Array((first + second).joined())
        for start in stride(from: 0, to: bytes.count, by: 188) where bytes[start + 3] & 0x10 != 0 {
            let pid = Int(bytes[start + 1] & 0x1f) << 8 | Int(bytes[start + 2])
            let counter = bytes[start + 3] & 15
            if let before = last[pid] { #expect(counter == (before + 1) & 15) }
            last[pid] = counter
        }
        #expect(last.count >= 4)
    }

    @Test func `a damaged chunk is an error or empty and the next one works`() throws {
        let media = try SampleMedia.make(seconds: 3)
        let remuxer = TransportStreamRemuxer()
        try remuxer.setInit(media.initSegment)
        _ = try? remuxer.remux(chunk: Array(repeating: 7, count: 5_000), isKeyframe: false)
        #expect(try !remuxer.remux(chunk: media.chunks[1], isKeyframe: true).isEmpty)
    }

    @Test func `a chunk before its header, and a header that is none, are errors`() throws {
        let remuxer = TransportStreamRemuxer()
        #expect(throws: AVError.self) { try remuxer.remux(chunk: [1, 2, 3], isKeyframe: true) }
        #expect(throws: AVError.self) { try remuxer.setInit([0, 0, 0, 8, 1, 2, 3, 4]) }
    }
}
