import EventLoop

/// Finds the handler of a request by method and path.
@LoopActor
public final class Router {
    /// How a route takes its body.
    enum Action {
        case plain(@LoopActor (HTTPRequest) -> HTTPReply)
        case whole(bytesMax: Int, @LoopActor (HTTPRequest) -> HTTPReply)
        case upload(@LoopActor (HTTPRequest) -> UploadDecision)
    }

    private struct Route {
        let method: HTTPMethod
        let pattern: [Substring]
        let action: Action
    }

    /// What a look-up found.
    enum Match {
        case found(Action, parameters: [String: String])
        case otherMethods(allowed: [HTTPMethod])
        case none
    }

    private var routes: [Route] = []

    /// A router without routes.
    public init() {}

    /// Routes requests without a body. A pattern's `:name` segments match anything but "/" and become parameters; a last
    /// segment `*name` matches one or more segments, whatever is in them. Routes are tried in the order they were added.
    public func get(_ pattern: String, _ handler: @escaping @LoopActor (HTTPRequest) -> HTTPReply) {
        add([.get], pattern, .plain(handler))
    }

    /// Routes requests whose body is collected first; above `bytesMax` the answer is 413.
    public func on(
        _ methods: [HTTPMethod], _ pattern: String, bytesMax: Int = 65_536,
        _ handler: @escaping @LoopActor (HTTPRequest) -> HTTPReply
    ) {
        add(methods, pattern, .whole(bytesMax: bytesMax, handler))
    }

    /// Routes requests whose body is streamed. A body without length or chunked coding is refused with 411.
    public func upload(
        _ methods: [HTTPMethod], _ pattern: String, _ open: @escaping @LoopActor (HTTPRequest) -> UploadDecision
    ) {
        add(methods, pattern, .upload(open))
    }

    private func add(_ methods: [HTTPMethod], _ pattern: String, _ action: Action) {
        for method in methods {
            routes.append(Route(method: method, pattern: pattern.split(separator: "/"), action: action))
        }
    }

    func match(_ method: HTTPMethod, _ path: String) -> Match {
        // Empty segments are kept: "//stream" or "/stream/" is not "/stream".
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let isRoot = path == "/"
        var allowed: [HTTPMethod] = []
        for route in routes {
            guard let parameters = Self.match(route.pattern, isRoot ? [] : segments) else { continue }
            if route.method == method || (method == .head && route.method == .get) {
                return .found(route.action, parameters: parameters)
            }
            if !allowed.contains(route.method) { allowed.append(route.method) }
        }
        return allowed.isEmpty ? .none : .otherMethods(allowed: allowed)
    }

    private static func match(_ pattern: [Substring], _ segments: [Substring]) -> [String: String]? {
        let takesRest = pattern.last?.hasPrefix("*") ?? false
        guard takesRest ? pattern.count <= segments.count : pattern.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (index, (expected, actual)) in zip(pattern, segments).enumerated() {
            if expected.hasPrefix("*") {
                parameters[String(expected.dropFirst())] = segments[index...].joined(separator: "/")
            } else if expected.hasPrefix(":") {
                guard !actual.isEmpty else { return nil }
                parameters[String(expected.dropFirst())] = String(actual)
            } else if expected != actual {
                return nil
            }
        }
        return parameters
    }
}
