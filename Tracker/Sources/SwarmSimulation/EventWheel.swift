/// What is to happen when, by the millisecond; events of one millisecond in the order in which they were put in.
///
/// A ring of lists for what is near, so that putting in and taking out cost the same however many there are, and one list
/// for what is far, looked through once in a turn of the ring.
struct EventWheel<Event> {
    private static var size: Int { 8_192 }

    private var near: [[Event]] = Array(repeating: [], count: size)
    private var far: [(at: Int64, event: Event)] = []
    private(set) var now: Int64

    init(now: Int64) { self.now = now }

    /// Puts an event in, at the next millisecond at the earliest.
    mutating func schedule(at time: Int64, _ event: Event) {
        let time = max(time, now + 1)
        if time - now < Int64(Self.size) {
            near[Int(time) & (Self.size - 1)].append(event)
        } else {
            far.append((time, event))
        }
    }

    /// Goes on by one millisecond and hands out what happens then.
    mutating func next() -> [Event] {
        now += 1
        if Int(now) & (Self.size - 1) == 0 { bringNear() }
        let slot = Int(now) & (Self.size - 1)
        guard !near[slot].isEmpty else { return [] }
        var events: [Event] = []
        swap(&events, &near[slot])
        return events
    }

    /// Keeps the memory of a list that `next` gave for later ones.
    mutating func recycle(_ events: inout [Event]) {
        let slot = Int(now) & (Self.size - 1)
        guard near[slot].isEmpty else { return }
        events.removeAll(keepingCapacity: true)
        swap(&events, &near[slot])
    }

    private mutating func bringNear() {
        let until = now + Int64(Self.size)
        for entry in far where entry.at < until { near[Int(entry.at) & (Self.size - 1)].append(entry.event) }
        far.removeAll { $0.at < until }
    }
}
