import CoreTypes
import MediaWire

/// Puts the records of a relay together again: inits, and chunks with their manifests. Whatever does not fit is an
/// error, after which the connection should be dropped.
public struct RelayReader: Sendable {
    /// What a run of records amounts to.
    public enum Event: Sendable {
        /// First of all: the JSON of the hello record.
        case hello([UInt8])
        /// An init; its hash has been checked.
        case initSegment(hash: ShortHash, bytes: [UInt8])
        /// A chunk that fits its manifests; pieces checked by hash, signatures by the given check.
        case chunk(StoredChunk)
        /// The stream's state changed.
        case state(StreamState)
        /// The upstream lives.
        case ping(WallMilliseconds)
    }

    /// Why the records make no sense.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The bytes are no records.
        case wire(WireError)
        /// A record came before the hello.
        case noHello
        /// An init whose bytes have another hash.
        case wrongInitHash
        /// A manifest that its stream's key did not sign, or of another stream.
        case badSignature
        /// A chunk without all its manifests, or one whose bytes they do not describe.
        case wrongChunk(sequence: UInt64)
        /// A record that a relay does not carry.
        case unexpectedRecord

        /// What is wrong.
        public var description: String {
            switch self {
            case .wire(let error): "\(error)"
            case .noHello: "the relay does not begin with a hello record"
            case .wrongInitHash: "an init does not have the hash it came under"
            case .badSignature: "a manifest is not signed by the stream's key"
            case .wrongChunk(let sequence): "chunk \(sequence) does not fit its manifests"
            case .unexpectedRecord: "a record that a relay does not carry"
            }
        }
    }

    private var parser = RecordParser()
    private var manifests: [SignedManifest] = []
    private var hasHello = false

    /// A reader at the start of a relay.
    public init() {}

    /// Adds bytes as they come.
    public mutating func append(_ bytes: some Collection<UInt8>) { parser.append(bytes) }

    /// The next event; nil when more bytes are needed. `hash` is the short SHA-256, `isSigned` checks a manifest's
    /// signature and stream.
    public mutating func next(
        hash: (ArraySlice<UInt8>) -> ShortHash, isSigned: (SignedManifest) -> Bool
    ) throws(Failure) -> Event? {
        while let record = try nextRecord() {
            if case .hello(let json) = record {
                hasHello = true
                return .hello(json)
            }
            guard hasHello else { throw .noHello }
            switch record {
            case .hello: continue
            case .initSegment(let expected, let bytes):
                guard hash(bytes[...]) == expected else { throw .wrongInitHash }
                return .initSegment(hash: expected, bytes: bytes)
            case .manifest(let manifest):
                guard isSigned(manifest) else { throw .badSignature }
                manifests.append(manifest)
                guard manifests.count <= WireLimits.stripeCountMax else { throw .unexpectedRecord }
            case .chunk(let sequence, let bytes):
                defer { manifests = [] }
                guard let chunk = StoredChunk(manifests: manifests, bytes: bytes), chunk.sequence == sequence,
                    chunk.isIntact(hash: hash)
                else { throw .wrongChunk(sequence: sequence) }
                return .chunk(chunk)
            case .state(let state): return .state(state)
            case .ping(let wall): return .ping(wall)
            case .piece: throw .unexpectedRecord
            }
        }
        return nil
    }

    private mutating func nextRecord() throws(Failure) -> Record? {
        do { return try parser.next() } catch { throw .wire(error) }
    }
}
