import DTLSCore
import EventLoop

/// Makes links over UDP. A process has one: the certificate and SCTP's timers are shared by all links.
@LoopActor
public final class PeerLinkHost: PeerLinkMaking {
    /// What all links have in common.
    public let configuration: HostConfiguration
    let identity: DTLSIdentity
    /// Of an artificial network.
    let bottleneck: Bottleneck?

    private var links: [UInt64: WebRTCLink] = [:]
    private var nextNumber: UInt64 = 1
    private var figures = HostStatistics()

    /// A host with a certificate of its own. Throws `LinkError.unavailable` when OpenSSL cannot make one.
    public init(_ configuration: HostConfiguration = HostConfiguration()) throws(LinkError) {
        self.configuration = configuration
        bottleneck = configuration.impairment.flatMap { impairment in
            impairment.bytesPerSecond.map { Bottleneck(bytesPerSecond: $0, afterMs: impairment.rateAfterMs) }
        }
        do { identity = try DTLSIdentity() } catch { throw .unavailable("\(error)") }
    }

    /// A new link. Throws `LinkError.tooManyLinks`.
    public func makeLink(delegate: (any PeerLinkDelegate)?) throws(LinkError) -> any PeerLink {
        guard links.count < configuration.linksMax else {
            figures.refused += 1
            throw .tooManyLinks(max: configuration.linksMax)
        }
        let link = WebRTCLink(host: self, number: nextNumber, delegate: delegate)
        nextNumber += 1
        links[link.number] = link
        figures.made += 1
        return link
    }

    /// All links together.
    public var statistics: HostStatistics {
        var sum = figures
        sum.links = links.count
        for link in links.values { sum.counters = sum.counters + link.multiplexer.counters }
        return sum
    }

    /// Closes all links.
    public func close() {
        for link in Array(links.values) { link.close(.local("the host is closed")) }
    }

    func countOpened() { figures.opened += 1 }

    func remove(_ link: WebRTCLink) {
        guard links.removeValue(forKey: link.number) != nil else { return }
        figures.counters = figures.counters + link.multiplexer.counters
    }
}
