import CoreTypes

/// What a viewer has exchanged, counted as it happened.
public struct PeerCounters: Hashable, Sendable {
    /// Bytes of pieces that came from viewers, whether of use or not.
    public internal(set) var bytesFromPeers: UInt64 = 0
    /// Bytes of pieces that came from forwards, whether of use or not.
    public internal(set) var bytesFromForwards: UInt64 = 0
    /// Of both, what was here already or could no longer be played.
    public internal(set) var bytesUseless: UInt64 = 0
    /// Bytes of manifests, inits and headers that came.
    public internal(set) var overheadBytes: UInt64 = 0
    /// Bytes of messages sent to viewers.
    public internal(set) var uploadBytes: UInt64 = 0
    /// Pieces and manifests that no honest sender sends.
    public internal(set) var badPieces: UInt64 = 0
    /// Parents lost and replaced.
    public internal(set) var repairs: UInt64 = 0
    /// Milliseconds from the loss of a parent to the first data of the next one, summed.
    public internal(set) var repairMs: Int64 = 0
    /// The last 32 of these times, one by one.
    public internal(set) var recentRepairsMs: [Int64] = []
    /// Pieces asked for again, of viewers or forwards.
    public internal(set) var piecesRequested: UInt64 = 0
    /// What children were sent too late, and therefore not at all.
    public internal(set) var dropsForChildren: UInt64 = 0
}
