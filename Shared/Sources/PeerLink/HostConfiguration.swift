import CoreTypes
import ICECore
import SCTPCore

/// What all links of a host have in common.
public struct HostConfiguration: Sendable, Hashable {
    /// Addresses, servers, ports, socket buffers.
    public var ice = ICEConfiguration()
    /// Links at one time; each costs three or four file descriptors and about 100 KB.
    public var linksMax = 500
    /// Longest message that is taken, in bytes; a longer one ends the link.
    public var inboundMessageBytesMax = 64 * 1024
    /// Longest message that is sent, in bytes: a piece of 16 KiB and what is said about it.
    public var outboundMessageBytesMax = 17 * 1024
    /// What SCTP holds of sent and unacknowledged messages, in bytes.
    public var sendBufferBytes = 128 * 1024
    /// The window that the peer is told, in bytes.
    public var receiveBufferBytes = 256 * 1024
    /// A link that is not open so many milliseconds after its offer or answer was made is closed.
    public var setUpTimeoutMs: Int64 = 20_000
    /// An artificial network below DTLS, for tests; nil for none.
    public var impairment: Impairment?

    /// The defaults.
    public init() {}

    var sctp: SCTPConfiguration {
        var made = SCTPConfiguration()
        made.sendBufferBytes = sendBufferBytes
        made.receiveBufferBytes = receiveBufferBytes
        made.messageBytesMax = inboundMessageBytesMax
        return made
    }
}

/// Delay and loss of the datagrams that a side sends, and a narrow uplink that its links share; connectivity checks are
/// not affected.
public struct Impairment: Sendable, Hashable {
    /// Milliseconds that each datagram is held back.
    public var delayMs: Int64
    /// Probability that one is lost, 0...1.
    public var loss: Double
    /// What all links together carry, in bytes a second; nil for no limit. What waits for more than 200 ms is lost.
    public var bytesPerSecond: Int?
    /// Milliseconds after the host was made from which on `bytesPerSecond` holds.
    public var rateAfterMs: Int64 = 0
    /// What the losses follow from, together with the number of the link.
    public var seed: UInt64

    /// Delay and loss.
    public init(delayMs: Int64 = 0, loss: Double = 0, seed: UInt64 = 0) {
        self.delayMs = delayMs
        self.loss = loss
        self.seed = seed
    }
}
