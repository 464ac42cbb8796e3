import LibAV

/// A coded frame on its way to the server.
struct PublishPacket {
    let packet: Packet
    /// Position of its track.
    let track: Int
}

/// Where a publisher's frames come from. For one thread.
protocol PublishSource: AnyObject {
    /// What the container needs to know, in the order that packets refer to.
    var tracks: [FragmentMuxer.Track] { get }
    /// When the next frame belongs, in 1/90,000 s since the source began; nil at its end.
    var nextTime: Int64? { get }
    /// The next frame, and what belongs beside it. Called when its time has come.
    func next() throws(AVError) -> [PublishPacket]
    /// Leaves out frames before `time`, where that can be done without damage: the sender could not keep up.
    func skip(to time: Int64)
}
