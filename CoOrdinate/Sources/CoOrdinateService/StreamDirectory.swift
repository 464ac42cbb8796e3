import CoreTypes
import EventLoop
import FanOut
import Logging
import ServiceAPI

/// All streams of the coordinate.
@LoopActor
final class StreamDirectory {
    private(set) var streams: [StreamName: LiveStream] = [:]
    let configuration: CoOrdinateConfiguration
    let fanOut = FanOut(threads: 1, passIntervalMs: 5)
    let totals = StreamTotals()
    let log: Logger
    private(set) var timer: LoopTimer?

    init(_ configuration: CoOrdinateConfiguration, log: Logger) {
        self.configuration = configuration
        self.log = log
        timer = LoopTimer.every(milliseconds: 100) { [weak self] in self?.tick() }
    }

    var sorted: [LiveStream] { streams.values.sorted { $0.name < $1.name } }

    subscript(name: StreamName) -> LiveStream? { streams[name] }

    /// The stream, made when it is new; nil when there are too many.
    func obtain(_ name: StreamName) throws -> LiveStream? {
        if let found = streams[name] { return found }
        guard streams.count < configuration.streamsMax else { return nil }
        let made = try LiveStream(name, configuration: configuration, fanOut: fanOut, totals: totals, log: log)
        streams[name] = made
        return made
    }

    func stop() {
        timer?.cancel()
        for stream in streams.values { stream.stop() }
    }

    private func tick() {
        for (name, stream) in streams {
            stream.tick()
            guard stream.isVoid || (stream.state == .ended && stream.publisher == nil) else { continue }
            log.info("Stream ended", metadata: ["stream": "\(name)"])
            stream.stop()
            streams[name] = nil
        }
    }
}
