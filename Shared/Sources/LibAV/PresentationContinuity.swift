/// Judges whether frames follow each other without a hole. A decoder alone does not tell: after a lost chunk it often
/// shows the remaining frames without any complaint.
struct PresentationContinuity {
    enum Step {
        case regular
        case gap
        case backwards
    }

    private var previous: (pts: Int64, duration: Int64)?

    /// The next frame is taken as it comes.
    mutating func reset() { previous = nil }

    /// Notes a frame at `pts` that lasts `duration` (0 when unknown), both in one clock. A gap is a step of more than
    /// 1.6 durations of the frame before: millisecond clocks make steps vary by a few percent.
    mutating func step(to pts: Int64, duration: Int64) -> Step {
        defer { previous = (pts, duration) }
        guard let previous else { return .regular }
        let step = pts &- previous.pts
        if step <= 0 { return .backwards }
        return previous.duration > 0 && step > previous.duration &* 8 / 5 ? .gap : .regular
    }
}
