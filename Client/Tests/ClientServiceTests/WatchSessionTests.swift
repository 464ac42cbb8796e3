import CoreTypes
import Cryptography
import EventLoop
import Foundation
import MediaWire
import PlayoutCore
import Testing

@testable import ClientService

/// Whole sessions against a cluster that misbehaves. The figures are those of `--stats`.
@Suite(.serialized) struct WatchSessionTests {
    /// Watches while `act` happens 600 ms after the start. Chunks last 50 ms, the buffer is 1.5 s, so that a machine that
    /// is busy elsewhere does not decide.
    @LoopActor
    private func watch(
        _ cluster: FakeCluster, ms: Int64 = 4_000, bufferMs: Int64 = 1_500,
        _ act: @escaping @LoopActor () async -> Void = {}
    ) async throws -> PlayoutStatistics {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("stats-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        var configuration = WatchConfiguration(url: cluster.url)
        configuration.durationMs = ms
        configuration.bufferMs = bufferMs
        configuration.statistics = file.path
        let session = WatchSession(configuration)
        LoopTimer.after(milliseconds: 600) { Task { await act() } }
        let statistics = try await session.run()
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.last?.contains("\"final\":true") == true)
        #expect(lines.dropLast().allSatisfy { $0.contains("\"final\":false") })
        await cluster.stop()
        return statistics
    }

    /// Everything that was due was there in time.
    private func expectWhole(_ statistics: PlayoutStatistics, reconnects: ClosedRange<UInt64>) {
        #expect(statistics.chunksMissing == 0 && statistics.chunksLate == 0 && statistics.chunksSkipped == 0)
        #expect(statistics.chunksOnTime > 20 && statistics.chunksOnTime == statistics.chunksDue)
        #expect(reconnects.contains(statistics.reconnects), "\(statistics.reconnects) reconnects")
    }

    @Test @LoopActor func `a healthy stream is whole, and comes over one connection`() async throws {
        let statistics = try await watch(try FakeCluster(forwards: 2))
        expectWhole(statistics, reconnects: 0...0)
        #expect(statistics.badPieces == 0 && statistics.clockErrorMs != nil && statistics.startupMs != nil)
        #expect(statistics.bytesFromForwards > 0 && statistics.bytesFromPeers == 0 && statistics.offload == 0)
    }

