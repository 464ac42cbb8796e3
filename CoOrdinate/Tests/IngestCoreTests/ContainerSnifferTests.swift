import CoreTypes
import Testing

@testable import IngestCore

@Suite struct ContainerSnifferTests {
    private func padded(_ head: [UInt8]) -> [UInt8] { head + Array(repeating: 0x55, count: 189) }

    @Test(
        arguments: [
            ([0x46, 0x4c, 0x56, 1, 5], .flv), ([0x1a, 0x45, 0xdf, 0xa3], .matroska), ([0x4f, 0x67, 0x67, 0x53], .ogg),
            ([0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70], .mp4), ([0, 0, 1, 0xb3, 20], .mpegvideo),
            ([0, 0, 1, 0xba], .mpegps),
            ([0, 0, 0, 1, 0x67, 0x42], .h264), ([0, 0, 0, 1, 9, 0xf0], .h264), ([0, 0, 1, 0x67, 0x42], .h264),
            ([0, 0, 0, 1, 0x40, 1], .hevc), ([0, 0, 0, 1, 0x46, 1], .hevc),
            ([0xff, 0xf1, 0x4c, 0x80, 0x01, 0x3f, 0xfc], .adts),
        ] as [([UInt8], Container)])
    func `each container is known by its first bytes`(head: [UInt8], container: Container) {
        #expect(ContainerSniffer.container(of: padded(head)) == container)
    }

    @Test func `a transport stream needs two sync bytes 188 apart`() {
        var packet = [UInt8](repeating: 0, count: 189)
        packet[0] = 0x47
        #expect(ContainerSniffer.container(of: packet) == nil)
        packet[188] = 0x47
        #expect(ContainerSniffer.container(of: packet) == .mpegts)
        #expect(ContainerSniffer.container(of: packet.prefix(188)) == nil)
    }

    @Test func `playlists, text and emptiness are refused`() {
        for text in ["", "#EXTM3U\n", "ffconcat version 1.0\n", "RIFF", "<?xml", "GET / HTTP/1.1"] {
            #expect(ContainerSniffer.container(of: padded(Array(text.utf8))) == nil)
        }
        #expect(ContainerSniffer.container(of: [UInt8]()) == nil)
    }

    @Test func `any bytes of any length are judged`() {
        let seed: UInt64 = 42
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...200, using: &generator)
            _ = ContainerSniffer.container(of: (0..<count).map { _ in UInt8.random(in: 0...3, using: &generator) })
        }
    }
}
