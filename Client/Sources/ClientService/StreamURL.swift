import CoreTypes
import ServiceAPI

/// A stream as people name it on a command line: `http://coordinate:8080/NAME`.
public struct StreamURL: Hashable, Sendable, CustomStringConvertible {
    /// The coordinate, without a path.
    public let coordinate: ServiceURL
    /// The stream.
    public let name: StreamName

    /// A stream at a coordinate.
    public init(coordinate: ServiceURL, name: StreamName) {
        self.coordinate = coordinate
        self.name = name
    }

    /// Parses the forms that services print and people copy: `/NAME`, `/watch/NAME`, `/stream/NAME`; `/stream` and no
    /// path at all mean the stream `live`. Nil for anything else.
    public init?(_ text: String) {
        guard var url = ServiceURL(text) else { return nil }
        let path = url.path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        url.path = ""
        coordinate = url
        switch path.count {
        case 0: name = .standard
        case 1 where path[0] == "stream": name = .standard
        case 1:
            guard let parsed = try? StreamName(path[0]) else { return nil }
            name = parsed
        case 2 where path[0] == "stream" || path[0] == "watch":
            guard let parsed = try? StreamName(path[1]) else { return nil }
            name = parsed
        default: return nil
        }
    }

    /// Where publishers push.
    public var publishURL: String { "\(coordinate.origin)/stream/\(name)" }

    /// The short form.
    public var description: String { "\(coordinate.origin)/\(name)" }
}
