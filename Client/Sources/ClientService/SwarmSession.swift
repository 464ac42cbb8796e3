import CoreTypes
import Cryptography
import EventLoop
import Glibc
import HTTPClient
import Logging
import PlayoutCore
import ServiceAPI
import ServiceKit

/// One run of `client swarm`: many viewers in one process, who come, and go.
@LoopActor
public final class SwarmSession {
    /// Milliseconds from the last planned join until offload is judged.
    private static let settleMs: Int64 = 10_000

    private let configuration: SwarmConfiguration
    private let log = Logger(label: "p2plive.client")
    private let client: HTTPClient
    private let api: CoordinateAPI
    private let clock = PlaybackClock()
    private let network: PeerNetwork
    private var generator: SeededGenerator
    private var members: [SwarmMember] = []
    private var totals: SwarmTotals?
    private var joined = 0
    private var left = 0
    private var vanished = 0
    private var started = Clock.now
    private var timers: [LoopTimer] = []
    private var ticks = 0
    private var sink: LineSink?
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var waiter: CheckedContinuation<Void, Never>?
    private var isOver = false
    private var hasStreamEnded = false
    private var settledAt: MonotonicInstant?

    /// A swarm that has not begun.
    public init(_ configuration: SwarmConfiguration) {
        self.configuration = configuration
        client = HTTPClient(
            certificateAuthorityFile: configuration.certificateAuthorityFile, localAddress: configuration.localAddress)
        api = CoordinateAPI(configuration.url.coordinate, client: client)
        network = PeerNetwork(configuration.options, coordinate: configuration.url.coordinate)
        // Each viewer may have two parents, two grandparents and as many below, with room for emergencies.
        network.linksMax = max(500, configuration.peers * 16)
        generator = SeededGenerator(seed: configuration.seed)
    }

    /// Runs until the duration is over, the stream ends, or `stop` is called. Returns the summary, which has been
    /// printed. Throws `UsageError`, or `RunFailure` when there is no such stream.
    @discardableResult
    public func run() async throws -> SwarmStatistics {
        sink = try configuration.statistics.map { path throws(UsageError) in try LineSink(path, flag: "--stats") }
        guard let description = try await findStream(), let key = try? VerifyingKey(base64: description.publicKey)
        else {
            throw RunFailure("the coordinate's public key for \(configuration.url.name) cannot be read")
        }
        if let estimate = await api.clock(rounds: 5) { clock.correct(estimate) }
        totals = SwarmTotals()
        started = Clock.now
        if let durationMs = configuration.durationMs {
            timers.append(LoopTimer.after(milliseconds: durationMs) { [weak self] in self?.stop() })
        }
        timers.append(LoopTimer.every(milliseconds: 1_000) { [weak self] in self?.tick() })
        timers.append(
            LoopTimer.every(milliseconds: 50) { [weak self] in self?.comeAndGo(description, key) })
        timers.append(
            LoopTimer.every(milliseconds: 30_000) { [weak self] in
                guard let self else { return }
                Task { if let estimate = await self.api.clock(rounds: 5) { self.clock.correct(estimate) } }
            })
        if !isOver { await withCheckedContinuation { waiter = $0 } }
        return try await conclude()
    }

    /// Ends it.
    public func stop() {
        isOver = true
        waiter?.resume()
        waiter = nil
    }

