import CoreTypes

/// Who may publish what.
public struct PublishKeys: Sendable {
    private let keys: [(name: String, key: [UInt8])]
    /// True when anybody may publish any name that has no key of its own.
    public let isOpen: Bool

    /// Keys by stream name; "*" is for every name without one. Of several keys for one name each is good, so that keys
    /// can be changed without a gap.
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
        let own = keys.filter { $0.name == stream.description }
        let good = own.isEmpty ? keys.filter { $0.name == "*" } : own
        guard !good.isEmpty else { return isOpen }
        return key.map { given in good.contains { equal(Array(given.utf8), $0.key) } } ?? false
    }
}
