import CoreTypes
import EventLoop
import Foundation
import PeerWire
import TestSupport
import Testing

@testable import ICECore

@LoopActor
final class AgentEvents: ICEAgentDelegate {
    var isConnected = false
    var hasFailed = false
    var isGathered = false
    var datagrams: [[UInt8]] = []
    func agent(_ agent: any ICEAgent, found candidate: ICECandidate?) { if candidate == nil { isGathered = true } }
    func agentDidConnect(_ agent: any ICEAgent) { isConnected = true }
    func agent(_ agent: any ICEAgent, received datagram: UnsafeRawBufferPointer) { datagrams.append(Array(datagram)) }
    func agentDidFail(_ agent: any ICEAgent) { hasFailed = true }
}

@LoopActor
@Suite(.serialized)
struct NiceAgentTests {
    private static var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    private func agent(_ address: String, isControlling: Bool, ports: ClosedRange<UInt16>? = nil) throws -> (
        NiceAgent, AgentEvents
    ) {
        var configuration = ICEConfiguration()
        configuration.localAddresses = [IPAddress(address)!]
        configuration.ports = ports
        let (agent, events) = (try NiceAgent(configuration, isControlling: isControlling), AgentEvents())
        agent.delegate = events
        try agent.gather()
        return (agent, events)
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func `two agents find each other and carry datagrams`(address: String) async throws {
        let base = Self.descriptorCount
        let (first, firstEvents) = try agent(address, isControlling: true)
        let (second, secondEvents) = try agent(address, isControlling: false)
        #expect(first.candidates.map { $0.usableAddress?.address } == [IPAddress(address)])
        first.start(with: second.credentials)
        second.start(with: first.credentials)
        for candidate in first.candidates { second.add(candidate) }
        for candidate in second.candidates { first.add(candidate) }
        for agent in [first, second] { agent.add(nil) }
        try await eventually("both are connected") { firstEvents.isConnected && secondEvents.isConnected }
        #expect(first.selectedPair?.remote.address == second.selectedPair?.local.address)
        #expect(first.receiveBufferBytes > 100_000)
        // Not STUN's, or libnice would keep it.
        let datagram: [UInt8] = [22] + pattern(1_000)
        #expect(datagram.withUnsafeBytes { first.send($0) })
        try await eventually("it arrives") { secondEvents.datagrams == [datagram] }
        for agent in [first, second] { agent.close() }
        #expect(!datagram.withUnsafeBytes { first.send($0) } && first.candidates.isEmpty && first.selectedPair == nil)
        #expect(Self.descriptorCount == base)
    }

    @Test func `candidates that nobody answers fail`() async throws {
        let (lonely, events) = try agent("127.0.0.1", isControlling: true)
        lonely.start(with: ICECredentials(userFragment: "abcd", password: "0123456789012345678901"))
        let nobody = ICECandidate.Host.address(IPAddress("127.0.0.1")!)
        lonely.add(ICECandidate(foundation: "1", priority: 5, host: nobody, port: 9))
        lonely.add(nil)
        try await eventually("it fails") { events.hasFailed }
        lonely.close()
    }

    @Test func `ports stay within their range, and an address of others is no address`() throws {
        let (agent, _) = try agent("127.0.0.1", isControlling: true, ports: 42_000...42_050)
        #expect(agent.candidates.allSatisfy { (42_000...42_050).contains($0.port) } && !agent.candidates.isEmpty)
        agent.close()
        #expect(throws: ICEError.noAddress) { try self.agent("192.0.2.1", isControlling: true) }
    }
}
