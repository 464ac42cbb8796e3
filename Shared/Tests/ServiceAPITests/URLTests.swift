import CoreTypes
import Testing

@testable import ServiceAPI

@Suite struct URLTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("HTTP://Host:80/", "http://Host"),
        ("https://host:443", "https://host"), ("https://host:80/live?x=1", "https://host:80/live?x=1"),
        ("http://[::1]:9090", "http://[::1]:9090"), ("http://h?x", "http://h/?x"),
    ])
    func aURLHasOneText(written: String, text: String) {
        #expect(ServiceURL(written)?.description == text)
    }

    @Test(arguments: [
        "", "host", "ftp://host", "http://", "http:///x", "http://h:0", "http://h:65536", "http://h:port",
        "http://user@h", "http://u:p@h", "http://a b", "http://[::1", "http://[127.0.0.1]", "http://[::1]x",
        "http://h:1:2", "javascript:alert(1)", "http://\u{e9}", "http://" + String(repeating: "h", count: 254),
        "http://h/" + String(repeating: "p", count: 2_048),
    ])
    func whatIsNoServiceURLIsRefused(text: String) { #expect(ServiceURL(text) == nil) }

    @Test func aPublicURLMayBeForANetwork() {
        #expect(AdvertisedURL(argument: "http://h:1") == AdvertisedURL(url: "http://h:1"))
        #expect(
            AdvertisedURL(argument: "10.0.0.0/8=http://h:1") == AdvertisedURL(network: "10.0.0.0/8", url: "http://h:1"))
        for text in ["10.0.0.0/8", "10.0.0.0/8=", "net=http://h", "10.0.0.0/33=http://h", "=http://h"] {
            #expect(AdvertisedURL(argument: text) == nil)
        }
    }

    @Test func aClientIsToldTheURLOfItsLongestNetworkInItsScheme() throws {
        let urls = [
            "http://any", "10.0.0.0/8=http://ten", "10.1.0.0/16=http://campus", "https://any", "fd00::/8=http://six",
        ]
        .compactMap { AdvertisedURL(argument: $0) }
        func url(_ client: String, _ scheme: String = "http") throws -> String? {
            urls.url(for: try #require(IPAddress(client)), scheme: scheme)
        }
        #expect(try url("10.1.2.3") == "http://campus")
        #expect(try url("10.2.0.1") == "http://ten")
        #expect(try url("192.0.2.1") == "http://any")
        #expect(try url("fd00::1") == "http://six")
        #expect(try url("10.1.2.3", "https") == "https://any")
        #expect(try [AdvertisedURL(url: "http://h")].url(for: #require(IPAddress("::1")), scheme: "https") == nil)
    }

    @Test func unspecifiedHostsBecomeTheAddressTheyComeFrom() throws {
        let urls = ["http://0.0.0.0:1", "http://[::]:2", "http://name:3"].compactMap { AdvertisedURL(argument: $0) }
        let four = try #require(IPAddress("192.0.2.1")), six = try #require(IPAddress("2001:db8::1"))
        #expect(urls.resolved(with: four).map(\.url) == ["http://192.0.2.1:1", "http://192.0.2.1:2", "http://name:3"])
        #expect(urls.resolved(with: six).first?.url == "http://[2001:db8::1]:1")
    }
}
