import CoreTypes
import ICECore
import SCTPCore

/// What the channels of a link carried so far.
public struct ChannelCounters: Sendable, Hashable {
    /// Messages delivered to this side.
    public var messagesIn: UInt64 = 0
    /// Their bytes.
    public var bytesIn: UInt64 = 0
    /// Messages given to SCTP.
    public var messagesOut: UInt64 = 0
    /// Their bytes.
    public var bytesOut: UInt64 = 0
    /// Messages dropped from queues because they were late.
    public var expired: UInt64 = 0
    /// Messages refused for want of room, or because the peer cannot take them.
    public var refused: UInt64 = 0
    /// Messages of the peer for no channel, or of unknown kinds; they are dropped.
    public var stray: UInt64 = 0

    /// Nothing yet.
    public init() {}

    /// The sum of two.
    public static func + (left: ChannelCounters, right: ChannelCounters) -> ChannelCounters {
        var sum = left
        sum.messagesIn += right.messagesIn
        sum.bytesIn += right.bytesIn
        sum.messagesOut += right.messagesOut
        sum.bytesOut += right.bytesOut
        sum.expired += right.expired
        sum.refused += right.refused
        sum.stray += right.stray
        return sum
    }
}

/// Counters, rates and the path of a link's channels at one moment.
public struct ChannelStatistics: Sendable, Hashable {
    /// What was carried so far.
    public var counters = ChannelCounters()
    /// What SCTP knows about the path; nil before the link is open.
    public var path: SCTPPath?
    /// Bytes of messages that arrived within the last second.
    public var bytesPerSecondIn = 0
    /// Bytes of messages that the peer acknowledged within the last second.
    public var bytesPerSecondOut = 0
    /// Bytes that wait in queues, or were sent and not acknowledged.
    public var bufferedBytes = 0

    /// Nothing yet.
    public init() {}
}

/// A link at one moment.
public struct LinkStatistics: Sendable, Hashable {
    /// Its channels.
    public var channels = ChannelStatistics()
    /// Datagrams of DTLS sent.
    public var datagramsOut: UInt64 = 0
    /// Datagrams of DTLS received.
    public var datagramsIn: UInt64 = 0
    /// Datagrams that the kernel had no room for; SCTP repeats them.
    public var datagramsDropped: UInt64 = 0
    /// Candidates of the peer that cannot be used, and those beyond the bound.
    public var candidatesIgnored = 0
    /// The pair of addresses in use.
    public var selectedPair: ICEPair?
    /// When the link was made.
    public var made: MonotonicInstant
    /// When it was open.
    public var opened: MonotonicInstant?
    /// When the peer was last heard, by any datagram but connectivity checks.
    public var lastReceived: MonotonicInstant?

    /// A link made at `made`.
    public init(made: MonotonicInstant) { self.made = made }

    /// Milliseconds of a round trip, smoothed; nil before it was measured.
    public var roundTripMs: Int? { channels.path.flatMap { $0.roundTripMs > 0 ? $0.roundTripMs : nil } }
}

/// All links of a host, those that are over included.
public struct HostStatistics: Sendable, Hashable {
    /// Links made.
    public var made: UInt64 = 0
    /// Links that were open at some time.
    public var opened: UInt64 = 0
    /// Links refused for their number.
    public var refused: UInt64 = 0
    /// Links that exist.
    public var links = 0
    /// What their channels carried.
    public var counters = ChannelCounters()

    /// No links yet.
    public init() {}
}
