import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import TestSupport

/// A swarm of machines on a virtual clock: an origin that publishes a chunk every 200 ms, forwards, links with a delay,
/// and a tracker that puts whoever lost a parent below a forward.
struct SwarmWorld {
    struct Member {
        var machine: PeerMachine
        var playout: PlayoutBuffer
        var isAlive = true
        var joinedAt: Int64
        var played: [UInt64] = []
        /// Stripes it takes from its forward, the next chunk it gets, and when the connection is up.
        var taking: [Int] = []
        var next: UInt64 = 0
        var openAt: Int64?
        var accusations: [(PeerID, String)] = []
        var lost: [(stripe: Int, peer: PeerID, reason: LossReason)] = []
        var forwardReasons: [ForwardReason] = []
        var mutate: (@Sendable ([UInt8]) -> [UInt8]?)?
        /// One of so many pieces that it sends never arrives; 0 for none.
        var dropsOneIn = 0
        var relayedConnects = 0
        /// What its uplink carries; nil for everything at once. And until when what was given to it keeps it busy.
        var uplinkBytesPerSecond: Int?
        var uplinkBusyUntil = 0.0
        /// Bytes on their way to each neighbour.
        var unacknowledged: [PeerID: Int] = [:]
        /// Milliseconds until which its process stands still.
        var asleepUntil: Int64 = 0

        /// How long bytes wait for the uplink, which sends one message after the other.
        mutating func uplinkDelay(_ bytes: Int, now: Int64) -> Int64 {
            guard let rate = uplinkBytesPerSecond else { return 0 }
            uplinkBusyUntil = max(uplinkBusyUntil, Double(now)) + Double(bytes) * 1_000 / Double(rate)
            return Int64(uplinkBusyUntil) - now
        }
    }

    enum Event {
        case message(to: Int, from: Int, bytes: [UInt8])
        case open(Int, Int)
        case closed(at: Int, peer: Int)
        case call((inout SwarmWorld) -> Void)
    }

    var now: Int64 = 1_000_000
    var members: [Member] = []
    var published: [MadeChunk] = []
    var nextSequence: UInt64 = 1_000
    var isPublishing = true
    var forwardIsUp = true
    var refusesStarters = false
    var linkDelayMs: Int64 = 10
    /// Of each message, 0…1.
    var loss = 0.0
    var generator: SeededGenerator
    var chunkBytes = 12_000
    private var events: [Int64: [Event]] = [:]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    var time: PeerTime {
        PeerTime(monotonic: MonotonicInstant(nanoseconds: UInt64(now) * 1_000_000), wall: now)
    }

    static func id(_ index: Int) -> PeerID {
        PeerID(bytes: [UInt8](repeating: 0, count: 14) + [UInt8(index / 256), UInt8(index % 256)])!
    }

    func index(_ peer: PeerID) -> Int { Int(peer.bytes[14]) * 256 + Int(peer.bytes[15]) }

    mutating func schedule(afterMs: Int64, _ event: Event) { events[now + max(1, afterMs), default: []].append(event) }

    // MARK: Building

    mutating func add(_ configure: (inout PeerConfiguration) -> Void = { _ in }) -> Int {
        var configuration = PeerConfiguration()
        configure(&configuration)
        var machine = PeerMachine(configuration, hash: testHash, verify: { $0.signature.first == 5 ? nil : "forged" })
        machine.join(as: Self.id(members.count))
        members.append(
            Member(machine: machine, playout: PlayoutBuffer(bufferMs: configuration.bufferMs), joinedAt: now))
        return members.count - 1
    }

    /// Tells `child` who sends it a stripe (nil: a forward), and the parent of its child.
    mutating func assign(_ child: Int, _ stripe: Int, to parent: Int?, depth: Int = 1) {
        let grandparent = parent.flatMap { members[$0].machine.snapshot.stripes[stripe].primary?.peer }
        let source = parent.map { Source.peer(Self.id($0)) } ?? .forward
        let time = time
        if let parent { members[parent].machine.addChild(Self.id(child), stripe: stripe, now: time) }
        members[child].machine.assign(
            Assignment(stripe: stripe, source: source, grandparent: grandparent, depth: depth), now: time)
        perform(child)
    }

