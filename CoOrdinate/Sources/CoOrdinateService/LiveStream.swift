import CoreTypes
import Cryptography
import EventLoop
import FanOut
import Logging
import MediaWire
import Packager
import ServiceAPI
import ServiceKit
import StreamCore

/// One stream: the publisher of the moment, the chunks that come of it, signed, and the relay that forwards read.
@LoopActor
final class LiveStream {
    let name: StreamName
    let startedAt = Clock.wall
    let publicKey: VerifyingKey
    private(set) var machine: StreamMachine
    private(set) var publisher: PublisherSession?
    private(set) var initSegment: PackagedInit?
    private(set) var relay: FanOutRing
    private(set) var chunkCount: UInt64 = 0
    private(set) var byteCount: UInt64 = 0
    private let totals: StreamTotals
    private(set) var lastEnd: String?
    /// What a picture of the stream can be made of; nil while there is none, as for sound alone.
    private(set) var keyChunk: KeyChunk?
    let thumbnail = Thumbnail()

    private let configuration: CoOrdinateConfiguration
    private let signer: ManifestSigner
    private let log: Logger
    private var bitrate = BitrateMeter()
    private var continuity = PackagerContinuity.fresh
    private var closing: PublisherSession?
    private var initHash: ShortHash?
    private var lastAppend = Clock.now
    private var announced = StreamState.waiting
    private var pace = PublisherPace()

    init(_ name: StreamName, configuration: CoOrdinateConfiguration, fanOut: FanOut, totals: StreamTotals, log: Logger)
        throws
    {
        self.name = name
        self.totals = totals
        self.configuration = configuration
        self.log = log
        let key = try configuration.signingKey ?? SigningKey.derived(secret: configuration.secret, streamName: name)
        signer = ManifestSigner(key: key)
        publicKey = key.publicKey
        machine = StreamMachine(now: Clock.now)
        relay = fanOut.makeRing(windowMs: configuration.windowMs)
    }

    var state: StreamState { machine.state(now: Clock.now) }

    var bitsPerSecond: Int { bitrate.bitsPerSecond }

    /// Nobody publishes it, and it has no chunk that viewers could wait behind: publishers that were refused or sent
    /// nothing of use leave no stream.
    var isVoid: Bool { publisher == nil && closing == nil && chunkCount == 0 }

    /// What `/relay` begins with.
    func hello(instance: RandomID) -> RelayHello {
        RelayHello(
            stream: name.description, state: state, sequence: machine.sequence, chunkMs: configuration.chunkMs,
            stripes: CoOrdinateConfiguration.stripeCount, publicKey: publicKey.description,
            path: [instance.description])
    }

    // MARK: Publishers

    /// Makes `session` the publisher; whoever was it is closed.
    func begin(_ session: PublisherSession) {
        if publisher != nil {
            log.info("Publisher replaced", metadata: ["stream": "\(name)"])
            retire()
        }
        publisher = session
        pace = PublisherPace()
        machine.begin(wall: Clock.wall, now: Clock.now)
        log.info("Publisher began", metadata: ["stream": "\(name)", "session": "\(machine.session)"])
        // The packager of the one before hands over where the media time goes on.
        if closing == nil { session.startPackaging(continuing: continuity) }
    }

    func received(from session: PublisherSession) {
        if session === publisher { machine.received(now: Clock.now) }
    }

    /// An event of a session's packager.
    func handle(_ event: PackagerEvent, of session: PublisherSession) {
        if case .ended(let end, let continuity) = event { return ended(session, end, continuity) }
        // A packager does not repeat the init of the one before: what that brings while it closes is its successor's.
        if session === closing, case .initSegment(let segment) = event { initSegment = segment }
        guard session === publisher else { return }
        switch event {
        case .opened(let media):
            session.media = media
            log.info(
                "Publisher's media",
                metadata: [
                    "stream": "\(name)", "container": "\(media.container)",
                    "video": "\(media.video?.description ?? "none")", "audio": "\(media.audio?.description ?? "none")",
                ])
        case .initSegment(let segment):
            initSegment = segment
        case .chunk(let chunk):
            publish(chunk)
        case .ended: break
        }
    }

    private func ended(_ session: PublisherSession, _ end: PackagerEnd, _ continuity: PackagerContinuity) {
        self.continuity = continuity
        log.info("Publisher ended", metadata: ["stream": "\(name)", "reason": "\(end)"])
        lastEnd = "\(end)"
        if session === closing {
            closing = nil
            publisher?.startPackaging(continuing: continuity)
        } else if session === publisher {
            publisher = nil
            machine.end(now: Clock.now)
            announce()
        }
    }