    @Test @LoopActor func `when a forward dies the next one goes on where it stopped`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster) { await cluster.forwards[0].die() }
        expectWhole(statistics, reconnects: 1...3)
        #expect(cluster.forwards[1].requests.first?.query("from") != nil)
        #expect(statistics.parents.map(\.forward) == [cluster.forwards[1].url, cluster.forwards[1].url])
    }

    @Test @LoopActor func `a forward that lives but has lost its upstreams is left`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let ping = try Record.ping(1).encoded()
        let statistics = try await watch(cluster, ms: 5_000, bufferMs: 3_000) {
            cluster.forwards[0].tamper = { _ in ping }
        }
        expectWhole(statistics, reconnects: 1...3)
        #expect(statistics.parents.map(\.forward) == [cluster.forwards[1].url, cluster.forwards[1].url])
    }

    /// The records of a frame without those that `isLost` picks.
    private func without(_ isLost: (Record) -> Bool, _ frame: [UInt8]) -> [UInt8] {
        var parser = RecordParser()
        parser.append(frame)
        var kept: [UInt8] = []
        while let record = try? parser.next() {
            if !isLost(record) { kept += try! record.encoded() }
        }
        return kept
    }

    @Test @LoopActor func `a forward whose chunks never become whole is left`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster, ms: 5_000, bufferMs: 3_000) {
            cluster.forwards[0].tamper = { without({ if case .piece(_, 2, _) = $0 { true } else { false } }, $0) }
        }
        expectWhole(statistics, reconnects: 1...3)
        #expect(statistics.badPieces == 0)
    }

    @Test @LoopActor func `a forward that invents inits is left, and they push no true one out`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        var number: UInt8 = 10
        let statistics = try await watch(cluster) {
            cluster.forwards[0].tamper = { frame in
                number += 1
                let bytes: [UInt8] = [number, 2, 3]
                return try! Record.initSegment(hash: SHA256.short(bytes[...]), bytes: bytes).encoded() + frame
            }
        }
        expectWhole(statistics, reconnects: 1...3)
        #expect(statistics.badPieces > 0)
    }

    @Test @LoopActor func `who never received anything has not watched`() async throws {
        var configuration = WatchConfiguration(url: StreamURL("http://127.0.0.1:1/test")!)
        configuration.durationMs = 300
        let session = WatchSession(configuration)
        await #expect { try await session.run() } throws: { "\($0)".contains("did not play") }
    }

    @Test @LoopActor func `a forward that falls silent is left after a second`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster) { cluster.forwards[0].tamper = { _ in nil } }
        expectWhole(statistics, reconnects: 1...3)
    }

    @Test @LoopActor func `a forward that dies while the coordinate is away is replaced all the same`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster) {
            await cluster.stopCoordinate()
            await cluster.forwards[0].die()
        }
        expectWhole(statistics, reconnects: 1...3)
    }

    @Test @LoopActor func `while all forwards that it knows refuse, it goes on asking for others`() async throws {
        let cluster = try FakeCluster(forwards: 3)
        cluster.named = 2
        let statistics = try await watch(cluster, ms: 6_000) {
            await cluster.forwards[0].die()
            await cluster.forwards[1].die()
            // By then it has asked once, and has been refused again and again.
            LoopTimer.after(milliseconds: 1_000) { cluster.named = nil }
        }
        #expect(statistics.parents.map(\.forward) == [cluster.forwards[2].url, cluster.forwards[2].url])
    }

    @Test @LoopActor func `a changed byte is counted and dropped, and its forward left`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster) {
            cluster.forwards[0].tamper = { frame in
                var frame = frame
                frame[frame.count - 1] ^= 1
                return frame
            }
        }
        expectWhole(statistics, reconnects: 1...3)
        #expect(statistics.badPieces >= 1)
        #expect(statistics.parents.first?.forward == cluster.forwards[1].url)
    }

    @Test @LoopActor func `a wrong signature is counted and refused, and its forward left`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster) {
            cluster.forwards[0].tamper = { [unowned cluster] _ in cluster.forgedFrame() }
        }
        expectWhole(statistics, reconnects: 1...3)
        #expect(statistics.badPieces >= 1)
        #expect(statistics.parents.first?.forward == cluster.forwards[1].url)
    }

    @Test @LoopActor func `a new session after a restart is no loss`() async throws {
        let cluster = try FakeCluster(forwards: 1)
        let statistics = try await watch(cluster) { cluster.restartSession() }
        expectWhole(statistics, reconnects: 0...0)
        #expect(statistics.sequence > 1_000_000)
    }

    @Test @LoopActor func `junk instead of records makes the client leave the forward`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        var generator = SeededGenerator(seed: 5)
        let junk = (0..<4_000).map { _ in UInt8.random(in: 1 ... .max, using: &generator) }
        let statistics = try await watch(cluster) { cluster.forwards[0].tamper = { _ in junk } }
        expectWhole(statistics, reconnects: 1...3)
    }

    @Test @LoopActor func `a record that claims to be enormous is refused at its header`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let statistics = try await watch(cluster) {
            cluster.forwards[0].tamper = { _ in [0xff, 0xff, 0xff, 0xff, Record.Kind.chunk.rawValue, 0, 0, 0] }
        }
        expectWhole(statistics, reconnects: 1...3)
        #expect(statistics.badPieces >= 1)
    }

    @Test @LoopActor func `endless records of an unknown kind are no sign of life for long`() async throws {
        let cluster = try FakeCluster(forwards: 2)
        let unknown: [UInt8] = [0, 0, 0x10, 0, 99] + Array(repeating: 0, count: 0x1000)
        let statistics = try await watch(cluster, ms: 9_500) { cluster.forwards[0].tamper = { _ in unknown } }
        #expect(statistics.reconnects >= 1 && statistics.parents.first?.forward == cluster.forwards[1].url)
    }

    @Test @LoopActor func `a stream that nobody knows fails after the wait, and says so`() async throws {
        let cluster = try FakeCluster(forwards: 1)
        var configuration = WatchConfiguration(
            url: StreamURL(coordinate: cluster.url.coordinate, name: try StreamName("nobody")))
        configuration.waitMs = 300
        let error = await #expect(throws: (any Error).self) { try await WatchSession(configuration).run() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("no stream is called nobody"))
        await cluster.stop()
    }
}
