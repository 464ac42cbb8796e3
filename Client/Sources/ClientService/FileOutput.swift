import EventLoop
import Glibc
import LibAV
import Logging
import PlayoutCore
import ServiceKit

/// Writes the stream as fragmented MP4 to a file or stdout. Changed codec parameters begin another file, NAME-2.EXT;
/// on stdout the new header simply follows. A reader that is too slow loses whole groups.
@LoopActor
final class FileOutput: ChunkOutput {
    private let path: String
    private let log: Logger
    private let onBroken: @LoopActor @Sendable (String?) -> Void
    private var sink: FileSink
    private var generation = 0
    private var skipsToKeyframe = false
    /// Chunks that the reader was too slow for.
    private(set) var dropped: UInt64 = 0

    /// Opens `path`, "-" for stdout. `onBroken` is told when the reader goes away (nil) or writing fails (the reason).
    /// Throws `UsageError` when the file cannot be written.
    init(_ path: String, log: Logger, onBroken: @escaping @LoopActor @Sendable (String?) -> Void) throws {
        self.path = path
        self.log = log
        self.onBroken = onBroken
        sink = try FileSink(Self.open(path), onBroken: onBroken)
    }

    func write(_ fragment: OutputTimeline.Fragment, of release: PlayoutBuffer.Release) {
        if let header = fragment.newInit { begin(header) }
        if skipsToKeyframe, !release.chunk.isKeyframe {
            dropped += 1
            return
        }
        skipsToKeyframe = !sink.write(fragment.bytes)
        if skipsToKeyframe {
            if dropped == 0 { log.warning("The reader of the output is too slow: parts are left out") }
            dropped += 1
        }
    }

    func finish() async { await sink.finish() }

    private func begin(_ header: [UInt8]) {
        generation += 1
        if generation > 1, path != "-" { openNext() }
        if !sink.write(header) { skipsToKeyframe = true }
    }

    private func openNext() {
        let name = Self.numbered(path, generation)
        do {
            let next = try FileSink(Self.open(name), onBroken: onBroken)
            let previous = sink
            Task { await previous.finish() }
            sink = next
            log.notice("Codec parameters changed: going on in another file", metadata: ["file": "\(name)"])
        } catch {
            onBroken("\(error)")
        }
    }

    /// `dir/name.ext` as `dir/name-2.ext`.
    nonisolated static func numbered(_ path: String, _ number: Int) -> String {
        let nameStart = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[nameStart...].lastIndex(of: "."), dot > nameStart else { return "\(path)-\(number)" }
        return "\(path[..<dot])-\(number)\(path[dot...])"
    }

    private static func open(_ path: String) throws(UsageError) -> Int32 {
        guard path != "-" else { return STDOUT_FILENO }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw UsageError("--output: cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }
}
