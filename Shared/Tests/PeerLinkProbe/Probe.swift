import CoreTypes
import EventLoop
import Foundation
import ICECore
import PeerLink
import PeerWire

/// Reads commands and keeps the links that they name.
@LoopActor
final class Probe {
    static let shared = Probe()
    private var configuration = HostConfiguration()
    private var host: PeerLinkHost?
    private var links: [Int: ProbeLink] = [:]

    func take(_ line: String) {
        do { try obey(try JSONDecoder().decode(Command.self, from: Data(line.utf8))) } catch {
            emit(["event": "error", "reason": "\(error)"])
        }
    }

    private func obey(_ command: Command) throws {
        let number = command.link ?? 0
        switch command.do {
        case .configure: configure(command)
        case .offer:
            let link = try makeLink(number)
            try link.openChannel(isOrdered: command.ordered ?? false)
            emit([
                "event": "offer", "link": number, "sdp": try link.link.makeOffer().text(sessionID: UInt64(number) + 1),
            ])
        case .answer:
            let link = try makeLink(number)
            let answer = try link.link.makeAnswer(to: try SessionDescription(command.sdp ?? ""))
            emit(["event": "answer", "link": number, "sdp": answer.text(sessionID: UInt64(number) + 1)])
        case .accept: try links[number]?.link.accept(try SessionDescription(command.sdp ?? ""))
        case .candidate: links[number]?.link.add(try command.candidate.map { try ICECandidate(line: $0) })
        case .expect: links[number]?.expect(command.count ?? 0)
        case .send:
            links[number]?.send(
                count: command.count ?? 0, size: command.size ?? 16_384, bitsPerSecond: command.bitsPerSecond)
        case .closeChannel: links[number]?.channel?.close()
        case .close: links.removeValue(forKey: number)?.link.close(.local("told to"))
        case .statistics: links[number]?.tellStatistics()
        case .figures: emit(processFigures(links: host?.statistics.links ?? 0))
        }
    }

    private func configure(_ command: Command) {
        configuration.ice.localAddresses = (command.addresses ?? []).compactMap { IPAddress($0) }
        configuration.linksMax = command.linksMax ?? configuration.linksMax
        if command.delayMs != nil || command.loss != nil {
            configuration.impairment = Impairment(
                delayMs: command.delayMs ?? 0, loss: command.loss ?? 0, seed: command.seed ?? 0)
        }
    }

    private func makeLink(_ number: Int) throws -> ProbeLink {
        let host = try self.host ?? PeerLinkHost(configuration)
        self.host = host
        let link = try ProbeLink(number, host: host)
        links[number] = link
        return link
    }
}

/// A line of stdin.
struct Command: Decodable {
    enum Name: String, Decodable {
        case configure, offer, answer, accept, candidate, expect, send, closeChannel, close, statistics, figures
    }
    let `do`: Name
    let link: Int?
    let sdp: String?
    let candidate: String?
    let ordered: Bool?
    let count: Int?
    let size: Int?
    let bitsPerSecond: Double?
    let addresses: [String]?
    let linksMax: Int?
    let delayMs: Int64?
    let loss: Double?
    let seed: UInt64?
}

/// Writes one line to stdout.
func emit(_ event: [String: Any]) {
    guard var line = try? JSONSerialization.data(withJSONObject: event, options: [.sortedKeys]) else { return }
    line.append(10)
    FileHandle.standardOutput.write(line)
}