    private func findStream() async throws -> StreamDescription? {
        let began = Clock.now
        while true {
            do {
                return try await api.stream(configuration.url.name)
            } catch {
                guard Clock.now.milliseconds(since: began) < configuration.waitMs, !isOver else {
                    throw RunFailure("\(error)")
                }
            }
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 200) { done.resume() } }
        }
    }

    /// What is buffered is played first.
    private func streamEnded() {
        guard !hasStreamEnded else { return }
        hasStreamEnded = true
        timers.append(
            LoopTimer.after(milliseconds: configuration.bufferMs + 200) { [weak self] in
                guard let self else { return }
                self.hasStreamEnded = false
                if self.members.allSatisfy({ $0.viewer.state != .live }) { self.stop() }
            })
    }

    // MARK: Coming and going

    private func comeAndGo(_ description: StreamDescription, _ key: VerifyingKey) {
        guard !isOver else { return }
        let now = Clock.now
        for member in members where member.until.map({ now >= $0 }) ?? false { remove(member) }
        let elapsed = Double(now.milliseconds(since: started)) / 1_000
        let planned = Int(min(Double(configuration.peers), elapsed * configuration.arrivalsPerSecond + 1))
        while members.count < planned, joined < planned || configuration.lifetimeMs != nil { add(description, key) }
        if planned == configuration.peers, settledAt == nil {
            settledAt = now
            timers.append(
                LoopTimer.after(milliseconds: Self.settleMs) { [weak self] in
                    guard let self else { return }
                    self.totals?.judgeOffload(self.members)
                })
        }
    }

    private func add(_ description: StreamDescription, _ key: VerifyingKey) {
        joined += 1
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let first = FirstFrame()
        let verify = configuration.verifies ? try? VerifyOutput { first.at = $0 } : nil
        let viewer = Viewer(
            bufferMs: configuration.bufferMs, outputs: verify.map { [$0] } ?? [], clock: clock, log: quiet)
        let session = PeerSession(
            configuration.url.name, key: key,
            configuration: PeerSession.Configuration(
                configuration.options, stream: description, bufferMs: configuration.bufferMs, network: network),
            viewer: viewer, api: api, client: client, log: quiet)
        let until = configuration.lifetimeMs.map { mean in
            let share = Double.random(in: 0..<1, using: &generator)
            return Clock.now.advanced(byMilliseconds: Int64(-Double(mean) * log1p(-share)))
        }
        session.onStreamEnded = { [weak self] in self?.streamEnded() }
        members.append(SwarmMember(viewer: viewer, session: session, verify: verify, first: first, until: until))
        session.start(nil)
    }

    /// Half of those who go say good-bye.
    private func remove(_ member: SwarmMember) {
        members.removeAll { $0 === member }
        member.viewer.advance()
        totals?.retire(member)
        if Bool.random(using: &generator) {
            left += 1
            Task { await member.session.stop() }
        } else {
            vanished += 1
            member.session.vanish()
        }
        Task { await member.viewer.finish() }
    }

    // MARK: Measuring

    private func measure() -> SwarmStatistics {
        var statistics = totals?.sum(members) ?? SwarmStatistics()
        statistics.time = Clock.wall
        statistics.elapsedMs = Clock.now.milliseconds(since: started)
        statistics.stream = configuration.url.name.description
        statistics.joined = joined
        statistics.left = left
        statistics.vanished = vanished
        statistics.linksOpened = network.statistics?.opened ?? 0
        return statistics
    }

    private func tick() {
        ticks += 1
        // Where nobody reads along and nobody collects lines, the log is all there is: a line every ten seconds.
        let isLogged = sink == nil && !isTerminal
        guard !isLogged || ticks.isMultiple(of: 10) else { return }
        let statistics = measure()
        sink?.write(encodeJSON(statistics))
        if isTerminal { say("\r\u{1B}[K" + progress(statistics)) }
        guard isLogged else { return }
        log.info(
            "Watching",
            metadata: [
                "viewers": "\(statistics.peers)", "continuity": "\(statistics.continuity)",
                "offload": "\(statistics.offload)", "stalls": "\(statistics.stalls)",
                "chunksDue": "\(statistics.chunksDue)", "roots": "\(statistics.roots.reduce(0, +))",
            ])
    }

    private func conclude() async throws -> SwarmStatistics {
        for timer in timers { timer.cancel() }
        for member in members { member.viewer.advance() }
        var statistics = measure()
        // All at once: whoever said good-bye first would otherwise wait for the others.
        let sessions = members.map(\.session)
        await withTaskGroup { group in
            for session in sessions { group.addTask { await session.stop(graceMs: 0) } }
        }
        for member in members { await member.viewer.finish() }
        if configuration.verifies {
            statistics.framesDecoded = members.reduce(0) { $0 + ($1.verify?.framesDecoded ?? 0) }
            statistics.decodeErrors = members.reduce(0) { $0 + ($1.verify?.decodeErrors ?? 0) }
        }
        statistics.final = true
        sink?.write(encodeJSON(statistics))
        if isTerminal { say("\n") }
        // The summary belongs to stdout, unless the lines went there.
        if configuration.statistics != "-" { print(String(decoding: encodeJSON(statistics), as: UTF8.self)) }
        guard statistics.joined == 0 || statistics.chunksDue > 0 || configuration.durationMs == nil else {
            throw RunFailure("\(configuration.url) did not play")
        }
        return statistics
    }

    private func progress(_ statistics: SwarmStatistics) -> String {
        func percent(_ share: Double) -> String { "\((share * 10_000).rounded(.down) / 100) %" }
        return "\(statistics.elapsedMs / 1_000) s  viewers \(statistics.peers)/\(configuration.peers)"
            + "  continuity \(percent(statistics.continuity))  offload \(percent(statistics.offload))"
            + "  roots \(statistics.roots)  depth \(statistics.depthMax)  stalls \(statistics.stalls)"
            + "  repairs \(statistics.repairs)  links \(statistics.linkEnds / 2)"
    }

    private func say(_ text: String) { StandardStream.error.write(text) }
}
