import CoreTypes
import Cryptography
import ForwardCore
import MediaWire
import PeerCore
import PlayoutCore

/// However a relay is split, the same chunks come out, and each fits its manifests. Every signature counts as good:
/// no fuzzer would ever guess one.
@Sendable func fuzzRelay(_ input: [UInt8]) throws {
    guard let portion = input.first else { return }
    let stream = input.dropFirst()
    let whole = events(of: stream, portion: max(1, stream.count))
    precondition(whole == events(of: stream, portion: Int(portion) + 1), "the split does not matter")
}

private func events(of stream: ArraySlice<UInt8>, portion: Int) -> [String] {
    var reader = RelayReader()
    var texts: [String] = []
    var rest = stream
    while !rest.isEmpty {
        reader.append(rest.prefix(portion))
        rest = rest.dropFirst(portion)
        do {
            while let event = try reader.next(hash: { SHA256.short($0) }, isSigned: { _ in true }) {
                if case .chunk(let chunk) = event {
                    precondition(chunk.layout.chunkLength == chunk.bytes.count, "a chunk has its length")
                }
                texts.append("\(event)")
            }
        } catch {
            break
        }
    }
    return texts
}

/// Two neighbours say whatever they like: the machine's memory stays within its bounds, and what it calls whole has the
/// bytes that its manifests name. The input is messages, each behind two bytes: the neighbour's bit and a length.
@Sendable func fuzzPeerMachine(_ input: [UInt8]) throws {
    let peers = [UInt8(1), 2].compactMap { PeerID(bytes: [UInt8](repeating: $0, count: 16)) }
    var machine = PeerMachine(PeerConfiguration(), hash: { SHA256.short($0) }, verify: { _ in nil })
    var now = PeerTime(monotonic: MonotonicInstant(nanoseconds: 0), wall: 1_700_000_000_000)
    for (stripe, peer) in peers.enumerated() {
        machine.assign(Assignment(stripe: stripe, source: .peer(peer), grandparent: nil, depth: 2), now: now)
        machine.addChild(peer, stripe: 1 - stripe, now: now)
        machine.opened(peer, now: now)
    }
    var rest = input[...]
    while rest.count >= 2 {
        let head = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
        let message = rest.dropFirst(2).prefix(head & 0x7fff)
        rest = rest.dropFirst(2 + message.count)
        machine.received(message, from: peers[head >> 15], now: now)
        now.monotonic = now.monotonic.advanced(byMilliseconds: 10)
        now.wall += 10
        machine.tick(now: now)
        let actions = machine.takeActions()
        precondition(actions.count < 20_000, "actions are bounded")
        for case .chunk(let chunk) in actions { precondition(!chunk.bytes.isEmpty, "a whole chunk has bytes") }
        precondition(machine.snapshot.storedBytes <= ChunkStore.Limits().bytesMax, "bytes are bounded")
    }
}

/// A message of a link that can be read is written the same way.
@Sendable func fuzzPeerMessage(_ input: [UInt8]) throws {
    guard let message = try PeerMessage.parse(input[...]) else { return }
    let encoded = try message.encoded()
    precondition(encoded == input, "a message has one form")
}
