import CoreTypes
import Foundation
import HTTPServer
import ServiceAPI
import Testing

@testable import ServiceKit

@Suite struct OptionTests {
    private let loopback = [ListenAddress("127.0.0.1:1")!, ListenAddress("[::1]:1")!]
    private let everywhere = [ListenAddress("0.0.0.0:1")!]

    private func mistake(_ arguments: [String], _ listen: [ListenAddress]) throws -> String? {
        let options = try ServiceOptions.parse(arguments)
        do {
            try options.check(listen: listen)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func theDefaultSecretIsForLoopbackOrForTryingOut() throws {
        #expect(try mistake([], loopback) == nil)
        #expect(try mistake([], everywhere)?.contains("--secret") == true)
        #expect(try mistake(["--dev"], everywhere) == nil)
        #expect(try mistake(["--secret", "s"], everywhere) == nil)
        #expect(try mistake(["--secret", ""], loopback) != nil)
    }

    @Test func aCertificateNeedsItsKey() throws {
        #expect(try mistake(["--tls-cert", "a"], loopback)?.contains("--tls-key") == true)
        #expect(try mistake(["--tls-key", "a"], loopback) != nil)
        #expect(throws: UsageError.self) {
            try ServiceOptions.parse(["--tls-cert", "/nowhere", "--tls-key", "/nowhere"]).readTLS()
        }
    }

    @Test func whatIsListenedOnIsAdvertisedUnlessToldOtherwise() throws {
        let plain = try ServiceOptions.parse([]).advertisedURLs(listening: everywhere + loopback)
        #expect(plain.map(\.url) == ["http://0.0.0.0:1", "http://127.0.0.1:1", "http://[::1]:1"])
        let told = try ServiceOptions.parse(["--public-url", "https://cdn", "--public-url", "10.0.0.0/8=http://a"])
        #expect(told.advertisedURLs(listening: everywhere).map(\.url) == ["https://cdn", "http://a"])
    }

    @Test func aFileIsReadWholeOrItsFlagIsNamed() throws {
        let file = FileManager.default.temporaryDirectory.appending(component: "p2plive-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(repeating: 7, count: 100_000).write(to: file)
        #expect(try readFile(file.path, flag: "--x").count == 100_000)
        try Data([0xff, 0xfe]).write(to: file)
        for attempt in [file.path, "/nowhere", "/"] {
            #expect {
                try readTextFile(attempt, flag: "--x")
            } throws: { "\($0)".hasPrefix("--x: ") }
        }
        try Data(count: (16 << 20) + 1).write(to: file)
        #expect(throws: UsageError.self) { try readFile(file.path, flag: "--x") }
    }
}
