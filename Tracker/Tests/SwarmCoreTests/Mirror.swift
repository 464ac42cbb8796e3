import CoreTypes
import OverlayCore
import Testing

@testable import SwarmCore

/// What the viewers of a swarm know, from their places and events alone.
struct Mirror {
    struct Viewer {
        var parents: [SwarmParent]
        var children: Set<SwarmChild>
    }

    private(set) var viewers: [RandomID: Viewer] = [:]
    private(set) var banned: [RandomID] = []
    private(set) var eventCount = 0

    var ids: [RandomID] { viewers.keys.sorted { $0.description < $1.description } }

    mutating func place(_ id: RandomID, _ place: SwarmPlace) {
        viewers[id] = Viewer(parents: place.parents, children: Set(place.children))
    }

    mutating func remove(_ id: RandomID) { viewers[id] = nil }

    mutating func take(_ events: [SwarmEvent]) {
        eventCount += events.count
        for event in events {
            switch event.content {
            case .parent(let parent): viewers[event.to]?.parents[parent.stripe] = parent
            case .child(let child): viewers[event.to]?.children.insert(child)
            case .drop(let child): viewers[event.to]?.children.remove(child)
            case .banned:
                viewers[event.to] = nil
                banned.append(event.to)
            }
        }
    }

    /// Holds what everybody knows against the swarm and against each other.
    func check(_ swarm: Swarm, _ context: String) throws {
        for violation in swarm.overlay.checkInvariants() { Issue.record("\(context): \(violation)") }
        try #require(swarm.count == viewers.count, "\(context)")
        var children: [RandomID: Set<SwarmChild>] = [:]
        var roots: [String: Int] = [:]
        for (id, viewer) in viewers {
            try #require(viewer.parents.map(\.stripe) == [0, 1], "\(context)")
            for parent in viewer.parents {
                switch parent.source {
                case .peer(let peer):
                    children[peer, default: []].insert(SwarmChild(stripe: parent.stripe, peer: id))
                    let behind = viewers[peer]?.parents[parent.stripe].source
                    try #require(behind != nil, "\(context): the parent of \(id) is gone")
                    try #require(parent.grandparent == behind?.peer, "\(context): \(id) has another grandparent")
                    try #require(parent.depth >= 2, "\(context)")
                case .forward(let name):
                    try #require(parent.grandparent == nil && parent.depth == 1, "\(context)")
                    if let name { roots[name, default: 0] += 1 }
                    try #require(swarm.forwards.isGood(name), "\(context): \(name ?? "any") is gone")
                }
            }
            let place = swarm.place(of: id)
            try #require(place.parents.map(\.source) == viewer.parents.map(\.source), "\(context): \(id) was told less")
            try #require(Set(place.children) == viewer.children, "\(context): \(id) knows other children")
            try #require(
                swarm.isRoot(id) == viewer.parents.contains { $0.source.peer == nil }, "\(context): \(id) is a root")
        }
        for (id, viewer) in viewers {
            try #require(children[id] ?? [] == viewer.children, "\(context): children of \(id) do not agree")
        }
        for (name, count) in swarm.rootsByForward {
            try #require(roots[name, default: 0] == count, "\(context): \(name)")
        }
    }
}

extension Swarm {
    /// All peers as they are drawn.
    var nodes: [SwarmSnapshot.Node] {
        let snapshot = snapshot
        return (0..<snapshot.count).compactMap { snapshot.node($0) }
    }
}