    /// Two interior-disjoint trees over `count` new viewers: even ones are interior in stripe 0, odd ones in stripe 1.
    mutating func plant(_ count: Int, roots: Int = 2, _ configure: (inout PeerConfiguration) -> Void = { _ in }) {
        let first = members.count
        for _ in 0..<count { _ = add(configure) }
        for stripe in 0..<2 {
            let interior = (first..<first + count).filter { $0 % 2 == stripe }
            let leaves = (first..<first + count).filter { $0 % 2 != stripe }
            var slots: [Int?] = Array(repeating: nil, count: roots)
            for viewer in interior + leaves {
                let parent = slots.isEmpty ? nil : slots.removeFirst()
                assign(viewer, stripe, to: parent)
                if viewer % 2 == stripe { slots += [viewer, viewer] }
            }
        }
    }

    // MARK: Running

    mutating func run(ms: Int64) {
        for _ in 0..<ms { step() }
    }

    private mutating func step() {
        now += 1
        for event in events.removeValue(forKey: now) ?? [] { handle(event) }
        if now % 200 == 0, isPublishing { publish() }
        for index in members.indices where members[index].isAlive && members[index].asleepUntil <= now {
            if (now + Int64(index) * 7) % PeerConfiguration.tickMs == 0 {
                members[index].machine.tick(now: time)
                perform(index)
            }
            if now % 10 == 0 { play(index) }
        }
        if now % 5 == 0 { forward() }
    }

