import EventLoop
import Glibc
import PlayoutCore
import ServiceKit

/// Shows statistics: JSON lines for programs, or a line a second and a table at the end for a person.
@LoopActor
final class StatisticsReport {
    private let sink: LineSink?
    private let isTerminal: Bool

    /// To `path` ("-" for stdout), or to a person on stderr when nil. Throws `UsageError`.
    init(_ path: String?) throws(UsageError) {
        sink = try path.map { path throws(UsageError) in try LineSink(path, flag: "--stats") }
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    func write(_ statistics: PlayoutStatistics) {
        if let sink {
            sink.write(encodeJSON(statistics))
        } else if isTerminal, !statistics.final {
            say("\r\u{1B}[K" + progress(statistics))
        }
    }

    /// The table at the end.
    func summarize(_ statistics: PlayoutStatistics) {
        guard sink == nil else { return }
        func text(_ value: (some CustomStringConvertible)?, _ unit: String = "") -> String {
            value.map { "\($0)\(unit)" } ?? "-"
        }
        var rows: [(String, String)] = [
            ("stream", "\(statistics.stream), \(statistics.state), watched for \(seconds(statistics.elapsedMs))"),
            ("startup", text(statistics.startupMs, " ms")),
            ("continuity", percent(statistics.continuity)),
            (
                "chunks",
                "\(statistics.chunksOnTime) on time, \(statistics.chunksLate) late, "
                    + "\(statistics.chunksMissing) missing, \(statistics.chunksSkipped) skipped"
            ),
            ("stalls", "\(statistics.stalls), \(seconds(statistics.stallMs))"),
            (
                "latency",
                "p50 \(text(statistics.latencyMs.p50)), p95 \(text(statistics.latencyMs.p95)), "
                    + "p99 \(text(statistics.latencyMs.p99)) ms; clock within \(text(statistics.clockErrorMs)) ms"
            ),
            (
                "received",
                "\(statistics.bytesFromForwards) bytes from forwards, \(statistics.bytesFromPeers) from viewers, "
                    + "offload \(percent(statistics.offload))"
            ),
            (
                "sent",
                "\(statistics.uploadBytes) bytes to viewers, \(statistics.children) children, depth \(statistics.depth)"
            ),
            ("repairs", "\(statistics.repairs), \(seconds(statistics.repairMs))"),
            ("bad pieces", "\(statistics.badPieces)"),
            ("publisher away", seconds(statistics.publisherGapMs)),
        ]
        if let frames = statistics.framesDecoded {
            rows.append(("decoded", "\(frames) frames, \(text(statistics.decodeErrors)) errors"))
        }
        let width = rows.map(\.0.count).max() ?? 0
        let lines = rows.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 }
        say((isTerminal ? "\r\u{1B}[K" : "") + lines.joined(separator: "\n") + "\n")
    }

    private func progress(_ statistics: PlayoutStatistics) -> String {
        "\(seconds(statistics.elapsedMs))  \(statistics.state)  continuity \(percent(statistics.continuity))"
            + "  latency \(statistics.latencyMs.p50.map { "\($0) ms" } ?? "-")  stalls \(statistics.stalls)"
            + "  offload \(percent(statistics.offload))  children \(statistics.children)"
            + (statistics.framesDecoded.map { "  frames \($0)" } ?? "")
    }

    private func seconds(_ ms: Int64) -> String { "\(Double(ms / 100) / 10) s" }

    /// Cut, not rounded: 100 % means all.
    private func percent(_ share: Double) -> String { "\((share * 10_000).rounded(.down) / 100) %" }

    private func say(_ text: String) { StandardStream.error.write(text) }
}
