import ServiceAPI
import Testing

@testable import ClientService

@Suite struct TextTests {
    @Test(arguments: [
        ("http://host:8080/demo", "demo"), ("http://host:8080/stream/demo", "demo"), ("http://host/watch/demo", "demo"),
        ("http://host:8080/stream", "live"), ("http://host:8080", "live"), ("http://[::1]:8080/demo?x=1", "demo"),
    ])
    func `a stream is named in the forms that people copy`(text: String, name: String) {
        #expect(StreamURL(text)?.name.description == name)
    }

    @Test(arguments: [
        "", "demo", "ftp://host/demo", "http://host/a/b", "http://host/bad%20name", "http://host/streams",
    ])
    func `anything else is refused`(text: String) {
        #expect(StreamURL(text) == nil)
    }

    @Test(arguments: [
        ("out.mp4", "out-2.mp4"), ("dir.d/out", "dir.d/out-2"), ("/tmp/a.b.mp4", "/tmp/a.b-2.mp4"),
        (".hidden", ".hidden-2"),
    ])
    func `further files are numbered before the extension`(path: String, next: String) {
        #expect(FileOutput.numbered(path, 2) == next)
    }

    @Test func `what a coordinate sends cannot drive the terminal`() {
        let stream = StreamDescription(
            name: "a\u{1B}[2J", state: .live, codecs: "avc1", width: 640, height: 360, bitrate: 1_230_000, startedAt: 0,
            sequence: 1, viewers: 2, offload: nil, publicKey: "", chunkMs: 200, stripes: 2)
        let text = StreamTable.text([stream], now: 3_725_000)
        #expect(!text.contains("\u{1B}") && text.contains("1.23 Mbit/s") && text.contains("1 h 2 min"))
    }
}
