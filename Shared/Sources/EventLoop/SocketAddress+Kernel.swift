import CLinux
import CoreTypes
import Glibc

/// To and from the kernel's structures.
extension SocketAddress {
    /// Reads a kernel structure; nil for families other than IPv4 and IPv6.
    public init?(_ pointer: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(pointer)
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET:
            let value = raw.loadUnaligned(as: sockaddr_in.self)
            guard let address = IPAddress(bytes: withUnsafeBytes(of: value.sin_addr) { Array($0) }) else { return nil }
            self.init(address, UInt16(bigEndian: value.sin_port))
        case AF_INET6:
            let value = raw.loadUnaligned(as: sockaddr_in6.self)
            guard let address = IPAddress(bytes: withUnsafeBytes(of: value.sin6_addr) { Array($0) }) else { return nil }
            self.init(address, UInt16(bigEndian: value.sin6_port))
        default: return nil
        }
    }

    /// The address a socket is bound to; nil when the kernel does not tell.
    public static func local(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                getsockname(descriptor, pointer, &length) == 0 ? SocketAddress(pointer) : nil
            }
        }
    }

    /// Calls `body` with the kernel's structure and its length.
    public func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        func call<Structure>(_ value: Structure) -> Result {
            withUnsafePointer(to: value) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Structure>.size))
                }
            }
        }
        if address.isIPv4 {
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address.bytes) }
            return call(value)
        }
        var value = sockaddr_in6()
        value.sin6_family = sa_family_t(AF_INET6)
        value.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address.bytes) }
        return call(value)
    }
}
