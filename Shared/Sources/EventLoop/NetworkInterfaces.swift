import CoreTypes
import Glibc

/// The addresses of this machine.
public enum NetworkInterfaces {
    /// Addresses of the interfaces that are up, at most 16, without link-local ones; loopback ones last, if wanted.
    public static func addresses(includingLoopback: Bool) -> [IPAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard entry.pointee.ifa_flags & UInt32(IFF_UP) != 0, let pointer = entry.pointee.ifa_addr,
                let address = SocketAddress(pointer)?.address, !isLinkLocal(address), !found.contains(address)
            else { continue }
            if includingLoopback || !address.isLoopback { found.append(address) }
        }
        let ordered = found.filter { !$0.isLoopback } + found.filter(\.isLoopback)
        return Array(ordered.prefix(16))
    }

    /// 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291 §2.5.6).
    private static func isLinkLocal(_ address: IPAddress) -> Bool {
        let bytes = address.bytes
        return address.isIPv4 ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
    }
}
