import CoreTypes
import EventLoop
import HTTPServer
import STUNCore
import ServiceKit

/// The UDP sockets around a `STUNResponder`.
@LoopActor
public final class STUNServer {
    /// Requests answered.
    private(set) var answered: UInt64 = 0
    /// Datagrams that were no Binding request.
    private(set) var discarded: UInt64 = 0
    /// Answers that the kernel did not take.
    private(set) var unsent: UInt64 = 0

    private var sockets: [UDPSocket] = []
    private var responder: STUNResponder?

    /// The addresses it is asked at, with the ports that the kernel chose.
    public var addresses: [SocketAddress] { sockets.map(\.address) }

    /// Listens on each address; with two specific ones of one family also at the combinations of their addresses and
    /// ports that RFC 5780 needs. Throws `RunFailure` when an address cannot be had.
    public init(_ listen: [ListenAddress]) throws(RunFailure) {
        for place in listen { try open(SocketAddress(place.host, place.port)) }
        guard let primary = addresses.first else { return }
        let alternate = Self.alternate(addresses)
        if let alternate {
            let corners = [
                alternate, SocketAddress(primary.address, alternate.port),
                SocketAddress(alternate.address, primary.port),
            ]
            for corner in corners where !addresses.contains(corner) { try open(corner) }
        }
        responder = STUNResponder(primary: primary, alternate: alternate)
    }

    /// Closes all sockets.
    public func stop() {
        for socket in sockets { socket.close() }
        sockets = []
    }

    /// The second address, with another port than the first one's.
    private static func alternate(_ bound: [SocketAddress]) -> SocketAddress? {
        guard bound.count == 2, bound[0].address != bound[1].address,
            bound[0].address.isIPv4 == bound[1].address.isIPv4, !bound.contains(where: \.address.isUnspecified)
        else { return nil }
        let port = bound[1].port == bound[0].port ? bound[0].port &+ 1 : bound[1].port
        return port == 0 ? nil : SocketAddress(bound[1].address, port)
    }

    private func open(_ address: SocketAddress) throws(RunFailure) {
        let position = sockets.count
        do throws(UDPSocket.Failure) {
            sockets.append(
                try UDPSocket(address, bytesMax: STUNMessage.bytesMax + 1) { [weak self] in
                    self?.receive($0, $1, over: position)
                })
        } catch {
            stop()
            throw RunFailure("\(error); choose another --stun address")
        }
    }

    private func receive(_ datagram: [UInt8], _ origin: UDPSocket.Origin, over position: Int) {
        let local = sockets[position].address
        guard let answer = responder?.answer(datagram, from: origin.peer, to: local),
            let socket = sockets.first(where: { $0.address == answer.from })
        else {
            discarded += 1
            return
        }
        if socket.send(answer.bytes, answering: origin, cameHere: answer.from == local) {
            answered += 1
        } else {
            unsent += 1
        }
    }
}
