import CoreTypes
import SafetyNet

/// What one viewer wants of the forward: answers to older wishes do not count.
struct ForwardWish {
    var number: Int32 = 0
    /// What it was last, for when forwards come back.
    var stripes: [Int] = []
    var from: UInt64?
    var why = ForwardReason.start
    var lease: StripePool.Lease?
}

/// Viewers that the forward sends stripes to, in an order that does not depend on chance.
struct FedViewers {
    private(set) var all: [(viewer: Int, stripes: [Int])] = []
    private var positions: [Int: Int] = [:]
    /// Stripes in all.
    private(set) var units = 0

    mutating func set(_ viewer: Int, _ stripes: [Int]) {
        if let position = positions[viewer] {
            units += stripes.count - all[position].stripes.count
            all[position].stripes = stripes
        } else {
            positions[viewer] = all.count
            all.append((viewer, stripes))
            units += stripes.count
        }
    }

    mutating func remove(_ viewer: Int) {
        guard let position = positions.removeValue(forKey: viewer) else { return }
        units -= all[position].stripes.count
        let last = all.removeLast()
        guard position < all.count else { return }
        all[position] = last
        positions[last.viewer] = position
    }

    /// Whether a viewer still takes these stripes.
    func takes(_ viewer: Int, _ stripes: [Int]) -> Bool {
        positions[viewer].map { all[$0].stripes == stripes } ?? false
    }
}
