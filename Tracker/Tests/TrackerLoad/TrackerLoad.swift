import ArgumentParser
import CoreTypes
import EventLoop
import HTTPServer
import ServiceKit

/// Viewers without media by the ten thousand, each with an event stream of its own, and how long they wait for what.
/// Prints a line of JSON after each phase.
@main
struct TrackerLoad: LoopCommand {
    static let configuration = CommandConfiguration(
        commandName: "tracker-load", abstract: "Load a tracker with viewers that join, listen and report.")

    @Option(help: ArgumentHelp("The tracker.", valueName: "host:port"))
    var tracker: ListenAddress

    @Option(help: "The stream, which the tracker's coordinate must know.")
    var stream = "live"

    @Option(help: "Viewers.")
    var viewers = 1_000

    @Option(help: "Viewers that join each second.")
    var rate = 500

    @Option(help: "Addresses, from 127.1.0.0 on, that viewers come from in turn; 0 for that of the host.")
    var sources = 65_536

    @Option(help: "Children that a viewer can feed.")
    var capacity = 2

    @Option(help: "How long nothing happens but pings and reports, when all have joined.")
    var hold = DurationArgument(milliseconds: 5_000)

    @Option(help: "Time between two reports of a viewer; 0 for none.")
    var report = DurationArgument(milliseconds: 5_000)

    @Flag(help: "Each viewer keeps a second connection for its reports, as browsers do.")
    var keepConnections = false

    @Option(help: "How long some leave and others join after that.")
    var churn = DurationArgument(milliseconds: 5_000)

    @Option(help: "How many a second.")
    var churnRate = 100

    @OptionGroup var log: LogOptions

    static func main() { ProgramMain.run(TrackerLoad.self) }

    @LoopActor func run(_ signals: Signals) async throws {
        let run = LoadRun(
            SocketAddress(tracker.host, tracker.port), stream: stream, sources: sources, capacity: capacity,
            keepsConnections: keepConnections)
        var turn = 0
        let turns = max(1, Int(report.milliseconds / 20))
        let reporting = LoopTimer.every(milliseconds: 20) { [report] in
            turn += 1
            if report.milliseconds > 0 { run.report(turn: turn, of: turns) }
        }
        await pace(count: viewers, rate: rate) { run.add() }
        await wait(untilMs: 10_000) { run.listeningCount >= run.count }
        show(run.endPhase("joined"))
        await wait(untilMs: hold.milliseconds) { false }
        show(run.endPhase("held"))
        await pace(count: Int(churn.milliseconds) * churnRate / 1_000, rate: churnRate) {
            run.removeAny()
            run.add()
        }
        if churn.milliseconds > 0 {
            await wait(untilMs: 6_000) { false }
            show(run.endPhase("churned"))
        }
        reporting.cancel()
    }

    @LoopActor private func show(_ report: PhaseReport) { print(String(decoding: encodeJSON(report), as: UTF8.self)) }

    /// Does something so often a second, evenly.
    @LoopActor private func pace(count: Int, rate: Int, _ body: @escaping @LoopActor () -> Void) async {
        let start = Clock.now
        var done = 0
        let timer = LoopTimer.every(milliseconds: 1) {
            let due = min(count, Int(Clock.now.milliseconds(since: start)) * rate / 1_000)
            while done < due {
                done += 1
                body()
            }
        }
        await wait(untilMs: .max) { done >= count }
        timer.cancel()
    }

    /// Waits for a condition, so long at most.
    @LoopActor private func wait(untilMs: Int64, _ isDone: @escaping @LoopActor () -> Bool) async {
        let start = Clock.now
        while !isDone(), Clock.now.milliseconds(since: start) < untilMs {
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 20) { done.resume() } }
        }
    }
}
