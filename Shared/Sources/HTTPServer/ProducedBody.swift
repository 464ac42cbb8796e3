import EventLoop

/// A long body that is made while the client takes it, a slice at a time between the other work of the loop, so that
/// neither its length nor a slow client costs memory or others' time.
@LoopActor
public final class ProducedBody: StreamBody {
    /// Bytes of a slice, and what waits at most beside the last thing that was written whole.
    public static let sliceBytes = 16 << 10

    private let produce: @LoopActor (inout [UInt8], Int) -> Bool
    private let onClosed: @LoopActor () -> Void
    private var slice: [UInt8] = []
    private var taken = 0
    private var isOver = false

    /// A body of what `produce` appends: each time until there are so many bytes, or all; false says that these are the
    /// last ones. `onClosed` is called once, when the body was sent or the client is gone.
    public init(
        onClosed: @escaping @LoopActor () -> Void, produce: @escaping @LoopActor (inout [UInt8], Int) -> Bool
    ) {
        self.onClosed = onClosed
        self.produce = produce
    }

    /// See `StreamBody`. The server knows when the client takes more.
    public var takesSocket: Bool { false }

    /// See `StreamBody`; never called.
    public func take(_ socket: TakenSocket) { socket.giveBack() }

    /// See `StreamBody`. There is always something to read.
    public func attach(wake: @escaping @LoopActor @Sendable () -> Void) {}

    /// See `StreamBody`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead {
        if taken == slice.count {
            slice.removeAll(keepingCapacity: true)
            taken = 0
            if !isOver { isOver = !produce(&slice, Self.sliceBytes) }
            guard !slice.isEmpty else { return .end }
        }
        let count = min(buffer.count, slice.count - taken)
        buffer.copyBytes(from: slice[taken..<taken + count])
        taken += count
        return .bytes(count)
    }

    /// See `StreamBody`.
    public func closed() {
        slice = []
        onClosed()
    }

    /// See `StreamBody`. It ends where it is.
    public func end() { isOver = true }
}
