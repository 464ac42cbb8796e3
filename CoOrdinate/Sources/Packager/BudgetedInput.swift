import LibAV

/// The publisher's bytes, cut off when too many of them lead to nothing: a demuxer may swallow an endless run of filler
/// without ever returning. For one thread.
final class BudgetedInput: ByteSource {
    private let queue: ByteQueue
    private let budget: UInt64
    private var spent: UInt64 = 0

    /// True once the budget was used up.
    private(set) var isExhausted = false
    /// True once the end was delivered.
    private(set) var hasEnded = false

    init(_ queue: ByteQueue, budget: UInt64) {
        self.queue = queue
        self.budget = budget
    }

    /// Something playable came of the bytes so far.
    func renewBudget() { spent = 0 }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard spent <= budget else {
            isExhausted = true
            hasEnded = true
            return 0
        }
        let count = queue.read(into: buffer)
        spent += UInt64(count)
        if count == 0 { hasEnded = true }
        return count
    }
}
