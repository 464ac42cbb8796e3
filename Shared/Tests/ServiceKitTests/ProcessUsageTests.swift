import Glibc
import Testing

@testable import ServiceKit

@Suite struct ProcessUsageTests {
    @Test func `memory grows by what is touched`() {
        let before = ProcessUsage.residentBytes
        let bytes = [UInt8](repeating: 1, count: 64 << 20)
        let after = ProcessUsage.residentBytes
        #expect(before > 1 << 20 && after - before > 48 << 20)
        withExtendedLifetime(bytes) {}
    }

    @Test func `processor time rises with work`() {
        let before = ProcessUsage.processorSeconds
        while ProcessUsage.processorSeconds - before < 0.01 {}
        #expect(before > 0)
    }

    @Test func `the limit of open files is that of the process`() {
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(ProcessUsage.descriptorsMax == limit.rlim_cur)
    }

    @Test func `bytes are written whole, and a reader that left is no crash`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        #expect(writeWhole(Array("line\n".utf8), to: ends[1]))
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(ends[0], &bytes, 16) == 5 && bytes[..<5].elementsEqual("line\n".utf8))
        signal(SIGPIPE, SIG_IGN)
        close(ends[0])
        #expect(!writeWhole([1], to: ends[1]))
        close(ends[1])
    }
}
