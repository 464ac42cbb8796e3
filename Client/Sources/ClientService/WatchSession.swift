import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import Logging
import MediaWire
import PeerCore
import PlayoutCore
import ServiceAPI
import ServiceKit

/// One run of `client watch`, from finding the stream to the last line of statistics.
@LoopActor
public final class WatchSession {
    private enum Ending {
        case asked
        case outOfTime
        case over(String)
        case failed(String)
    }

    private let configuration: WatchConfiguration
    private let log = Logger(label: "p2plive.client")
    private let started = Clock.now
    private let client: HTTPClient
    private let api: CoordinateAPI
    private var viewer: Viewer?
    private var session: PeerSession?
    private var verify: VerifyOutput?
    private var firstFrame: MonotonicInstant?
    private var report: StatisticsReport?
    private var timers: [LoopTimer] = []
    private var ending: Ending?
    private var findProblem: String?
    private var endWaiter: CheckedContinuation<Void, Never>?

    /// A session that has not begun.
    public init(_ configuration: WatchConfiguration) {
        self.configuration = configuration
        client = HTTPClient(
            certificateAuthorityFile: configuration.certificateAuthorityFile, localAddress: configuration.localAddress)
        api = CoordinateAPI(configuration.url.coordinate, client: client)
    }

    /// Watches until the duration is over, the stream ends, the reader of the output goes away, or `stop` is called.
    /// Returns the final statistics. Throws `UsageError`, or `RunFailure` when there is no such stream.
    @discardableResult
    public func run() async throws -> PlayoutStatistics {
        report = try StatisticsReport(configuration.statistics)
        let outputs = try makeOutputs()
        let viewer = Viewer(bufferMs: configuration.bufferMs, outputs: outputs, log: log)
        self.viewer = viewer
        if let durationMs = configuration.durationMs {
            timers.append(LoopTimer.after(milliseconds: durationMs) { [weak self] in self?.end(.outOfTime) })
        }
        Task { await synchronize(viewer) }
        if let description = try await findStream(), ending == nil { try begin(viewer, description) }
        timers.append(LoopTimer.every(milliseconds: 1_000) { [weak self] in self?.tick() })
        if ending == nil { await withCheckedContinuation { endWaiter = $0 } }
        return try await conclude(viewer)
    }

    /// Ends the session; that nothing was played is then no failure.
    public func stop() { end(.asked) }

    // MARK: Beginning

    private func makeOutputs() throws -> [any ChunkOutput] {
        var outputs: [any ChunkOutput] = []
        if configuration.verifies {
            let output = try VerifyOutput { [weak self] in self?.firstFrame = $0 }
            verify = output
            outputs.append(output)
        }
        if let path = configuration.output {
            let onBroken: @LoopActor @Sendable (String?) -> Void = { [weak self] reason in
                self?.end(reason.map { .failed("--output: \($0)") } ?? .over("the reader of the output has gone"))
            }
            outputs.append(try FileOutput(path, log: log, onBroken: onBroken))
        }
        if let address = configuration.serve {
            let output = try ServeOutput(address)
            for url in output.urls { print(url) }
            outputs.append(output)
        }
        return outputs
    }

    /// Waits for the stream to be there. Nil when the session ended meanwhile.
    private func findStream() async throws -> StreamDescription? {
        var delayMs: Int64 = 100
        while ending == nil {
            do {
                return try await api.stream(configuration.url.name)
            } catch {
                findProblem = "\(error)"
                guard Clock.now.milliseconds(since: started) + delayMs < configuration.waitMs else {
                    throw RunFailure("\(error)")
                }
            }
            await sleep(milliseconds: delayMs)
            delayMs = min(1_000, delayMs * 2)
        }
        return nil
    }

    private func begin(_ viewer: Viewer, _ description: StreamDescription) throws {
        guard let key = try? VerifyingKey(base64: description.publicKey) else {
            throw RunFailure("the coordinate's public key for \(configuration.url.name) cannot be read")
        }
        let network = PeerNetwork(configuration.peers, coordinate: configuration.url.coordinate)
        let session = PeerSession(
            configuration.url.name, key: key,
            configuration: PeerSession.Configuration(
                configuration.peers, stream: description, bufferMs: configuration.bufferMs, network: network),
            viewer: viewer, api: api, client: client, log: log)
        session.onStreamEnded = { [weak self] in self?.streamEnded() }
        self.session = session
        session.start(nil)
    }

    private func synchronize(_ viewer: Viewer) async {
        for rounds in [1, 5] {
            if let estimate = await api.clock(rounds: rounds) { viewer.clock.correct(estimate) }
        }
        timers.append(
            LoopTimer.every(milliseconds: 30_000) { [weak self, weak viewer] in
                guard let self, let viewer else { return }
                Task { if let estimate = await self.api.clock(rounds: 5) { viewer.clock.correct(estimate) } }
            })
    }

    // MARK: Ending

    private func end(_ ending: Ending) {
        guard self.ending == nil else { return }
        self.ending = ending
        endWaiter?.resume()
        endWaiter = nil
    }

    /// What is buffered is played first.
    private func streamEnded() {
        timers.append(
            LoopTimer.after(milliseconds: configuration.bufferMs + 200) { [weak self] in
                guard let self, self.viewer?.state == .ended else { return }
                self.end(.over("the stream has ended"))
            })
    }

    private func conclude(_ viewer: Viewer) async throws -> PlayoutStatistics {
        viewer.advance()
        for timer in timers { timer.cancel() }
        // Taken before anything is torn down: what the viewer saw up to the end of its duration.
        var statistics = measure(viewer)
        await session?.stop()
        await viewer.finish()
        if let verify {
            statistics.framesDecoded = verify.framesDecoded
            statistics.decodeErrors = verify.decodeErrors
        }
        statistics.final = true
        report?.write(statistics)
        report?.summarize(statistics)
        switch ending {
        case .failed(let reason): throw RunFailure(reason)
        case .over(let reason): log.info("\(reason)")
        case .outOfTime where viewer.firstRelease == nil:
            let reason = session.map(whyNothingPlays) ?? findProblem ?? "the coordinate did not answer in time"
            throw RunFailure("\(configuration.url) did not play: \(reason)")
        case .outOfTime, .asked, nil: break
        }
        return statistics
    }

    // MARK: Measuring

    private func tick() {
        guard let viewer else { return }
        report?.write(measure(viewer))
        let hasWaited = Clock.now.milliseconds(since: started) >= configuration.waitMs
        guard viewer.firstRelease == nil, hasWaited, let session else { return }
        end(.failed("\(configuration.url) does not play: \(whyNothingPlays(session))"))
    }

    private func whyNothingPlays(_ session: PeerSession) -> String {
        if session.feed.forward != nil, viewer?.chunksCompleted == 0 {
            return "its publisher has sent nothing that can be played yet"
        }
        return session.feed.lastProblem ?? "no forward has it"
    }

    private func measure(_ viewer: Viewer) -> PlayoutStatistics {
        var statistics = PlayoutStatistics()
        statistics.stream = configuration.url.name.description
        statistics.take(viewer, session, since: started)
        guard let verify else { return statistics }
        statistics.startupMs = firstFrame?.milliseconds(since: started)
        statistics.framesDecoded = verify.framesDecoded
        statistics.decodeErrors = verify.decodeErrors
        return statistics
    }

    private func sleep(milliseconds: Int64) async {
        await withCheckedContinuation { done in LoopTimer.after(milliseconds: milliseconds) { done.resume() } }
    }
}
