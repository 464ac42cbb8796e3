import CLinux
import Glibc

/// A named thread of its own for blocking media work, which must stay off the event loop and off the cooperative pool.
public final class MediaThread: Sendable {
    /// The system refused another thread.
    public struct CannotStart: Error, Sendable, CustomStringConvertible {
        let status: Int32
        /// The system's reason.
        public var description: String {
            "cannot start a media thread: \(String(cString: strerror(status))); raise the limit on threads"
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        let name: String
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    private let isDone: Monitor<Bool>

    /// Starts `body` on a new detached thread called `name` (the first 15 bytes show in `top -H`).
    /// Throws `CannotStart`.
    public init(name: String, body: @escaping @Sendable () -> Void) throws(CannotStart) {
        let isDone = Monitor(false)
        self.isDone = isDone
        let context = Unmanaged.passRetained(
            Body(name: String(decoding: name.utf8.prefix(15), as: UTF8.self)) {
                body()
                isDone.change { $0 = true }
            })
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                p2p_name_thread(body.name)
                body.run()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw CannotStart(status: status)
        }
        pthread_detach(thread)
    }

    /// Blocks until the body has returned. Never call it from the body itself.
    public func join() { isDone.wait(until: { $0 }, then: { _ in }) }
}
