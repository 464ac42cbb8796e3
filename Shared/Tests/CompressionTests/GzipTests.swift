import CoreTypes
import Foundation
import TestSupport
import Testing

@testable import Compression

@Suite struct GzipTests {
    /// What another implementation reads.
    private func unzipped(_ bytes: [UInt8]) throws -> [UInt8] {
        let process = Process(), input = Pipe(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc"]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        // Small enough for the pipe to take it whole.
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        let read = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(read)
    }

    @Test(arguments: [0, 1, 1_000, 60_000]) func `gzip reads what was compressed`(count: Int) throws {
        var random = SeededGenerator(seed: 7)
        for bytes in [randomBytes(count, using: &random), [UInt8](repeating: 65, count: count), pattern(count)] {
            let compressed = try #require(Gzip.compressed(bytes))
            #expect(try unzipped(compressed) == bytes)
        }
    }

    @Test func `text becomes a fraction`() throws {
        let text = Array(String(repeating: "export class Manifest {}\n", count: 400).utf8)
        let compressed = try #require(Gzip.compressed(text))
        #expect(compressed.count * 10 < text.count)
    }
}
