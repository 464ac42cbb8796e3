import CoreTypes
import DequeModule
import MediaWire

/// What one neighbour has asked for and not got yet. It holds references only; the bytes are in the store.
struct ChildQueue: Sendable {
    /// A manifest, or a piece, of one chunk.
    struct Item: Sendable, Hashable {
        let sequence: UInt64
        let stripe: UInt8
        /// Of the piece; nil for the manifest.
        let index: UInt16?
    }

    /// A stripe that is pushed: all chunks from `from` on, up to and not including `until`.
    struct Subscription: Sendable {
        let stripe: Int
        let from: UInt64
        var until: UInt64?
        /// The tracker made it a child; else it is a guest in an emergency.
        var isAssigned: Bool
        /// When the tracker gave it another parent.
        var droppedAt: MonotonicInstant?
    }

    /// More waiting items than this cost the oldest their place.
    static let itemsMax = 4_096

    private(set) var subscriptions: [Subscription] = []
    private(set) var items: Deque<Item> = []
    private(set) var dropped: UInt64 = 0

    var isSubscribed: Bool { !subscriptions.isEmpty }

    func subscription(_ stripe: Int) -> Subscription? { subscriptions.first { $0.stripe == stripe } }

    func wants(_ stripe: Int, _ sequence: UInt64) -> Bool {
        subscriptions.contains { $0.stripe == stripe && sequence >= $0.from && sequence < $0.until ?? .max }
    }

    /// Whose need comes first: 0 for children that the tracker wants to be fed, 1 for those that it gave another parent,
    /// 2 for guests; nil for nobody.
    var rank: Int? {
        subscriptions.map { $0.isAssigned ? 0 : $0.droppedAt != nil ? 1 : 2 }.min()
    }

    mutating func subscribe(_ stripe: Int, from: UInt64, isAssigned: Bool) {
        subscriptions.removeAll { $0.stripe == stripe }
        items.removeAll { Int($0.stripe) == stripe }
        subscriptions.append(Subscription(stripe: stripe, from: from, until: nil, isAssigned: isAssigned))
    }

    mutating func assign(_ stripe: Int) {
        for position in subscriptions.indices where subscriptions[position].stripe == stripe {
            subscriptions[position].isAssigned = true
            subscriptions[position].droppedAt = nil
        }
    }

    mutating func drop(_ stripe: Int, at now: MonotonicInstant) {
        for position in subscriptions.indices
        where subscriptions[position].stripe == stripe && subscriptions[position].isAssigned {
            subscriptions[position].isAssigned = false
            subscriptions[position].droppedAt = now
        }
    }

    mutating func unsubscribe(_ stripe: Int, from: UInt64) {
        if from == 0 {
            subscriptions.removeAll { $0.stripe == stripe }
        } else {
            for position in subscriptions.indices where subscriptions[position].stripe == stripe {
                subscriptions[position].until = from
            }
        }
        items.removeAll { Int($0.stripe) == stripe && $0.sequence >= from }
    }

    /// Subscriptions that end before `newest` are over, and those that the tracker ended a while ago. Returns the latter.
    mutating func expire(newest: UInt64, now: MonotonicInstant) -> [Int] {
        // A few chunks of grace: their last pieces may still be on their way here.
        subscriptions.removeAll { $0.until.map { $0 + 10 < newest } ?? false }
        let over = subscriptions.filter {
            $0.until == nil && now.milliseconds(since: $0.droppedAt ?? now) > PeerConfiguration.farewellMs
        }
        for subscription in over { unsubscribe(subscription.stripe, from: 0) }
        return over.map(\.stripe)
    }

    mutating func push(_ item: Item) {
        if items.count >= Self.itemsMax {
            items.removeFirst()
            dropped += 1
        }
        items.append(item)
    }

    var first: Item? { items.first }

    var last: Item? { items.last }

    mutating func popFirst() -> Item? { items.popFirst() }

    /// A child that is behind gets what is newest: everything before `sequence` is dropped.
    mutating func drop(before sequence: UInt64) {
        let before = items.count
        items.removeAll { $0.sequence < sequence }
        dropped += UInt64(before - items.count)
    }

    mutating func clear() {
        subscriptions = []
        items = []
    }
}