    private mutating func publish() {
        let isKeyframe = nextSequence % 5 == 0
        let chunk = try! MadeChunk(nextSequence, isKeyframe: isKeyframe, publishedAt: now, length: chunkBytes)
        published.append(chunk)
        if published.count > 150 { published.removeFirst() }
        nextSequence += 1
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .message(let to, let from, let bytes):
            guard members[to].isAlive else { return }
            guard members[to].asleepUntil <= now else {
                return schedule(afterMs: members[to].asleepUntil - now + 1, event)
            }
            members[to].machine.received(bytes[...], from: Self.id(from), now: time)
            perform(to)
        case .open(let one, let other):
            guard members[one].isAlive, members[other].isAlive else { return }
            for (at, peer) in [(one, other), (other, one)] {
                members[at].machine.opened(Self.id(peer), now: time)
                perform(at)
            }
        case .closed(let at, let peer):
            guard members[at].isAlive else { return }
            members[at].machine.closed(Self.id(peer), now: time)
            perform(at)
        case .call(let body): body(&self)
        }
    }

    /// Delivers what forwards have, to those connected.
    private mutating func forward() {
        guard forwardIsUp else { return }
        for index in members.indices where members[index].isAlive && (members[index].openAt ?? .max) <= now {
            members[index].machine.forwardOpened(now: time)
            for chunk in published where chunk.description.sequence >= members[index].next {
                members[index].next = chunk.description.sequence + 1
                for stripe in members[index].taking {
                    members[index].machine.takeFromForward(chunk.signed[stripe], now: time)
                    for piece in chunk.manifests[0].layout.pieces(ofStripe: stripe) {
                        members[index].machine.takeFromForward(
                            piece: chunk.piece(piece), index: piece, sequence: chunk.description.sequence, now: time)
                    }
                }
            }
            perform(index)
        }
    }

    private mutating func play(_ index: Int) {
        for release in members[index].playout.advance(to: now) {
            members[index].played.append(release.chunk.sequence)
            members[index].machine.noteReleased(release.chunk.sequence)
        }
    }

    mutating func perform(_ index: Int) {
        for action in members[index].machine.takeActions() { perform(action, by: index) }
    }

    private mutating func perform(_ action: PeerAction, by index: Int) {
        switch action {
        case .connect(let peer, let relay):
            if relay != nil { members[index].relayedConnects += 1 }
            let other = self.index(peer)
            let time = time
            guard members[other].isAlive, members[other].machine.offered(by: Self.id(index), relay: nil, now: time)
            else { return schedule(afterMs: 50, .closed(at: index, peer: other)) }
            perform(other)
            schedule(afterMs: linkDelayMs * 4, .open(index, other))
        case .close(let peer, _):
            schedule(afterMs: linkDelayMs, .closed(at: self.index(peer), peer: index))
        case .send(let peer, let bytes, _):
            guard let bytes = members[index].mutate.map({ $0(bytes) }) ?? bytes else { return }
            let isPiece = bytes.first == PeerMessage.Kind.piece.rawValue
            if isPiece, members[index].dropsOneIn > 0,
                Int.random(in: 0..<members[index].dropsOneIn, using: &generator) == 0
            {
                return
            }
            let isLost = Double.random(in: 0..<1, using: &generator) < loss
            // A reliable link delivers in the end: what is lost comes later, and out of order.
            let count = bytes.count
            var delay = linkDelayMs + (isLost ? 200 : 0) + Int64.random(in: 0...3, using: &generator)
            delay += members[index].uplinkDelay(count, now: now)
            schedule(afterMs: delay, .message(to: self.index(peer), from: index, bytes: bytes))
            members[index].unacknowledged[peer, default: 0] += count
            schedule(
                afterMs: delay,
                .call { world in
                    guard world.members[index].isAlive else { return }
                    let left = max(0, world.members[index].unacknowledged[peer, default: 0] - count)
                    world.members[index].unacknowledged[peer] = left
                    world.members[index].machine.buffered(peer, left, now: world.time)
                    world.perform(index)
                })
        case .takeFromForward(let stripes, let from, let why):
            members[index].forwardReasons.append(why)
            if refusesStarters, why != .root, !stripes.isEmpty {
                members[index].machine.forwardRefused(retryMs: 1_000, now: time)
                return perform(index)
            }
            members[index].taking = stripes
            members[index].openAt = stripes.isEmpty ? nil : now + 20
            let key = published.last { $0.description.flags.contains(.keyframe) }?.description.sequence ?? 0
            members[index].next = from ?? key
        case .fetch(let sequence, let indices, _):
            guard forwardIsUp, let chunk = published.first(where: { $0.description.sequence == sequence }) else {
                return
            }
            for signed in chunk.signed { members[index].machine.takeFromForward(signed, now: time) }
            for piece in indices.isEmpty ? Array(0..<chunk.pieceCount) : indices {
                members[index].machine.takeFromForward(
                    piece: chunk.piece(piece), index: piece, sequence: sequence, now: time)
            }
            perform(index)
        case .reportLost(let stripe, let peer, let reason):
            members[index].lost.append((stripe, peer, reason))
            schedule(
                afterMs: 100,
                .call { world in
                    guard world.members[index].isAlive else { return }
                    world.assign(index, stripe, to: nil)
                })
        case .accuse(let peer, let reason): members[index].accusations.append((peer, reason))
        case .announce(let description): members[index].playout.announce(description, now: now)
        case .chunk(let chunk): members[index].playout.add(chunk, now: now)
        case .signal, .initSegment, .blameForward: break
        }
    }

    /// The forward is gone; its connections are seen to end a second later, as silence is.
    mutating func cutForward() {
        forwardIsUp = false
        schedule(
            afterMs: 1_000,
            .call { world in
                for index in world.members.indices where world.members[index].isAlive {
                    world.members[index].machine.forwardClosed(now: world.time)
                    world.perform(index)
                }
            })
    }

    mutating func kill(_ index: Int) { members[index].isAlive = false }

    // MARK: Judging

    func counters(_ index: Int) -> PlayoutCounters { members[index].playout.counters(now: now, isFed: true) }

    /// Chunks played in order without a hole since the first one.
    func playsWithoutHole(_ index: Int) -> Bool {
        let played = members[index].played
        return !played.isEmpty && zip(played, played.dropFirst()).allSatisfy { $1 == $0 + 1 }
    }
}
