import CoreTypes
import ServiceAPI
import ServiceKit
import SwarmCore

/// The nodes and links of a swarm as JSON, written piece by piece: a hundred thousand viewers are 25 MB.
///
/// Written by hand, because an encoder would hold all of it at once, and take the loop's time in one go.
struct OverlayDrawing {
    private enum Part {
        case head, links(Int), middle, nodes(Int), tail, done
    }

    private let snapshot: SwarmSnapshot
    private let stream: String
    private let region: [UInt8]
    private let asOf: WallMilliseconds
    /// Names of forwards as JSON; there are few, each of them a thousand times.
    private var names: [String: [UInt8]] = [:]
    private var part = Part.head
    /// The list that is being written has an element.
    private var hasBegun = false

    /// `asOf` is when the snapshot was made.
    init(_ snapshot: SwarmSnapshot, of stream: StreamName, region: String, asOf: WallMilliseconds) {
        self.snapshot = snapshot
        self.stream = stream.description
        self.region = encodeJSON(region)
        self.asOf = asOf
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
        text.append(UInt8(ascii: "}"))
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
