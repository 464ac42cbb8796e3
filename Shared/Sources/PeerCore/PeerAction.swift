import CoreTypes
import MediaWire
import PlayoutCore

/// What the machine wants done. The shell carries it out in order.
public enum PeerAction: Sendable {
    /// Offer a link to a viewer, through the tracker, or through the neighbour `relay`.
    case connect(PeerID, relay: PeerID?)
    /// Close the link.
    case close(PeerID, reason: String)
    /// Send a message; it is of no use `lifetimeMs` milliseconds from now.
    case send(PeerID, [UInt8], lifetimeMs: Int64?)
    /// Hand a signal that came through the neighbour `relay` to whoever makes links.
    case signal(from: PeerID, relay: PeerID, bytes: [UInt8])
    /// Take exactly these stripes from a forward, from the chunk `from` (nil: the newest keyframe) on; empty to stop.
    case takeFromForward([Int], from: UInt64?, why: ForwardReason)
    /// Get these pieces of one chunk from a forward; all of the chunk when empty.
    case fetch(sequence: UInt64, indices: [Int], why: ForwardReason)
    /// Tell the tracker that the link to the stripe's parent is broken.
    case reportLost(stripe: Int, PeerID, LossReason)
    /// Tell the tracker what no honest viewer sends.
    case accuse(PeerID, reason: String)
    /// A chunk exists; its pieces are on their way.
    case announce(ChunkDescription)
    /// A chunk is whole and verified.
    case chunk(VerifiedChunk)
    /// An init segment, its hash checked, which a verified manifest has named.
    case initSegment(hash: ShortHash, bytes: [UInt8])
    /// The forward sent what no honest one sends.
    case blameForward(reason: String)
}
