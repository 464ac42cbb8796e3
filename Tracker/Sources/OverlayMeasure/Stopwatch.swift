import Glibc

/// Nanoseconds of a thread's own work, as far as it can tell.
struct Stopwatch {
    /// What reading the clock twice takes by itself, in nanoseconds; taken off every measurement.
    let overhead: Int64
    private var startedAt: Int64 = 0
    private var sinceChecked = 0
    private var interruptions = 0
    /// Measurements that were thrown away because the kernel gave the processor to somebody else meanwhile.
    private(set) var discarded = 0

    /// Asking for interruptions is a system call, which would disturb what is measured: it is done once in so many
    /// measurements, and after those that took so many nanoseconds.
    private static let checkedEvery = 16, suspicious: Int64 = 20_000

    init() {
        var gaps: [Int64] = []
        for _ in 0..<10_000 {
            let start = Self.now()
            gaps.append(Self.now() - start)
        }
        gaps.sort()
        overhead = gaps[gaps.count / 2]
    }

    /// Begins a measurement.
    mutating func start() {
        if sinceChecked == 0 { interruptions = Self.interruptions() }
        sinceChecked = (sinceChecked + 1) % Self.checkedEvery
        startedAt = Self.now()
    }

    /// Ends it: nanoseconds, at least 0; nil when it means nothing.
    mutating func stop() -> Int64? {
        let taken = Self.now() - startedAt
        if taken > Self.suspicious {
            let now = Self.interruptions()
            defer { interruptions = now }
            guard now == interruptions else {
                discarded += 1
                return nil
            }
        }
        return max(0, taken - overhead)
    }

    /// Milliseconds of processor time that a piece of work takes; for work so long that interruptions are part of it.
    static func processorMs(_ work: () -> Void) -> Double {
        let start = time(CLOCK_THREAD_CPUTIME_ID)
        work()
        return Double(time(CLOCK_THREAD_CPUTIME_ID) - start) / 1e6
    }

    /// Bytes of the process that are in memory.
    static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return 0 }
        let fields = line.split(separator: CChar(UInt8(ascii: " ")))
        guard fields.count > 1 else { return 0 }
        let pages = fields[1].reduce(0) { $0 * 10 + Int($1) - Int(UInt8(ascii: "0")) }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func now() -> Int64 { time(CLOCK_MONOTONIC) }

    private static func time(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// How often the thread lost the processor against its will.
    private static func interruptions() -> Int {
        var usage = rusage()
        getrusage(1 /* RUSAGE_THREAD, which is not imported */, &usage)
        return usage.ru_nivcsw
    }
}
