import CoreTypes
import EventLoop
import ServiceAPI
import SwarmCore

/// For measurements: viewers by the hundred thousand without a connection each.
extension TrackerService {
    /// Adds viewers that are in all tables and trees, never listen, and never leave.
    package func addCrowd(_ count: Int, to stream: StreamName) {
        for number in 0..<count {
            let client = IPAddress(bytes: [
                10, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255),
            ])
            guard let client else { continue }
            let join = PeerJoin(stream: stream.description, capacity: [0, 2, 3, 4][number % 4], nat: .open)
            let origin = PeerSession.Origin(client: client, scheme: "http", host: "127.0.0.1")
            let place = peers.join(.random(), stream, join, origin: origin, isLeaf: false, publicKey: "")
            peers.keep(place.id)
        }
    }
}
