import CMicroHTTPD

/// The headers and the query of a connection's request, copied.
struct ConnectionValues {
    private(set) var headers: [(name: String, value: String)] = []
    /// Nil when an escape is broken.
    private(set) var query: [(name: String, value: String)]?

    init(_ connection: OpaquePointer) {
        headers = Self.collect(connection, .HEADER_KIND)
        var decoded: [(name: String, value: String)] = []
        for (name, value) in Self.collect(connection, .GET_ARGUMENT_KIND) {
            guard let name = percentDecoded(name), let value = percentDecoded(value) else { return }
            decoded.append((name, value))
        }
        query = decoded
    }

    private static func collect(_ connection: OpaquePointer, _ kind: MHD_ValueKind) -> [(name: String, value: String)] {
        var values: [(name: String, value: String)] = []
        withUnsafeMutablePointer(to: &values) { pointer in
            _ = MHD_get_connection_values(
                connection, kind,
                { context, _, name, value in
                    guard let name else { return .YES }
                    let values = context?.assumingMemoryBound(to: [(name: String, value: String)].self)
                    values?.pointee.append((String(cString: name), value.map { String(cString: $0) } ?? ""))
                    return .YES
                }, pointer)
        }
        return values
    }
}
