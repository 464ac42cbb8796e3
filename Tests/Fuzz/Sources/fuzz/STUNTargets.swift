import CoreTypes
import STUNCore

/// What is read as a STUN message is written and read again as the same; answers are messages, short, and from an
/// address of the server's.
@Sendable func fuzzSTUN(_ input: [UInt8]) throws {
    guard let own = IPAddress("192.0.2.1"), let second = IPAddress("192.0.2.2"), let peer = IPAddress("203.0.113.7")
    else {
        return
    }
    let (primary, alternate) = (SocketAddress(own, 3_478), SocketAddress(second, 3_479))
    for responder in [STUNResponder(primary: primary), STUNResponder(primary: primary, alternate: alternate)] {
        guard let answer = responder.answer(input, from: SocketAddress(peer, 1), to: primary) else { continue }
        let isClassic = (try? STUNMessage(input)) == nil
        precondition(isClassic || (try? STUNMessage(answer.bytes)) != nil, "an answer is a message")
        precondition(!isClassic || answer.bytes[4..<20] == input[4..<20], "an old answer repeats the transaction")
        precondition(answer.bytes.count <= 112, "an answer is short")
        precondition([own, second].contains(answer.from.address), "an answer comes from the server")
    }
    let message = try STUNMessage(input)
    _ = (message.mappedAddress, message.otherAddress, message.responseOrigin)
    precondition((try? STUNMessage(message.encoded)) == message, "a message comes back")
}
