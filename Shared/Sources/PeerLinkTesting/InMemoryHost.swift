import EventLoop
import PeerLink

/// Makes links of an `InMemoryNetwork`.
@LoopActor
public final class InMemoryHost: PeerLinkMaking {
    /// Its bounds.
    public let configuration: HostConfiguration
    let network: InMemoryNetwork
    let number: Int
    private var links: [UInt64: InMemoryLink] = [:]
    private var figures = HostStatistics()

    init(_ network: InMemoryNetwork, number: Int, _ configuration: HostConfiguration) {
        self.network = network
        self.number = number
        self.configuration = configuration
    }

    /// A new link. Throws `LinkError.tooManyLinks`.
    public func makeLink(delegate: (any PeerLinkDelegate)?) throws(LinkError) -> any PeerLink {
        guard links.count < configuration.linksMax else {
            figures.refused += 1
            throw .tooManyLinks(max: configuration.linksMax)
        }
        let link = InMemoryLink(host: self, number: network.nextLinkNumber(), delegate: delegate)
        links[link.number] = link
        network.add(link)
        figures.made += 1
        return link
    }

    /// All links together.
    public var statistics: HostStatistics {
        var sum = figures
        sum.links = links.count
        for link in links.values { sum.counters = sum.counters + link.statistics.channels.counters }
        return sum
    }

    func countOpened() { figures.opened += 1 }

    func remove(_ link: InMemoryLink) {
        guard links.removeValue(forKey: link.number) != nil else { return }
        figures.counters = figures.counters + link.statistics.channels.counters
        network.remove(link)
    }
}
