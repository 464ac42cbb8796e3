/// Why bytes are no init segment or fragment that this module can work with.
public enum MP4Error: Error, Equatable, Sendable, CustomStringConvertible {
    /// A box whose size field is smaller than its header, or a size that is not allowed at that place.
    case badBoxSize(FourCC, size: UInt64)
    /// A box reaches beyond what contains it.
    case boxOverrun(FourCC, size: UInt64, available: Int)
    /// The input ends inside a field of the box.
    case truncated(FourCC)
    /// More boxes, tracks or runs than any sound file has.
    case tooMany(FourCC, limit: Int)
    /// A box that must be there is not.
    case missing(FourCC, in: FourCC)
    /// A field of the box has a value that makes no sense.
    case badField(FourCC, name: String)
    /// A fragment names a track that the init segment does not have.
    case unknownTrack(UInt32)
    /// The moved time does not fit the field, is negative, or does not fit 64 bits.
    case timeOutOfRange(track: UInt32)

    /// What is wrong.
    public var description: String {
        switch self {
        case .badBoxSize(let type, let size): "box \(type) has the impossible size \(size)"
        case .boxOverrun(let type, let size, let available):
            "box \(type) of \(size) bytes reaches beyond the \(available) bytes there are"
        case .truncated(let type): "box \(type) ends inside a field"
        case .tooMany(let type, let limit): "more than \(limit) of \(type)"
        case .missing(let type, let parent): "no \(type) in \(parent)"
        case .badField(let type, let name): "field \(name) of box \(type) has a value that makes no sense"
        case .unknownTrack(let id): "track \(id) is not in the init segment"
        case .timeOutOfRange(let track): "the decode time of track \(track) does not fit its field"
        }
    }
}
