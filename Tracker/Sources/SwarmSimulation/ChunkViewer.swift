import CoreTypes
import PeerCore
import PlayoutCore

/// One viewer of a simulation in which a chunk of a stripe is one event. It decides with the ladder and the playout of
/// real viewers; what it leaves out is what happens within a chunk: pieces, holes, and messages that are no data.
struct ChunkViewer {
    /// Not another viewer.
    static let nobody: Int32 = -1, forward: Int32 = -2

    /// Who sends one stripe.
    struct Intake {
        /// What the tracker wants, and who stands behind it.
        var assigned = nobody, grandparent = nobody
        /// When the link to the assigned parent is up.
        var linkedAt = Int64.max
        var primary = nobody
        var primarySince: Int64 = 0
        var primaryFrom: UInt64 = 0
        var primaryDelivers = false
        var rescue = nobody
        var rescueSince: Int64 = -1 << 40
        var rescueReason = ForwardReason.start
        var tried: [Int32] = []
        var lastProgress: Int64 = -1 << 40, lastPrimaryProgress: Int64 = -1 << 40
        /// Everything up to here is here or dealt with, and of the 64 chunks behind it those whose bit is set.
        var head: UInt64 = 0, beyond: UInt64 = 0
        /// The parent says that the stripe does not reach it; since when.
        var starvingSince: Int64?
        /// This viewer's children were told so.
        var hasToldStarving = false
        /// A parent is not asked for again before.
        var connectNotBefore: Int64 = 0
        var waitsSince: Int64?
        var ladder = RescueLadder()

        var needsForward: Bool { primary == forward || rescue == forward }

        /// Whether a chunk is here.
        func has(_ sequence: UInt64) -> Bool {
            sequence <= head || (sequence - head <= 64 && beyond & (1 << (sequence - head - 1)) != 0)
        }

        /// Takes a chunk; false when it was here. The first one decides where the stripe begins.
        mutating func take(_ sequence: UInt64) -> Bool {
            if head == 0 {
                head = sequence
                return true
            }
            guard !has(sequence) else { return false }
            if sequence - head > 64 { move(to: sequence - 64) }
            beyond |= 1 << (sequence - head - 1)
            while beyond & 1 != 0 { move(to: head + 1) }
            return true
        }

        /// What is up to `sequence` is not wanted any more.
        mutating func move(to sequence: UInt64) {
            guard sequence > head else { return }
            let shift = sequence - head
            beyond = shift >= 64 ? 0 : beyond >> shift
            head = sequence
            while beyond & 1 != 0 {
                beyond >>= 1
                head += 1
            }
        }
    }

    /// A stripe that is passed on.
    struct Subscription {
        let child: Int32
        let stripe: UInt8
        let from: UInt64
        var until = UInt64.max
        var isAssigned: Bool
        /// When everything sent so far has left.
        var busyUntil: Int64 = 0
    }

    var intakes = [Intake](repeating: Intake(), count: SimulatedStream.stripeCount)
    var children: [(stripe: Int, child: Int32)] = []
    var subscriptions: [Subscription] = []
    var playout: PlayoutBuffer
    var wish = ForwardWish()
    var wanted: [Int] = []
    var forwardIsOpen = false
    var refusedUntil: Int64 = 0, rootRefusedUntil: Int64 = 0
    var reason = ForwardReason.start
    /// The newest chunk of which anything has come.
    var newest: UInt64 = 0
    var played: UInt64 = 0
    /// A look at everything is planned.
    var isAwake = false
    var isLeaving = false
    var hasStarted = false
    var losses = Losses()
    /// Chunks of which a stripe is not to be had any more.
    var lost: [UInt64] = []
    /// Milliseconds of upload that one chunk of a stripe takes; nil when the upload has no limit.
    let chunkUploadMs: Double?

    /// The chunk from which a stripe is wanted.
    func firstMissing(_ stripe: Int) -> UInt64 { max(intakes[stripe].head, played) + 1 }

    /// Whether nothing needs to be looked at before something happens.
    var isSettled: Bool {
        intakes.allSatisfy { intake in
            intake.primary == intake.assigned && intake.primary != Self.nobody && intake.primaryDelivers
                && intake.rescue == Self.nobody && intake.starvingSince == nil && !intake.hasToldStarving
                && newest <= intake.head + 3
        }
    }
}
