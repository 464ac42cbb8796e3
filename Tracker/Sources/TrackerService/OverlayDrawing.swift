import CoreTypes
import EventLoop
import ServiceAPI
import ServiceKit
import SwarmCore

/// The nodes and links of a swarm as JSON, written piece by piece: a hundred thousand viewers are 25 MB.
///
/// Written by hand, because an encoder would hold all of it at once, and take the loop's time in one go.
@LoopActor
struct OverlayDrawing {
    /// What happened in the swarm since it began; who looks again sees what happens.
    struct Happenings: Encodable {
        var joins: UInt64 = 0, departures: UInt64 = 0
        /// Parents that viewers lost, as they reported, and links given out because of that or of departures.
        var losses: UInt64 = 0, repairs: UInt64 = 0
        /// Links that background work changed.
        var moves: UInt64 = 0
        var bytesFromPeers: UInt64 = 0, bytesFromForwards: UInt64 = 0
    }

    private enum Part {
        case head, links(Int), middle, nodes(Int), tail, done
    }

    private let snapshot: SwarmSnapshot
    private let stream: String
    private let region: [UInt8]
    private let swarm: [UInt8]
    private let said: @LoopActor (RandomID) -> PeerSession?
    private let asOf: WallMilliseconds
    /// Names of forwards as JSON; there are few, each of them a thousand times.
    private var names: [String: [UInt8]] = [:]
    private var part = Part.head
    /// The list that is being written has an element.
    private var hasBegun = false

    /// `asOf` is when the snapshot was made. `said` finds what a viewer has said of itself, which is told as it is when the
    /// viewer's turn comes.
    init(
        _ snapshot: SwarmSnapshot, of stream: StreamName, region: String, asOf: WallMilliseconds,
        happenings: Happenings = Happenings(), said: @escaping @LoopActor (RandomID) -> PeerSession? = { _ in nil }
    ) {
        self.snapshot = snapshot
        self.stream = stream.description
        self.region = encodeJSON(region)
        self.asOf = asOf
        swarm = encodeJSON(happenings)
        self.said = said
    }

    /// All of it.
    mutating func whole() -> [UInt8] {
        var text: [UInt8] = []
        while write(to: &text, atLeast: .max) {}
        return text
    }

    /// Writes on until there are so many bytes; false when that was the end.
    mutating func write(to text: inout [UInt8], atLeast count: Int) -> Bool {
        while text.count < count {
            switch part {
            case .head:
                text += Array(#"{"asOf":\#(asOf),"links":["#.utf8)
                part = .links(0)
            case .links(let index):
                guard index < snapshot.count * snapshot.stripeCount else {
                    part = .middle
                    continue
                }
                writeLink(index, to: &text)
                part = .links(index + 1)
            case .middle:
                text += Array(#"],"nodes":["#.utf8)
                part = .nodes(0)
                hasBegun = false
            case .nodes(let index):
                guard index < snapshot.count else {
                    part = .tail
                    continue
                }
                writeNode(index, to: &text)
                part = .nodes(index + 1)
            case .tail:
                text += Array(#"],"peers":\#(snapshot.swarmCount),"stream":"#.utf8)
                text += encodeJSON(stream)
                text += Array(#","swarm":"#.utf8) + swarm
                text += Array(#","truncated":\#(snapshot.isTruncated)}"#.utf8)
                part = .done
            case .done: return false
            }
        }
        return true
    }

    private mutating func writeLink(_ index: Int, to text: inout [UInt8]) {
        let (number, stripe) = index.quotientAndRemainder(dividingBy: snapshot.stripeCount)
        guard let node = snapshot.node(number) else { return }
        separate(&text)
        text.append(UInt8(ascii: "{"))
        switch snapshot.link(number, stripe: stripe).source {
        case .peer(let parent):
            Self.write(#""from":""#, to: &text)
            parent.appendDigits(to: &text)
            Self.write(#"","#, to: &text)
        case .forward(let name):
            Self.write(#""forward":"#, to: &text)
            text += encoded(name ?? ParentDescription.anyForward)
            text.append(UInt8(ascii: ","))
        case nil: break
        }
        Self.write(#""stripe":"#, to: &text)
        Self.write(stripe, to: &text)
        Self.write(#","to":""#, to: &text)
        node.id.appendDigits(to: &text)
        Self.write(#""}"#, to: &text)
    }

    private mutating func writeNode(_ index: Int, to text: inout [UInt8]) {
        guard let node = snapshot.node(index) else { return }
        separate(&text)
        Self.write(#"{"capacity":"#, to: &text)
        Self.write(node.capacity, to: &text)
        Self.write(#","depths":["#, to: &text)
        for stripe in 0..<snapshot.stripeCount {
            if stripe > 0 { text.append(UInt8(ascii: ",")) }
            Self.write(snapshot.link(index, stripe: stripe).depth, to: &text)
        }
        Self.write(#"],"id":""#, to: &text)
        node.id.appendDigits(to: &text)
        Self.write(#"","region":"#, to: &text)
        text += region
        if let role = node.role {
            Self.write(#","role":"#, to: &text)
            Self.write(role, to: &text)
        }
        if let session = said(node.id) { write(session, to: &text) }
        text.append(UInt8(ascii: "}"))
    }

    /// What a viewer has said of itself.
    private func write(_ session: PeerSession, to text: inout [UInt8]) {
        if let agent = session.agent { text += Array(#","agent":"\#(agent.rawValue)""#.utf8) }
        guard let told = session.statistics else { return }
        Self.write(#","bytesFromForwards":"#, to: &text)
        Self.write(Int(clamping: told.bytesFromForwards), to: &text)
        Self.write(#","bytesFromPeers":"#, to: &text)
        Self.write(Int(clamping: told.bytesFromPeers), to: &text)
        Self.write(#","uploadBytes":"#, to: &text)
        Self.write(Int(clamping: told.uploadBytes), to: &text)
        guard let continuity = told.continuity else { return }
        // It may have said any number; a share in ten thousandths is enough.
        let share = (min(max(continuity, 0), 1) * 10_000).rounded() / 10_000
        text += Array(#","continuity":\#(share)"#.utf8)
    }

    private mutating func encoded(_ name: String) -> [UInt8] {
        if let known = names[name] { return known }
        let new = encodeJSON(name)
        names[name] = new
        return new
    }

    /// Between two elements of a list.
    private mutating func separate(_ text: inout [UInt8]) {
        if hasBegun { text.append(UInt8(ascii: ",")) }
        hasBegun = true
    }

    private static func write(_ literal: StaticString, to text: inout [UInt8]) {
        literal.withUTF8Buffer { text.append(contentsOf: $0) }
    }

    /// A small number that is not negative.
    private static func write(_ number: Int, to text: inout [UInt8]) {
        if number >= 10 { write(number / 10, to: &text) }
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
