import CoreTypes
import EventLoop

/// A kept connection for requests of many viewers, one after the other.
@LoopActor
final class ReportChannel {
    private let tracker: SocketAddress
    private let source: IPAddress?
    private var connection: LoadConnection?
    private var queue: [(request: [UInt8], done: @LoopActor (Int, [UInt8]) -> Void)] = []
    private var isBusy = false

    init(_ tracker: SocketAddress, from source: IPAddress?) {
        self.tracker = tracker
        self.source = source
    }

    func send(_ request: [UInt8], done: @escaping @LoopActor (Int, [UInt8]) -> Void) {
        queue.append((request, done))
        next()
    }

    /// Hangs up; what waits is forgotten.
    func close() {
        connection?.close()
        connection = nil
        queue = []
    }

    private func next() {
        guard !isBusy, let first = queue.first else { return }
        isBusy = true
        if connection == nil {
            connection = LoadConnection(to: tracker, from: source) { [weak self] in self?.take($0) }
        }
        connection?.send(first.request)
    }

    private func take(_ received: LoadConnection.Received) {
        switch received {
        case .answer(let status, let body): finish(status, body)
        case .end:
            connection = nil
            if isBusy { finish(0, []) }
        case .streamBegins, .piece: break
        }
    }

    private func finish(_ status: Int, _ body: [UInt8]) {
        isBusy = false
        guard !queue.isEmpty else { return }
        let done = queue.removeFirst().done
        next()
        done(status, body)
    }
}
