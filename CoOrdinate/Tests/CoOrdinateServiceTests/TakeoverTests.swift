import EventLoop
import Testing

@testable import CoOrdinateService

/// Publishers that follow each other faster than their packagers end.
@LoopActor
@Suite(.serialized) struct TakeoverTests {
    @Test func `the successor begins when the one before has handed over, and the stream stays live`() async throws {
        try await withSessions(3) { _, stream, sessions in
            stream.begin(sessions[0])
            let first = stream.machine.session
            #expect(sessions[0].statistics != nil)
            stream.begin(sessions[1])
            #expect(stream.publisher === sessions[1] && stream.state == .live && stream.machine.session > first)
            #expect(sessions[1].statistics == nil)
            #expect(await until { sessions[1].statistics != nil })
            #expect(stream.publisher === sessions[1] && stream.state == .live)
            stream.kick()
            #expect(await until { stream.publisher == nil } && stream.state == .waiting)
            stream.begin(sessions[2])
            #expect(await until { sessions[2].statistics != nil } && stream.state == .live)
        }
    }

    @Test(arguments: 3...5) func `one that is replaced before it could begin leaves its place to the next`(
        count: Int
    ) async throws {
        try await withSessions(count) { _, stream, sessions in
            // In one turn of the loop no packager can end.
            for session in sessions { stream.begin(session) }
            #expect(stream.publisher === sessions.last && stream.state == .live)
            #expect(await until { sessions.last?.statistics != nil })
            #expect(sessions[1].statistics == nil && stream.publisher === sessions.last)
        }
    }

    @Test func `one that is ended before it could begin leaves the stream free`() async throws {
        try await withSessions(3) { _, stream, sessions in
            stream.begin(sessions[0])
            stream.begin(sessions[1])
            stream.kick()
            #expect(stream.publisher == nil && stream.state == .waiting)
            stream.begin(sessions[2])
            #expect(await until { sessions[2].statistics != nil } && stream.publisher === sessions[2])
        }
    }

    @Test func `who was told that the publisher is ended may publish at once`() async throws {
        try await withSessions(2) { coordinate, stream, sessions in
            stream.begin(sessions[0])
            let first = try await coordinate.send("DELETE", "/stream/live", secret: true)
            #expect(first.status == 204)
            #expect(stream.publisher == nil && stream.state == .waiting)
            let second = try await coordinate.send("DELETE", "/stream/live", secret: true)
            #expect(second.problem == "no-publisher")
        }
        try await withSessions(2) { _, stream, sessions in
            stream.begin(sessions[0])
            stream.kick()
            #expect(stream.machine.admission(takesOver: false, now: Clock.now) == .free)
            stream.begin(sessions[1])
            #expect(await until { sessions[1].statistics != nil } && stream.publisher === sessions[1])
        }
    }
}
