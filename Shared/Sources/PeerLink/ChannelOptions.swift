/// How a channel's messages travel and wait.
public struct ChannelOptions: Sendable, Hashable {
    /// Who goes first when several channels of a link have something to send. Source: RFC 8832, section 8.2.2.
    public enum Priority: UInt16, Sendable, Hashable, Comparable, CaseIterable {
        /// What can wait.
        case low = 128
        /// Most.
        case normal = 256
        /// What others wait for.
        case high = 512
        /// Control.
        case extraHigh = 1024

        /// Less is sent later.
        public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
    }

    /// Messages arrive in the order of sending; a lost one then holds up those behind it.
    public var isOrdered: Bool
    /// Before or after other channels.
    public var priority: Priority
    /// Bytes that may wait here before they reach SCTP. Beyond that `send` says `.full`.
    public var queueBytesMax: Int

    /// Reliable; by default unordered, of normal priority, 256 KiB of queue.
    public init(isOrdered: Bool = false, priority: Priority = .normal, queueBytesMax: Int = 256 * 1024) {
        self.isOrdered = isOrdered
        self.priority = priority
        self.queueBytesMax = queueBytesMax
    }
}

/// What became of a message given to a channel.
public enum SendOutcome: Sendable, Hashable {
    /// It will be sent unless it expires first.
    case queued
    /// The queue has no room: wait for `onLow`.
    case full
    /// Longer than this side sends or the peer takes.
    case tooLong
    /// The channel is closed.
    case closed
}

/// What a message is.
public enum MessageKind: Sendable, Hashable {
    /// Bytes.
    case binary
    /// UTF-8, not checked.
    case text
}
