import CLinux
import CoreTypes
import Glibc

/// A UDP socket on the loop.
@LoopActor
public final class UDPSocket {
    /// A socket cannot be had.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// The address that was wanted.
        public let address: SocketAddress
        /// The kernel's reason.
        public let reason: String
        /// What is wrong.
        public var description: String { "cannot listen on UDP \(address): \(reason)" }
    }

    /// Who sent a datagram, and to which of this host's addresses.
    public struct Origin {
        /// The sender.
        public let peer: SocketAddress
        fileprivate let target: p2p_datagram_target
    }

    /// Datagrams read before others on the loop have their turn.
    private static let datagramsPerTurn = 64

    /// Where it is bound, with the port that the kernel chose.
    public let address: SocketAddress
    private let descriptor: Int32
    private let bytesMax: Int
    private var watch: DescriptorWatch?

    /// Binds to `address`; IPv6 sockets take IPv6 only. `receive` gets each datagram, cut to `bytesMax` bytes.
    /// Throws `Failure`.
    public init(
        _ address: SocketAddress, bytesMax: Int, receive: @escaping @LoopActor ([UInt8], Origin) -> Void
    ) throws(Failure) {
        let family = address.address.isIPv4 ? AF_INET : AF_INET6
        let kind = SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(family, Int32(kind), 0)
        var on: Int32 = 1
        if family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        guard descriptor >= 0, p2p_udp_want_target(descriptor, family) == 0,
            address.withPointer({ bind(descriptor, $0, $1) }) == 0
        else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw Failure(address: address, reason: reason)
        }
        self.descriptor = descriptor
        self.address = SocketAddress.local(of: descriptor) ?? address
        self.bytesMax = bytesMax
        watch = DescriptorWatch(descriptor, .read) { [weak self] _ in self?.read(receive) }
        guard watch != nil else {
            Glibc.close(descriptor)
            throw Failure(address: address, reason: "the loop cannot watch it (out of memory or watches)")
        }
    }

    /// Closes it.
    public func close() {
        guard let watch else { return }
        watch.cancel()
        self.watch = nil
        Glibc.close(descriptor)
    }

    /// Sends without waiting; false when the kernel does not take it. An answer to `origin` leaves from the address that
    /// `origin` was sent to, when it came over this socket.
    @discardableResult
    public func send(_ bytes: [UInt8], answering origin: Origin, cameHere: Bool = true) -> Bool {
        guard watch != nil else { return false }
        var target = origin.target
        if !cameHere { target.family = 0 }
        let sent = origin.peer.withPointer { p2p_udp_send(descriptor, bytes, bytes.count, $0, $1, &target) }
        return sent == bytes.count
    }

    /// Sends without waiting, from whatever address the route suggests; false when the kernel does not take it.
    @discardableResult
    public func send(_ bytes: [UInt8], to peer: SocketAddress) -> Bool {
        send(bytes, answering: Origin(peer: peer, target: p2p_datagram_target()))
    }

    private func read(_ receive: @LoopActor ([UInt8], Origin) -> Void) {
        var buffer = [UInt8](repeating: 0, count: bytesMax)
        for _ in 0..<Self.datagramsPerTurn where watch != nil {
            var storage = sockaddr_storage()
            var target = p2p_datagram_target()
            let count = p2p_udp_receive(descriptor, &buffer, buffer.count, &storage, &target)
            // An error is that of an answer sent before (ICMP); the socket itself is fine.
            guard count >= 0 else { return }
            let peer = withUnsafePointer(to: storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { SocketAddress($0) }
            }
            guard let peer else { continue }
            receive(Array(buffer[..<count]), Origin(peer: peer, target: target))
        }
    }
}
