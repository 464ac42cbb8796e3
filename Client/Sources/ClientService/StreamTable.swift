import CoreTypes
import ServiceAPI

/// `client streams`: what is live, as a table for people.
public enum StreamTable {
    /// The table, with a header line. Ages count from `now`.
    public static func text(_ streams: [StreamDescription], now: WallMilliseconds) -> String {
        guard !streams.isEmpty else { return "no streams\n" }
        let header = ["NAME", "STATE", "CODECS", "SIZE", "BITRATE", "VIEWERS", "AGE"]
        let rows = [header] + streams.map { row($0, now: now) }
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ").trimmingSuffix(" ") + "\n"
        }.joined()
    }

    private static func row(_ stream: StreamDescription, now: WallMilliseconds) -> [String] {
        [
            printable(stream.name), stream.state.name, stream.codecs.isEmpty ? "-" : printable(stream.codecs),
            stream.width > 0 ? "\(stream.width)x\(stream.height)" : "-", rate(stream.bitrate), "\(stream.viewers)",
            age(now &- stream.startedAt),
        ]
    }

    /// What a coordinate sends must not drive the terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(80).map { (0x20..<0x7f).contains($0.value) ? $0 : "?" })
        )
    }

    static func rate(_ bits: Int) -> String {
        switch bits {
        case 1_000_000...: "\(Double(bits / 10_000) / 100) Mbit/s"
        case 1_000...: "\(bits / 1_000) kbit/s"
        default: "\(bits) bit/s"
        }
    }

    static func age(_ ms: Int64) -> String {
        let seconds = max(0, ms / 1_000)
        switch seconds {
        case 86_400...: return "\(seconds / 86_400) d \(seconds % 86_400 / 3_600) h"
        case 3_600...: return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        case 60...: return "\(seconds / 60) min \(seconds % 60) s"
        default: return "\(seconds) s"
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self[...]
        while text.last == character { text = text.dropLast() }
        return String(text)
    }
}
