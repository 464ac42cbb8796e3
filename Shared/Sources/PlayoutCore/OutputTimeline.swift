import CoreTypes
import FragmentedMP4
import MediaWire

/// Puts released chunks on the one time of an output, over publisher sessions and restarts of the coordinate: decode
/// times never go back.
public struct OutputTimeline: Sendable {
    /// What an output writes for a chunk.
    public struct Fragment: Sendable {
        /// The header that must come first; nil when the one in use goes on.
        public let newInit: [UInt8]?
        /// moof and mdat on the output's time.
        public let bytes: [UInt8]
    }

    /// Why a chunk cannot be written; the output goes on with the next one.
    public enum Failure: Error, Sendable, CustomStringConvertible {
        /// The init or the chunk is no fragmented MP4.
        case malformed(MP4Error)
        /// The chunk's time has no place in the output.
        case rejected(SessionTimeline.Rejection)

        /// What is wrong.
        public var description: String {
            switch self {
            case .malformed(let error): "\(error)"
            case .rejected(let rejection): "\(rejection)"
            }
        }
    }

    /// Nil before the first chunk.
    private var timeline: SessionTimeline?
    private var rebaser: FragmentRebaser?
    private var initHash: ShortHash?
    private var fragments: UInt32 = 0

    /// An output without anything in it.
    public init() {}

    /// The next chunk, whose init is `initSegment`. Throws `Failure`.
    public mutating func next(_ chunk: VerifiedChunk, initSegment: [UInt8]) throws(Failure) -> Fragment {
        let description = chunk.description
        let isNew = description.initHash != initHash
        if isNew || rebaser == nil {
            do throws(MP4Error) {
                rebaser = FragmentRebaser(header: try InitSegment(initSegment[...]))
            } catch {
                throw .malformed(error)
            }
        }
        var timeline = try timeline(for: chunk)
        let offset: Int64
        do throws(SessionTimeline.Rejection) {
            offset = try timeline.offset(
                session: description.session, decodeTime: description.decodeTime, duration: description.duration)
        } catch {
            throw .rejected(error)
        }
        self.timeline = timeline
        fragments &+= 1
        do throws(MP4Error) {
            let bytes = try rebaser?.rebase(chunk.bytes[...], offset: offset, sequenceNumber: fragments) ?? chunk.bytes
            initHash = description.initHash
            return Fragment(newInit: isNew ? initSegment : nil, bytes: bytes)
        } catch {
            throw .malformed(error)
        }
    }

    /// The one in use, or one that begins with `chunk`.
    private func timeline(for chunk: VerifiedChunk) throws(Failure) -> SessionTimeline {
        if let timeline { return timeline }
        do throws(MP4Error) {
            return SessionTimeline(
                start: try rebaser?.outputStart(chunk.bytes[...], decodeTime: chunk.description.decodeTime))
        } catch {
            throw .malformed(error)
        }
    }
}
