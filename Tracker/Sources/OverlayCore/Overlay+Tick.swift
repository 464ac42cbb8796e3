extension Overlay {
    /// Changes R, 1 or more. Fewer roots than before are brought about by `tick`, from the outside in: leaves lose their
    /// root slots first.
    public mutating func setRootLimit(_ limit: Int) { rootLimit = max(limit, 1) }

    /// Background work, called about once a second: overflow roots get slots of peers, roles are balanced, and peers move
    /// up where two levels or more can be gained, or one in a tree that is deeper than its bound. At most `budget` moves
    /// per stripe, of two links each at most and one more for each child that a change of role moves.
    ///
    /// Returns the number of moves; with 0 nothing is left to do that one move could better.
    @discardableResult
    public mutating func tick(budget: Int, into output: inout [LinkChange]) -> Int {
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let before = changes.count
        refill()
        var moves = changes.count > before ? 1 : 0
        for stripe in 0..<stripeCount {
            var left = budget
            while left > 0 && (drainRoot(stripe) || compact(stripe)) { left -= 1 }
            moves += budget - left
        }
        return moves
    }
}
