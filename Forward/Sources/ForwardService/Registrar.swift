import CoreTypes
import EventLoop
import HTTPClient
import Logging
import ServiceAPI
import ServiceKit

/// Tells trackers and upstreams every 2 s that this forward is there and how loaded it is, and says good-bye.
@LoopActor
public final class Registrar {
    /// Where and how this forward is registered.
    public struct Entry: Encodable, Sendable {
        /// Base URL of the tracker or upstream.
        public var url: String
        /// The other end accepted the last heartbeat.
        public var isRegistered = false
        /// Why not.
        public var error: String?
        /// It answers, and is a forward, which has no register.
        public var keepsNoRegister = false
    }

    private static let intervalMs: Int64 = 2_000
    private let service: ForwardService
    private let urls: [AdvertisedURL]
    private(set) var entries: [Entry]
    private var timer: LoopTimer?
    private var isBusy: Set<Int> = []

    /// Registers `service` under the given public URLs.
    public init(_ service: ForwardService, urls: [AdvertisedURL]) {
        self.service = service
        self.urls = urls
        let targets = service.configuration.trackers + service.configuration.upstreams
        entries = targets.map { Entry(url: $0.origin) }
        beat()
        timer = LoopTimer.every(milliseconds: Self.intervalMs) { [weak self] in self?.beat() }
    }

    /// Tells everybody that this forward leaves.
    public func leave() async {
        timer?.cancel()
        for index in entries.indices where entries[index].isRegistered {
            _ = try? await service.client.send(request("DELETE", entries[index].url))
        }
    }

    /// What stands in the way of serving: a forward that reaches nobody gets no stream, and no viewer is sent to it. One
    /// whose only upstream is a forward is registered nowhere, and well.
    var problems: [String] {
        let isKnown = entries.contains { $0.isRegistered || $0.keepsNoRegister }
        return isKnown ? [] : ["no tracker and no upstream knows this forward"]
    }

    private func beat() {
        for index in entries.indices where !isBusy.contains(index) {
            isBusy.insert(index)
            Task { @LoopActor in
                await beat(index)
                isBusy.remove(index)
            }
        }
        service.findOrigin()
    }

    private func beat(_ index: Int) async {
        do {
            // A heartbeat registers as well: whoever forgot this forward (a restart) answers 404, and is told anew.
            var answer = try await service.client.send(request("PUT", entries[index].url))
            if answer.status == 404 { answer = try await service.client.send(request("POST", entries[index].url)) }
            // A forward as upstream keeps no register; its answer 404 or 405 is no fault.
            entries[index].isRegistered = answer.isSuccess
            entries[index].keepsNoRegister = answer.status == 404 || answer.status == 405
            entries[index].error = answer.isSuccess ? nil : "answered \(answer.status)"
            if answer.isSuccess, index < service.configuration.trackers.count { noteSwarms(answer.body, from: index) }
        } catch {
            entries[index].isRegistered = false
            entries[index].keepsNoRegister = false
            entries[index].error = "\(error)"
        }
    }

    /// What a tracker says about its swarms; an answer without counts as no word from it.
    private func noteSwarms(_ body: [UInt8], from tracker: Int) {
        guard let swarms = (try? decodeJSON(ForwardRegistrationAnswer.self, from: body))?.swarms else { return }
        service.swarmSizes.update(
            tracker: tracker, swarms: swarms.lazy.map { ($0.stream, $0.peers) }, now: Clock.now)
    }

    private func request(_ method: String, _ url: String) -> HTTPClientRequest {
        let registration = ForwardRegistration(
            id: service.instance.description, name: service.configuration.name, region: service.configuration.region,
            urls: urls, load: service.load)
        var request = HTTPClientRequest(
            method, url + "/forward", headers: [("Content-Type", "application/json")], body: encodeJSON(registration)
        ).bearing(service.configuration.secret)
        request.timeoutMs = 2_000
        return request
    }
}

extension ForwardService {
    /// Looks for the coordinate among the upstreams, for edge ingest: the first that says it is one.
    func findOrigin() {
        guard !configuration.ingest.isEmpty, !isFindingOrigin else { return }
        isFindingOrigin = true
        Task { @LoopActor in
            var found: ServiceURL?
            for upstream in configuration.upstreams {
                var request = HTTPClientRequest("GET", upstream.origin + "/version")
                request.timeoutMs = 1_000
                guard let answer = try? await client.send(request), answer.isSuccess,
                    let version = try? decodeJSON(Version.self, from: answer.body), version.service == "coordinate"
                else { continue }
                found = upstream
                break
            }
            origin = found
            isFindingOrigin = false
        }
    }

    private struct Version: Decodable { let service: String }
}
