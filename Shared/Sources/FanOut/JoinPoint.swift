import CoreTypes
import EventLoop
import HTTPServer
import MediaWire

/// Where a joiner of a ring begins.
public enum JoinPoint: Hashable, Sendable {
    /// At the newest join point.
    case newest
    /// At the frame of this sequence number, whatever it is; at the oldest join point held when that is already gone;
    /// after the newest frame when it is yet to come.
    case sequence(UInt64)
    /// At the newest join point that is not younger than this, else the oldest one.
    case notAfter(WallMilliseconds)
}

extension HTTPRequest {
    /// Where the query asks to begin: `from=SEQ`, `back=MS`, or else at the newest join point; nil when it makes no
    /// sense.
    public var joinPoint: JoinPoint? {
        if let text = query("from") {
            guard let sequence = UInt64(text), sequence <= WireLimits.integerMax else { return nil }
            return .sequence(sequence)
        }
        if let text = query("back") {
            guard let milliseconds = Int64(text), (0...3_600_000).contains(milliseconds) else { return nil }
            return .notAfter(Clock.wall - milliseconds)
        }
        return .newest
    }
    /// Ids of the services that a relay request came through, the nearest last: the header `P2plive-Path`.
    public var relayPath: [String] {
        (header("P2plive-Path") ?? "").split(separator: ",").map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }
    }
}
