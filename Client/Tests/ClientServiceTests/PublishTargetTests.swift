import Testing

@testable import ClientService

struct PublishTargetTests {
    @Test(
        arguments: [
            ("http://host:8080/stream/demo", "http://host:8080/stream/demo", nil),
            ("http://host:8080/demo", "http://host:8080/stream/demo", nil),
            ("http://host:8080/stream", "http://host:8080/stream/live", nil),
            ("http://host:8080", "http://host:8080/stream/live", nil),
            ("http://host:8080/demo?key=k1", "http://host:8080/stream/demo", "k1"),
            ("http://host:8080/demo?takeover=1&key=k1", "http://host:8080/stream/demo?takeover=1", "k1"),
            ("http://user:k2@host:8080/stream/demo", "http://host:8080/stream/demo", "k2"),
            ("http://user@host/demo", "http://host/stream/demo", nil),
            ("https://[::1]:8443/demo", "https://[::1]:8443/stream/demo", nil),
        ] as [(String, String, String?)])
    func `every usual form names the same place, and the key is taken out of it`(
        text: String, url: String, key: String?
    ) throws {
        let target = try #require(PublishTarget(text))
        #expect(target.url == url)
        #expect(target.key == key)
    }

    @Test(arguments: ["", "demo", "ftp://host/demo", "http://host/a/b/c", "http://host/relay", "http://host/bad name"])
    func `anything else is refused`(text: String) {
        #expect(PublishTarget(text) == nil)
    }
}
