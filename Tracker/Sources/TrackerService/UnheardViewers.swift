import CoreTypes
import SwarmCore

/// Viewers that have joined and not listened yet. Each has a place in the trees, is given to others as a parent, and may
/// feed nobody: who joins and forgets about it costs others, so there may be few.
struct UnheardViewers {
    /// Most of one address; more are refused.
    private static let addressMax = 16
    /// Above so many of all addresses, and a tenth of all viewers, each is given up after less time.
    private static let crowd = 64, crowdShare = 10

    /// How long a viewer may take to listen, usually and in a crowd of such viewers.
    static let patienceMs: Int64 = 3_000, crowdedPatienceMs: Int64 = 1_000

    private var byAddress: [IPAddress: Int] = [:]
    private var count = 0

    /// One has joined.
    mutating func add(_ client: IPAddress) {
        byAddress[AddressBook.key(client), default: 0] += 1
        count += 1
    }

    /// One has listened, or left.
    mutating func remove(_ client: IPAddress) {
        let key = AddressBook.key(client)
        guard let known = byAddress[key] else { return }
        byAddress[key] = known > 1 ? known - 1 : nil
        count -= 1
    }

    /// Whether an address must wait until those who joined from it listen.
    func isFull(_ client: IPAddress) -> Bool { byAddress[AddressBook.key(client)] ?? 0 >= Self.addressMax }

    /// Whether there are too many among so many viewers.
    func isCrowd(among viewers: Int) -> Bool { count > max(Self.crowd, viewers / Self.crowdShare) }
}
