import CoreTypes
import FragmentedMP4
import TestSupport
import Testing

@Suite struct FragmentTests {
    private func chunk(_ parts: [UInt8]...) -> [UInt8] {
        box("moof", fullBox("mfhd", 1), box("traf", parts.flatMap { $0 }))
    }

    private func parse(_ bytes: [UInt8]) throws -> Fragment {
        try Fragment(bytes[...], header: vectors("movies.json", as: MovieVectors.self).header())
    }

    private let header = fullBox("tfhd", flags: 0x20000, 1)
    private let time = fullBox("tfdt", 700)

    @Test func `durations come from the run, else from the fragment, else from the header`() throws {
        let own = fullBox("trun", flags: 0x100, 2, 10, 20)
        let none = fullBox("trun", 3)
        let fragmentDefault = fullBox("tfhd", flags: 0x20008, 1, 50)
        #expect(try parse(chunk(header, time, own)).tracks.map(\.duration) == [30])
        #expect(try parse(chunk(fragmentDefault, time, none)).tracks.map(\.duration) == [150])
        #expect(try parse(chunk(header, time, none)).tracks.map(\.duration) == [0])
        #expect(try parse(chunk(fragmentDefault, time, own, none)).tracks.map(\.duration) == [180])
        #expect(try parse(chunk(fragmentDefault, time, own, none)).tracks.map(\.sampleCount) == [5])
    }

    @Test func `the first sample's flags come from the run before the fragment`() throws {
        let nonSync: UInt32 = 0x1_0000
        let fragmentDefault = fullBox("tfhd", flags: 0x20020, 1, nonSync)
        #expect(try parse(chunk(header, time, fullBox("trun", 1))).tracks.map(\.startsWithSyncSample) == [true])
        #expect(
            try parse(chunk(fragmentDefault, time, fullBox("trun", 1))).tracks.map(\.startsWithSyncSample) == [false])
        let first = fullBox("trun", flags: 0x4, 1, 0)
        #expect(try parse(chunk(fragmentDefault, time, first)).tracks.map(\.startsWithSyncSample) == [true])
        let each = fullBox("trun", flags: 0x700, 2, 10, 99, nonSync, 10, 99, 0)
        #expect(try parse(chunk(header, time, each)).tracks.map(\.startsWithSyncSample) == [false])
        #expect(try parse(chunk(header, time)).tracks.map(\.startsWithSyncSample) == [false])
    }

    @Test func `a count of samples that the run cannot hold is refused at once`() throws {
        let run = fullBox("trun", flags: 0xf00, .max, 1, 2, 3, 4)
        #expect(throws: MP4Error.truncated("trun")) { try parse(chunk(header, time, run)) }
        let implicit = fullBox("trun", .max)
        #expect(try parse(chunk(header, time, implicit)).tracks.map(\.sampleCount) == [UInt64(UInt32.max)])
    }

    @Test func `what a fragment must have is missed by name`() throws {
        #expect(throws: MP4Error.missing("moof", in: "chunk")) { try parse(box("mdat", [1])) }
        #expect(throws: MP4Error.missing("mfhd", in: "moof")) { try parse(box("moof")) }
        #expect(throws: MP4Error.missing("traf", in: "moof")) { try parse(box("moof", fullBox("mfhd", 1))) }
        #expect(throws: MP4Error.missing("tfhd", in: "traf")) { try parse(chunk(time)) }
        #expect(throws: MP4Error.missing("tfdt", in: "traf")) { try parse(chunk(header)) }
        #expect(throws: MP4Error.unknownTrack(9)) { try parse(chunk(fullBox("tfhd", 9), time)) }
        #expect(throws: MP4Error.badField("tfdt", name: "version")) {
            try parse(chunk(header, fullBox("tfdt", version: 2, 0, 0)))
        }
    }

    @Test func `a 32-bit time is moved too, and is refused when it no longer fits`() throws {
        let rebaser = FragmentRebaser(header: try vectors("movies.json", as: MovieVectors.self).header())
        let bytes = chunk(header, time, fullBox("trun", 1))
        let moved = try rebaser.rebase(bytes[...], offset: Int64(UInt32.max) - 700, sequenceNumber: 2)
        #expect(try parse(moved).tracks.map(\.baseMediaDecodeTime) == [UInt64(UInt32.max)])
        for offset in [Int64(UInt32.max) - 699, -701, .max, .min] {
            #expect(throws: MP4Error.timeOutOfRange(track: 1)) {
                try rebaser.rebase(bytes[...], offset: offset, sequenceNumber: 2)
            }
        }
    }

    @Test func `several movie fragments in one chunk are numbered on`() throws {
        let rebaser = FragmentRebaser(header: try vectors("movies.json", as: MovieVectors.self).header())
        let one = chunk(header, time, fullBox("trun", 1))
        let output = try rebaser.rebase((one + one)[...], offset: 0, sequenceNumber: .max)
        let first = try parse(Array(output[..<one.count])), second = try parse(Array(output[one.count...]))
        #expect(first.sequenceNumber == .max)
        #expect(second.sequenceNumber == 0)
    }

    @Test func `an output begins late enough for a track that lags behind`() throws {
        let rebaser = FragmentRebaser(header: try vectors("movies.json", as: MovieVectors.self).header())
        let bytes = chunk(header, time, fullBox("trun", 1))
        let timescale = try #require(try vectors("movies.json", as: MovieVectors.self).header().track(1)).timescale
        let begin = 700 * 90_000 / UInt64(timescale)
        #expect(try rebaser.outputStart(bytes[...], decodeTime: 0) == 90_000)
        #expect(try rebaser.outputStart(bytes[...], decodeTime: begin) == 90_000)
        #expect(try rebaser.outputStart(bytes[...], decodeTime: begin + 50_000) == 140_000)
        for decodeTime in [0, begin, begin + 50_000, 1 << 52] {
            let start = try rebaser.outputStart(bytes[...], decodeTime: decodeTime)
            #expect(throws: Never.self) {
                try rebaser.rebase(bytes[...], offset: Int64(start) - Int64(decodeTime), sequenceNumber: 1)
            }
        }
    }
}
