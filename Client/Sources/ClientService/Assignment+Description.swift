import PeerCore
import ServiceAPI

extension ParentDescription {
    /// For the machine.
    var assignment: Assignment {
        switch source {
        case .peer(let peer, let grandparent):
            Assignment(stripe: stripe, source: .peer(peer), grandparent: grandparent, depth: depth)
        case .forward: Assignment(stripe: stripe, source: .forward, grandparent: nil, depth: depth)
        }
    }

    /// The forward that the tracker named.
    var forwardURL: String? {
        if case .forward(let url) = source, url != Self.anyForward { url } else { nil }
    }

    /// For the tracker.
    init(_ assignment: Assignment) {
        switch assignment.source {
        case .forward:
            self.init(stripe: assignment.stripe, source: .forward(Self.anyForward), depth: assignment.depth)
        case .peer(let peer):
            self.init(
                stripe: assignment.stripe, source: .peer(peer, grandparent: assignment.grandparent),
                depth: assignment.depth)
        }
    }
}
