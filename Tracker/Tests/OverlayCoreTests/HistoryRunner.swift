import CoreTypes
import OverlayCore

/// Invariant 11: the most links that an arrival or a departure changes in overlays of any capacities, however many pairs
/// cannot connect.
func changesMax(capacity: Int, stripeCount: Int, isJoin: Bool) -> Int {
    isJoin ? capacity + stripeCount + 2 * (stripeCount - 1) : 2 * capacity + 12
}

/// Runs histories on an overlay and on a mirror that knows nothing but the changes, and says what is wrong.
struct HistoryRunner {
    private(set) var overlay: Overlay
    private(set) var live: [PeerIndex] = []
    /// Each peer's parents as the changes tell.
    private var mirror: [PeerIndex: [Parent?]] = [:]
    /// All changes in order.
    private(set) var changes: [LinkChange] = []
    /// Changes that no operation made, to be told with the next one's.
    private var untold: [LinkChange] = []

    init(_ setup: HistorySetup) { overlay = Overlay(setup.configuration) }

    /// The first thing that is wrong after a step, or nil.
    mutating func run(_ step: Step) -> String? {
        let (before, told) = (overlay, changes.count)
        let moving = choose(step)
        let capacity = moving.map { before.capacity(of: $0) }
        changes += untold
        untold = []
        perform(step)
        if let what = follow(changes[told...]) { return what }
        if let violation = overlay.checkInvariants().first { return violation.description }
        if live.sorted() != overlay.livePeers { return InvariantViolation(.counts, "other peers are live").description }
        switch step {
        case .join(let capacity, _):
            return economy(changes.count - told, of: capacity, isJoin: true)
        case .leave:
            return capacity.flatMap { economy(changes.count - told, of: $0, isJoin: false) }
                ?? moving.flatMap { stability(before, leaving: $0, changes[told...]) }
        default: return nil
        }
    }

    /// Does something to the overlay, or to what was told, that no operation would do.
    mutating func tamper(_ with: (inout Overlay, inout [LinkChange]) -> Void) {
        with(&overlay, &untold)
    }

    private func choose(_ step: Step) -> PeerIndex? {
        if case .leave(let number) = step { pick(number) } else { nil }
    }

    /// Invariant 8: brings the mirror up to date and compares.
    private mutating func follow(_ changes: ArraySlice<LinkChange>) -> String? {
        for change in changes {
            guard overlay.contains(change.peer) else {
                return InvariantViolation(.changes, "one for \(change.peer), who is gone").description
            }
            if case .peer(let parent) = change.newParent, !overlay.contains(parent) {
                return InvariantViolation(.changes, "one to \(parent), who is gone").description
            }
            mirror[change.peer, default: Array(repeating: nil, count: overlay.stripeCount)][change.stripe] =
                change.newParent
        }
        for peer in live where mirror[peer] != overlay.parents(of: peer).map(Optional.some) {
            let what = "\(peer) has \(overlay.parents(of: peer)), the changes say \(mirror[peer] ?? [])"
            return InvariantViolation(.changes, what).description
        }
        return nil
    }

    /// Invariant 11.
    private func economy(_ count: Int, of capacity: Int, isJoin: Bool) -> String? {
        let limit = changesMax(capacity: capacity, stripeCount: overlay.stripeCount, isJoin: isJoin)
        if count <= limit { return nil }
        let what = "\(count) changes for \(isJoin ? "an arrival" : "a departure") of capacity \(capacity)"
        return InvariantViolation(.economy, what).description
    }

    /// Invariant 12; but for orphans that were told twice, because the peer that took the place changed its role at once.
    private func stability(_ before: Overlay, leaving gone: PeerIndex, _ changes: ArraySlice<LinkChange>) -> String? {
        guard overlay.replacementCount > before.replacementCount, overlay.brokenPairCount == 0,
            let stripe = before.role(of: gone)
        else { return nil }
        for orphan in before.children(of: gone)
        where changes.count(where: { $0.stripe == stripe && $0.peer == orphan }) == 1 {
            let (old, new) = (before.depth(of: orphan, stripe: stripe), overlay.depth(of: orphan, stripe: stripe))
            if old != new { return InvariantViolation(.stability, "\(orphan) from \(old) to \(new)").description }
        }
        return nil
    }

    private mutating func perform(_ step: Step) {
        switch step {
        case .join(let capacity, let region):
            let peer = overlay.join(capacity: capacity, region: region, into: &changes)
            mirror[peer] = nil
            live.append(peer)
        case .leave(let number):
            guard let peer = take(number) else { return }
            overlay.leave(peer, into: &changes)
        case .leaveBatch(let numbers):
            overlay.leaveBatch(numbers.compactMap { take($0) }, into: &changes)
        case .lost(let number, let stripe):
            guard let peer = pick(number), let parent = overlay.parent(of: peer, stripe: stripe) else { return }
            overlay.lost(peer, stripe: stripe, parent: parent, into: &changes)
        case .setCapacity(let number, let capacity):
            guard let peer = pick(number) else { return }
            overlay.setCapacity(peer, capacity, into: &changes)
        case .tick(let budget):
            overlay.tick(budget: budget, into: &changes)
        case .setRootLimit(let limit):
            overlay.setRootLimit(limit)
        case .rebuild(let missing):
            rebuild(missing)
        }
    }

    private func pick(_ number: Int) -> PeerIndex? { live.isEmpty ? nil : live[number % live.count] }

    private mutating func take(_ number: Int) -> PeerIndex? {
        live.isEmpty ? nil : live.remove(at: number % live.count)
    }

    /// What peers report of themselves, without every `missing`th of them; positions follow the order of `live`.
    mutating func reports(missing: Int = 0) -> [PeerReport] {
        if missing > 0 { live = live.enumerated().filter { $0.offset % missing != missing - 1 }.map(\.element) }
        var positions: [PeerIndex: PeerIndex] = [:]
        for (position, peer) in live.enumerated() { positions[peer] = PeerIndex(rawValue: Int32(position)) }
        return live.map { peer in
            PeerReport(
                capacity: overlay.capacity(of: peer), region: overlay.region(of: peer), role: overlay.role(of: peer),
                parents: overlay.parents(of: peer).map { parent in
                    guard case .peer(let index) = parent else { return parent }
                    return positions[index].map { .peer($0) }
                })
        }
    }

    private mutating func rebuild(_ missing: Int) {
        let reports = reports(missing: missing)
        overlay.rebuild(from: reports, into: &changes)
        live = reports.indices.map { PeerIndex(rawValue: Int32($0)) }
        mirror = [:]
        for (peer, report) in zip(live, reports) { mirror[peer] = report.parents }
    }
}
