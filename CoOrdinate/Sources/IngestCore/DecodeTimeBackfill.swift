/// Supplies the decode times that Matroska does not store: with B-frames the first packets come without one, until the
/// reader has seen enough pictures to know the order. They are counted back from the first known one.
public struct DecodeTimeBackfill<Payload> {
    /// One packet; times and duration in one clock.
    public struct Item {
        /// Presentation time; nil when not stated.
        public var pts: Int64?
        /// Decode time; nil when not stated.
        public var dts: Int64?
        /// Duration; 0 when unknown.
        public var duration: Int64
        /// What to hand back.
        public var payload: Payload

        /// Describes a packet.
        public init(pts: Int64?, dts: Int64?, duration: Int64, payload: Payload) {
            self.pts = pts
            self.dts = dts
            self.duration = duration
            self.payload = payload
        }
    }

    /// The longest reordering of H.264 (ITU-T H.264, A.3.1) and one more.
    static var heldMax: Int { 17 }

    private var held: [Item] = []
    private var isDone = false

    /// True while packets wait for a decode time.
    public var isHolding: Bool { !held.isEmpty }

    /// Starts with the first packet of a track.
    public init() {}

    /// Takes the next packet, and returns those that are ready, in order, with decode times where they can be known.
    public mutating func add(_ item: Item) -> [Item] {
        guard !isDone else { return [item] }
        guard let dts = item.dts else {
            held.append(item)
            return held.count >= Self.heldMax ? finish() : []
        }
        isDone = true
        var time = dts
        for index in held.indices.reversed() {
            time = time &- max(1, held[index].duration)
            // A picture cannot be shown before it is decoded.
            held[index].dts = min(time, held[index].pts ?? time)
        }
        defer { held = [] }
        return held + [item]
    }

    /// Gives up waiting.
    public mutating func finish() -> [Item] {
        isDone = true
        defer { held = [] }
        return held
    }
}
