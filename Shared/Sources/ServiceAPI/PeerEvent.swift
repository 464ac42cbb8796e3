/// The names of the events that a tracker sends to a viewer, each with the type of its data.
public enum PeerEventName: String, Hashable, Sendable, CaseIterable {
    /// `ParentEvent`: who sends a stripe from now on, or who stands behind that one from now on.
    case parent
    /// `ChildDescription`: a new child.
    case child
    /// `ChildDescription`: a child no longer.
    case drop
    /// `SignalEvent`: somebody wants a link.
    case signal
    /// `ForwardsEvent`: the tracker's forwards have changed.
    case forward
    /// `PeerPlace`: all that counts, since earlier events were lost.
    case resync
    /// `TimeReport`, every 5 s.
    case ping
    /// `ByeEvent`: the swarm goes on without this viewer, or this tracker.
    case bye
}

/// The data of a `forward` event.
public struct ForwardsEvent: Codable, Hashable, Sendable {
    /// Base URLs, as in PLACE.
    public var forwards: [String]
    /// Wraps a list.
    public init(forwards: [String]) { self.forwards = forwards }
}

/// The data of a `bye` event, the last one of a viewer.
public struct ByeEvent: Codable, Hashable, Sendable {
    /// Why.
    public enum Reason: String, Codable, Hashable, Sendable, CaseIterable {
        /// The tracker stops: resume there or at another one that the coordinate names.
        case stopping
        /// The viewer was thrown out.
        case banned
        /// The stream has ended, or the viewer said that it leaves.
        case ended
    }

    /// Why.
    public var reason: Reason
    /// How long to wait before joining again, in milliseconds.
    public var retryMs: Int64

    /// All fields.
    public init(reason: Reason, retryMs: Int64) {
        self.reason = reason
        self.retryMs = retryMs
    }
}
