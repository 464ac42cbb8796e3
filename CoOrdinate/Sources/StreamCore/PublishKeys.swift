import CoreTypes

/// Who may publish what.
public struct PublishKeys: Sendable {
    private let keys: [(name: String, key: [UInt8])]
    /// True when anybody may publish any name that has no key of its own.
    public let isOpen: Bool

    /// Keys by stream name; "*" is for every name without one.
    public init(_ keys: [(name: String, key: String)], isOpen: Bool) {
        self.keys = keys.map { ($0.name, Array($0.key.utf8)) }
        self.isOpen = isOpen
    }

    /// True when the stream has a key, its own or the one for every name.
    public func hasKey(for stream: StreamName) -> Bool {
        keys.contains { $0.name == stream.description || $0.name == "*" }
    }

    /// True when `key` opens the stream. `equal` compares without telling by its time where two keys differ.
    public func allow(_ stream: StreamName, key: String?, equal: ([UInt8], [UInt8]) -> Bool) -> Bool {
        let own = keys.first { $0.name == stream.description } ?? keys.first { $0.name == "*" }
        guard let own else { return isOpen }
        return key.map { equal(Array($0.utf8), own.key) } ?? false
    }
}
