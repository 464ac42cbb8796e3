import CLinux

/// Calls a handler on the loop whenever a descriptor is ready. The descriptor stays the caller's: cancel the watch
/// before closing it.
@LoopActor
public final class DescriptorWatch {
    /// What the descriptor is watched for, and what is reported.
    public struct Events: OptionSet, Sendable {
        /// The kernel's bits.
        public let rawValue: UInt32
        /// Wraps the kernel's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Data can be read, or a connection accepted.
        public static let read = Events(rawValue: p2p_EPOLLIN)
        /// Data can be written.
        public static let write = Events(rawValue: p2p_EPOLLOUT)
        /// The other end has closed its side, or the whole connection.
        public static let hungUp = Events(rawValue: p2p_EPOLLRDHUP)
        /// Error or hang-up; always reported.
        public static let failed = Events(rawValue: p2p_EPOLLERR | p2p_EPOLLHUP)
    }

    let descriptor: Int32
    private(set) var handler: @LoopActor (UInt32) -> Void
    var key: UInt64 = 0

    /// Starts watching. Nil when the kernel refuses the descriptor (closed, already watched, or out of memory).
    public init?(_ descriptor: Int32, _ events: Events, handler: @escaping @LoopActor (Events) -> Void) {
        self.descriptor = descriptor
        self.handler = { handler(Events(rawValue: $0)) }
        guard LoopActor.shared.executor.poller.add(self, events: events.rawValue) else { return nil }
    }

    /// Changes what is watched for.
    public func watch(for events: Events) { LoopActor.shared.executor.poller.modify(self, events: events.rawValue) }

    /// Stops watching; the handler is not called again, and is let go of: it often holds the watch or its owner. May be
    /// repeated.
    public func cancel() {
        LoopActor.shared.executor.poller.remove(self)
        handler = { _ in }
    }
}
