import CLinux
import Glibc

/// What the process takes of its machine.
public enum ProcessUsage {
    /// Bytes of memory that are resident; 0 when the kernel does not tell.
    public static var residentBytes: Int {
        guard let text = try? readTextFile("/proc/self/statm", flag: "/proc"),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Seconds of processor time, of all threads.
    public static var processorSeconds: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Files and connections that may be open at once.
    public static var descriptorsMax: UInt64 { p2p_file_limit() }
}
