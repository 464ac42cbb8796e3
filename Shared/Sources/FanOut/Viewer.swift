import HTTPServer

/// One viewer's socket on a fan-out thread: a plain structure at a fixed address, so that a pass over thousands of
/// them counts no references. Owned by its `RingBody`, used by one shard between `add` and `giveBack`.
struct Viewer {
    enum State {
        /// In the shard's hands.
        case active
        /// Given back to the server; the shard does not touch it again.
        case givenBack
    }

    let socket: TakenSocket
    /// The next byte to send.
    var offset: UInt64
    /// Where the current frame ends and a jump follows; `.max` for none.
    var jumpAt = UInt64.max
    /// Bytes to send before anything of the ring, chunk-coded; retained.
    var prefix: Unmanaged<SharedBytes>?
    var prefixSent = 0
    var bytesSent: UInt64 = 0
    var jumps: UInt32 = 0
    /// Position in its group's list.
    var index: Int32 = -1
    /// Position of its group in the shard.
    var group: Int32 = -1
    /// The socket took less than it was given; wait for it to become writable.
    var isBlocked = false
    /// Has been at the head once; only then falling behind counts as being slow.
    var hasCaughtUp = false
    var state = State.active
    var reason = ViewerSummary.Reason.left

    mutating func setPrefix(_ bytes: SharedBytes?) {
        prefix?.release()
        prefix = bytes.map { Unmanaged.passRetained($0) }
        prefixSent = 0
    }
}

typealias ViewerPointer = UnsafeMutablePointer<Viewer>
