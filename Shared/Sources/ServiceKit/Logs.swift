import ArgumentParser
import FoundationEssentials
import Logging

/// The form of log lines.
public enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For people.
    case text
    /// One JSON object a line.
    case json
}

/// The levels of `--log-level`.
public enum LogLevel: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// Each packet.
    case trace
    /// Each decision.
    case debug
    /// Life of services, streams and publishers.
    case info
    /// Unusual but fine.
    case notice
    /// Somebody should look.
    case warning
    /// Work was lost.
    case error

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

/// Writes one line per event to stderr.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }
        let fields = merged.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let time = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        let line: String
        switch format {
        case .text:
            let tail = fields.map { " \($0.0)=\(Self.quoted($0.1))" }.joined()
            line = "\(time) \(event.level.rawValue) \(label): \(Self.printable("\(event.message)"))\(tail)\n"
        case .json:
            var object = ["time": time, "level": event.level.rawValue, "label": label, "message": "\(event.message)"]
            for (key, value) in fields { object[key] = value }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(object) else { return }
            line = String(decoding: data, as: UTF8.self) + "\n"
        }
        StandardStream.error.write(line)
    }

    /// Control characters could forge log lines or drive a terminal: they are shown as escapes.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else { return text }
        return text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? $0.escaped(asASCII: true) : String($0) }
            .joined()
    }

    private static func quoted(_ text: String) -> String {
        let text = printable(text)
        return text.contains(" ") || text.contains("\"") || text.isEmpty
            ? "\"" + text.replacing("\"", with: "\\\"") + "\"" : text
    }
}

extension LogOptions {
    /// Installs the handler; once per process.
    func bootstrap() {
        let (format, level) = (logFormat, logLevel.level)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, logLevel: level) }
    }
}
