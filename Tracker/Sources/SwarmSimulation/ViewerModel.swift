import CoreTypes
import PlayoutCore
import SwarmCore

/// Viewers of one grain: what they do with what the tracker, the forwards and each other send them.
protocol ViewerModel {
    /// What happens at or between viewers.
    associatedtype Event
    typealias Core = SimulationCore<Event>

    init(_ scenario: Scenario)

    /// The next viewer begins; it knows nothing yet.
    mutating func add(_ viewer: Int, _ core: inout Core)
    /// The tracker gave it its place.
    mutating func placed(_ viewer: Int, _ place: SwarmPlace, _ core: inout Core)
    /// The tracker told it something.
    mutating func told(_ viewer: Int, _ content: SwarmEvent.Content, _ core: inout Core)
    /// It says good-bye and goes on serving for a moment.
    mutating func leave(_ viewer: Int, _ core: inout Core)
    /// It is gone.
    mutating func remove(_ viewer: Int, _ core: inout Core)
    /// The link to a parent breaks, for good.
    mutating func breakLinks(share: Double, _ core: inout Core)
    /// The stream has a new chunk.
    mutating func published(_ core: inout Core)
    /// Forwards end all that they send, or can be reached again.
    mutating func forwardsChanged(_ core: inout Core)
    mutating func handle(_ event: Event, _ core: inout Core)
    /// Called every millisecond.
    mutating func tick(_ core: inout Core)
    /// It comes back to a tracker that has forgotten it.
    mutating func resume(_ viewer: Int, _ core: inout Core)

    /// Counts what was lost and not replaced, at its age.
    mutating func closeLosses(_ viewer: Int, _ core: inout Core)
    /// What its player has counted.
    func counters(_ viewer: Int, now: Int64) -> PlayoutCounters
    /// Whether both stripes come from two different senders that are there.
    func hasTwoParents(_ viewer: Int, _ core: Core) -> Bool
    /// Stripes that forwards send now.
    var forwardUnits: Int { get }
}
