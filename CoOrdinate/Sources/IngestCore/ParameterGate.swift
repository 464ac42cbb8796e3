/// Joins parameter changes of picture and sound into one, and lets them take effect at a keyframe only: a player that
/// gets a new init segment drops everything up to the next keyframe, so a change in mid-group would cost a group, and
/// two changes two.
///
/// `Payload` is whatever the caller wants back in order. Times are 90 kHz broadcast ticks.
public struct ParameterGate<Payload> {
    /// One sample on its way to the muxer.
    public struct Item {
        /// True for a picture.
        public var isVideo: Bool
        /// True for a picture at which decoding can start.
        public var isKeyframe: Bool
        /// Decode time.
        public var dts: Int64
        /// True when the sample needs other parameters than its predecessors; for pictures only at a keyframe.
        public var changesParameters: Bool
        /// What to hand back.
        public var payload: Payload

        /// Describes a sample.
        public init(isVideo: Bool, isKeyframe: Bool, dts: Int64, changesParameters: Bool, payload: Payload) {
            self.isVideo = isVideo
            self.isKeyframe = isKeyframe
            self.dts = dts
            self.changesParameters = changesParameters
            self.payload = payload
        }
    }

    /// What to do, in order.
    public enum Action {
        /// Write this sample with the parameters in force.
        case write(Payload)
        /// End the chunk, then put all changed parameters into force.
        case switchParameters
    }

    private enum State {
        case steady
        /// Sound has changed: its samples wait for the next keyframe.
        case awaitingKeyframe
        /// Pictures have changed at `since`: everything waits for the sound around that time to show whether it changed
        /// too.
        case awaitingSound(since: Int64)
    }

    /// Longest wait for sound after a change of pictures: 0.5 s.
    static var waitMax: Int64 { 45_000 }
    /// Samples held at most; more and the oldest sound is dropped, or the wait for sound ends.
    static var heldMax: Int { 512 }

    private let hasVideo: Bool
    private let hasAudio: Bool
    private var state = State.steady
    private var held: [Payload] = []

    /// Samples dropped because too many were held.
    public private(set) var dropped = 0

    /// A gate for a stream with these tracks.
    public init(hasVideo: Bool, hasAudio: Bool) {
        self.hasVideo = hasVideo
        self.hasAudio = hasAudio
    }

    /// Takes the next sample.
    public mutating func add(_ item: Item) -> [Action] {
        switch state {
        case .steady: addSteady(item)
        case .awaitingKeyframe: addBeforeKeyframe(item)
        case .awaitingSound(let since): addBeforeSound(item, since: since)
        }
    }

    /// Gives up waiting, at the end of the input.
    public mutating func finish() -> [Action] {
        switch state {
        case .steady: []
        // Sound that never got its keyframe could not be played.
        case .awaitingKeyframe: reset(thenRelease: false)
        case .awaitingSound: reset(thenRelease: true)
        }
    }

    private mutating func addSteady(_ item: Item) -> [Action] {
        guard item.changesParameters else { return [.write(item.payload)] }
        guard hasVideo, hasAudio else { return [.switchParameters, .write(item.payload)] }
        held = [item.payload]
        state = item.isVideo ? .awaitingSound(since: item.dts) : .awaitingKeyframe
        return []
    }

    private mutating func addBeforeKeyframe(_ item: Item) -> [Action] {
        if item.isVideo {
            guard item.isKeyframe else { return [.write(item.payload)] }
            held.append(item.payload)
            return reset(thenRelease: true)
        }
        // A second change of sound leaves nothing of the first to play.
        if item.changesParameters || held.count >= Self.heldMax {
            dropped += item.changesParameters ? held.count : 1
            held.removeFirst(item.changesParameters ? held.count : 1)
        }
        held.append(item.payload)
        return []
    }

    private mutating func addBeforeSound(_ item: Item, since: Int64) -> [Action] {
        if !item.isVideo, !item.changesParameters, item.dts < since { return [.write(item.payload)] }
        held.append(item.payload)
        let isDecided = !item.isVideo || item.dts &- since > Self.waitMax || held.count >= Self.heldMax
        return isDecided ? reset(thenRelease: true) : []
    }

    private mutating func reset(thenRelease: Bool) -> [Action] {
        defer {
            held = []
            state = .steady
        }
        guard thenRelease else {
            dropped += held.count
            return []
        }
        return [.switchParameters] + held.map { .write($0) }
    }
}
