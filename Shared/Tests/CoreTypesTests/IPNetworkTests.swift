import CoreTypes
import Testing

@Suite struct IPNetworkTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"), ("192.168.1.77/25", "192.168.1.127", "192.168.1.128"),
        ("0.0.0.0/0", "203.0.113.9", "::1"), ("::/0", "2001:db8::1", "127.0.0.1"),
        ("fd00::/9", "fd7f::1", "fd80::1"), ("203.0.113.7", "203.0.113.7", "203.0.113.6"),
        ("::1/128", "::1", "::2"), ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
    ])
    func `a block holds its addresses and no others`(block: String, inside: String, outside: String) throws {
        let network = try #require(IPNetwork(block))
        #expect(network.contains(try #require(IPAddress(inside))))
        #expect(!network.contains(try #require(IPAddress(outside))))
    }

    @Test func `a rule for IPv4 meets IPv4 clients of a dual-stack socket`() throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        #expect(network.contains(try #require(IPAddress("::ffff:10.1.2.3"))))
    }

    @Test func `host bits are cleared in the text`() {
        #expect(IPNetwork("10.9.8.7/8")?.description == "10.0.0.0/8")
        #expect(IPNetwork("::ffff")?.description == "::ffff/128")
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/0008", "x/8",
    ])
    func `what is no block is refused`(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