    /// Ends the publisher: the stream is free at once.
    func kick() {
        retire()
        announce()
    }

    /// Closes the publisher, which no longer counts; its packager ends soon and hands over where media time goes on.
    private func retire() {
        guard let old = publisher else { return }
        // One that still waits for its own predecessor never packaged: it has no end and nothing to hand over.
        if closing == nil { closing = old }
        publisher = nil
        machine.end(now: Clock.now)
        old.close()
    }

    // MARK: Chunks

    private func publish(_ chunk: PackagedChunk) {
        guard let initSegment else { return }
        let hash = initHash(of: initSegment)
        let numbers = machine.number()
        var flags: ChunkDescription.Flags = []
        if chunk.isKeyframe { flags.insert(.keyframe) }
        if chunk.isDiscontinuity { flags.insert(.discontinuity) }
        do {
            let description = try ChunkDescription(
                stream: name, sequence: numbers.sequence, previousSequence: numbers.previous,
                session: machine.session, flags: flags, initHash: hash, publishedAt: Clock.wall,
                decodeTime: chunk.decodeTime, duration: chunk.duration)
            let stripes = CoOrdinateConfiguration.stripeCount
            let pieceSize = StripeLayout.pieceSize(
                chunkLength: chunk.bytes.count, chunkMs: configuration.chunkMs, stripeCount: stripes)
            let manifests = try Manifest.makeAll(
                chunk: description, bytes: chunk.bytes[...], stripeCount: stripes, pieceSize: pieceSize,
                hash: { SHA256.short($0) })
            var frame = ByteWriter(capacity: chunk.bytes.count + 2_048)
            if let prefix = try changedInit(initSegment, hash) { frame.write(prefix) }
            for manifest in manifests { try Record.manifest(signer.sign(manifest)).encode(into: &frame) }
            try Record.chunk(sequence: numbers.sequence, bytes: chunk.bytes).encode(into: &frame)
            announce()
            relay.append(
                frame.bytes, sequence: numbers.sequence, wall: description.publishedAt, isJoinPoint: chunk.isKeyframe)
            lastAppend = Clock.now
            if initSegment.width == 0 {
                keyChunk = nil
            } else if chunk.isKeyframe {
                keyChunk = KeyChunk(initSegment: initSegment.bytes, chunk: chunk.bytes, sequence: numbers.sequence)
            }
            chunkCount += 1
            byteCount += UInt64(chunk.bytes.count)
            totals.chunks += 1
            totals.chunkBytes += UInt64(chunk.bytes.count)
            bitrate.add(bytes: chunk.bytes.count, duration: chunk.duration)
            if pace.isNewlyTooFast(duration: chunk.duration, now: Clock.now) {
                log.warning(
                    "Publisher sends faster than real time: viewers cannot keep up (ffmpeg needs -re before -i)",
                    metadata: ["stream": "\(name)"])
            }
        } catch {
            log.error("A chunk could not be published", metadata: ["stream": "\(name)", "cause": "\(error)"])
        }
    }

    private var hashed: (bytes: [UInt8], hash: ShortHash)?

    private func initHash(of segment: PackagedInit) -> ShortHash {
        if let hashed, hashed.bytes == segment.bytes { return hashed.hash }
        let hash = SHA256.short(segment.bytes)
        hashed = (segment.bytes, hash)
        return hash
    }

    /// The init record when it is another one than before. Joiners get it as prefix; relays that are there already,
    /// be it since before the first chunk, read it in front of the chunk.
    private func changedInit(_ segment: PackagedInit, _ hash: ShortHash) throws(WireError) -> [UInt8]? {
        guard hash != initHash else { return nil }
        let record = try Record.initSegment(hash: hash, bytes: segment.bytes).encoded()
        initHash = hash
        relay.setPrefix(record)
        return record
    }

    // MARK: Time

    /// Once every 100 ms: state changes, silence of the publisher, pings.
    func tick() {
        if machine.isSilent(now: Clock.now) {
            log.warning("Publisher is silent and is closed", metadata: ["stream": "\(name)"])
            retire()
        }
        announce()
        if Clock.now.milliseconds(since: lastAppend) >= 400 { append(.ping(Clock.wall)) }
    }

    private func announce() {
        guard state != announced else { return }
        announced = state
        append(.state(state))
        if state == .ended { relay.close() }
    }

    private func append(_ record: Record) {
        guard let frame = try? record.encoded() else { return }
        relay.append(frame, sequence: machine.sequence, wall: Clock.wall, isJoinPoint: false)
        lastAppend = Clock.now
    }

    /// The service stops.
    func stop() {
        publisher?.close()
        relay.close()
    }
}
