import MediaWire

/// Init segments: those that signed manifests have named, and a few that came before. Nobody signs an init: it counts
/// from the moment on when a manifest names its hash.
struct InitShelf: Sendable {
    /// Kept: the ones in use around a change of codec parameters.
    static let namedMax = 8
    /// Inits that no manifest has named yet, of each source and of all, and manifests after which such an init is its
    /// sender's invention: one is sent right in front of the first chunk that needs it.
    static let strangeMax = 2, strangeMaxOfAll = 16, manifestsUntilNamed = 32

    private struct Strange: Sendable {
        let hash: ShortHash
        let bytes: [UInt8]
        let source: Source
        var manifests = 0
    }

    private(set) var named: [(hash: ShortHash, bytes: [UInt8])] = []
    private var wanted: [ShortHash] = []
    private var strange: [Strange] = []

    func bytes(_ hash: ShortHash) -> [UInt8]? { named.first { $0.hash == hash }?.bytes }

    /// What became of an init that has come.
    enum Outcome: Sendable {
        /// A manifest has named it, and it was not here.
        case news
        /// It waits for its manifest, or was here.
        case kept
        /// Its sender invents inits.
        case invented
    }

    /// Takes one whose hash has been checked.
    mutating func add(_ hash: ShortHash, _ bytes: [UInt8], from source: Source) -> Outcome {
        guard self.bytes(hash) == nil else { return .kept }
        if wanted.contains(hash) {
            keep(hash, bytes)
            return .news
        }
        guard !strange.contains(where: { $0.hash == hash }) else { return .kept }
        guard strange.count(where: { $0.source == source }) < Self.strangeMax else {
            forget(source)
            return .invented
        }
        if strange.count >= Self.strangeMaxOfAll { strange.removeFirst() }
        strange.append(Strange(hash: hash, bytes: bytes, source: source))
        return .kept
    }

    /// What a source left unexplained does not count against its next connection.
    mutating func forget(_ source: Source) { strange.removeAll { $0.source == source } }

    /// A verified manifest names `hash`. Returns the init if it was waiting for that, and sources whose init was none.
    mutating func name(_ hash: ShortHash, from source: Source) -> (news: [UInt8]?, liars: [Source]) {
        var news: [UInt8]?
        if bytes(hash) == nil, let position = strange.firstIndex(where: { $0.hash == hash }) {
            let found = strange.remove(at: position)
            keep(hash, found.bytes)
            news = found.bytes
        } else if bytes(hash) == nil, !wanted.contains(hash) {
            wanted.append(hash)
            if wanted.count > Self.namedMax { wanted.removeFirst() }
        }
        for position in strange.indices where strange[position].source == source { strange[position].manifests += 1 }
        let liars = strange.filter { $0.manifests > Self.manifestsUntilNamed }.map(\.source)
        strange.removeAll { $0.manifests > Self.manifestsUntilNamed }
        return (news, liars)
    }

    private mutating func keep(_ hash: ShortHash, _ bytes: [UInt8]) {
        wanted.removeAll { $0 == hash }
        named.append((hash, bytes))
        if named.count > Self.namedMax { named.removeFirst() }
    }
}
