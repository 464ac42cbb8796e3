/// The global actor of a process's one event loop. Everything annotated `@LoopActor` runs on the loop's thread: socket
/// callbacks, timers and the state they touch, so that none of it needs a lock.
@globalActor
public actor LoopActor {
    /// The actor; its executor starts the loop's thread on first use.
    public static let shared = LoopActor()

    nonisolated let executor = LoopExecutor()

    /// The loop's thread runs the actor's jobs.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Enters the actor from code that is known to run on the loop's thread, such as a callback of a C library that
    /// the loop drives. Stops the process when called from any other thread.
    public static nonisolated func assumeIsolated<Result>(
        _ body: @LoopActor () throws -> Result
    ) rethrows -> Result {
        precondition(shared.executor.isCurrent, "a callback of the event loop arrived on another thread")
        return try withoutActuallyEscaping(body) { body in
            // The two function types differ in isolation only, which has no run-time representation; the precondition
            // above has established it. The standard library's MainActor.assumeIsolated does the same.
            try unsafeBitCast(body, to: (() throws -> Result).self)()
        }
    }

    /// Runs `body` on the loop soon, from any thread, in the order of the calls. For C callbacks on foreign threads.
    public static nonisolated func post(_ body: @escaping @LoopActor @Sendable () -> Void) {
        shared.executor.post(body)
    }
}
