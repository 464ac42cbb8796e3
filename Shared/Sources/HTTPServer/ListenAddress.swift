import CLinux
import CoreTypes
import Glibc

/// Where a service listens: `host:port`, `[v6]:port`, or `:port` for every address. Port 0 lets the kernel choose.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The numeric address to bind.
    public let host: IPAddress
    /// The port, 0…65535.
    public var port: UInt16

    /// An address of known parts.
    public init(host: IPAddress, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Parses the text form; nil when it is none. "localhost" is 127.0.0.1.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        let name = host.isEmpty ? "0.0.0.0" : host == "localhost" ? "127.0.0.1" : host
        guard let address = IPAddress(name) else { return nil }
        self.init(host: address, port: port)
    }

    /// `host:port`, with brackets around IPv6.
    public var description: String { host.isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

    /// A listening TCP socket on this address, and the address with the port the kernel chose. IPv6 sockets take
    /// IPv6 only, so that `0.0.0.0` and `[::]` can be listed together.
    func listen() throws(HTTPServerError) -> (descriptor: Int32, bound: ListenAddress) {
        let family = host.isIPv4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(self, reason: String(cString: strerror(errno))) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        if !host.isIPv4 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4) }
        guard SocketAddress(host, port).withPointer({ bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, 4096) == 0
        else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw .cannotListen(self, reason: reason)
        }
        var bound = self
        if let address = SocketAddress.local(of: descriptor) { bound.port = address.port }
        return (descriptor, bound)
    }
}
