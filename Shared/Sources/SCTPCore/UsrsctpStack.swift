import CLinux
import CUsrsctp
import EventLoop

/// The process-wide half of usrsctp: it has one output function, one set of tunables and one list of timers.
///
/// What usrsctp calls an address is the number of an endpoint, looked up here: its late timers may still name an endpoint
/// that is gone, so it never gets a pointer.
@LoopActor
enum UsrsctpStack {
    /// How often its timers run while messages come and go: a delayed acknowledgement takes 20 ms.
    private static let busyTickMs: Int64 = 10
    /// How often while there are associations alone. A tick walks the timers of all of them, which at 100 in a second
    /// would be the largest part of what idle links cost; repetitions after 200 ms and more do not need it.
    private static let idleTickMs: Int64 = 50
    /// Ticks without a message after which it is idle.
    private static let quietTicksMax = 50

    private static var endpoints: [UInt: UsrsctpEndpoint] = [:]
    private static var nextNumber: UInt = 1
    private static var isStarted = false
    private static var timer: LoopTimer?
    private static var lastTick: UInt64 = 0
    private static var quietTicks = 0

    static func register(_ endpoint: UsrsctpEndpoint, streams: UInt16) -> UInt {
        start(streams: streams)
        let number = nextNumber
        nextNumber += 1
        endpoints[number] = endpoint
        usrsctp_register_address(UnsafeMutableRawPointer(bitPattern: number))
        if timer == nil {
            lastTick = p2p_monotonic_ns()
            quietTicks = 0
            armTimer(busyTickMs)
        }
        return number
    }

    static func deregister(_ number: UInt) {
        guard endpoints.removeValue(forKey: number) != nil else { return }
        usrsctp_deregister_address(UnsafeMutableRawPointer(bitPattern: number))
        guard endpoints.isEmpty else { return }
        timer?.cancel()
        timer = nil
    }

    /// The endpoint that a callback is for.
    static func endpoint(_ address: UnsafeMutableRawPointer?) -> UsrsctpEndpoint? {
        endpoints[UInt(bitPattern: address)]
    }

    private static func start(streams: UInt16) {
        guard !isStarted else { return }
        isStarted = true
        p2p_sctp_init { address, bytes, count, _, _ in
            // Proof: stays on this thread, assumeIsolated runs its body in place.
            nonisolated(unsafe) let (address, packet) = (address, UnsafeRawBufferPointer(start: bytes, count: count))
            LoopActor.assumeIsolated { UsrsctpStack.endpoint(address)?.transmit(packet) }
            return 0
        }
        p2p_sctp_tune(UInt32(streams))
    }

    /// A message comes or goes, or an association begins.
    static func noteActivity() {
        if quietTicks > quietTicksMax, timer != nil { armTimer(busyTickMs) }
        quietTicks = 0
    }

    private static func armTimer(_ milliseconds: Int64) {
        timer?.cancel()
        timer = LoopTimer.every(milliseconds: milliseconds) { tick() }
    }

    private static func tick() {
        quietTicks += 1
        if quietTicks == quietTicksMax + 1 { armTimer(idleTickMs) }
        let now = p2p_monotonic_ns()
        let elapsed = (now - lastTick) / 1_000_000
        lastTick += elapsed * 1_000_000
        usrsctp_handle_timers(UInt32(clamping: elapsed))
    }
}
