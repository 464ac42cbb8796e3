import CLinux
import Foundation
import Glibc

/// What the process costs now: CPU seconds, resident and allocated bytes, descriptors, threads.
func processFigures(links: Int) -> [String: Any] {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let field = { (name: String) -> Int in
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
    let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    return [
        "event": "figures", "links": links, "cpuSeconds": seconds(usage.ru_utime) + seconds(usage.ru_stime),
        "residentBytes": field("VmRSS") * 1_024, "allocatedBytes": p2p_allocated_bytes(),
        "threads": field("Threads"), "descriptors": descriptors,
    ]
}
