import CoreTypes
import EventLoop
import PeerWire

/// One encrypted connection to one peer, a browser or a program like this.
///
/// The offerer calls `makeOffer`, brings the text to the peer, and calls `accept` with what comes back; the answerer calls
/// `makeAnswer`. Candidates found later are told to the delegate and brought to `add` of the other side. A link lives
/// until it is closed, whether or not anybody keeps it.
@LoopActor
public protocol PeerLink: AnyObject {
    /// Who is told; not kept alive.
    var delegate: (any PeerLinkDelegate)? { get set }
    /// Its number among the links of its host.
    var number: UInt64 { get }
    /// Where it is.
    var state: LinkState { get }
    /// What this side told or would tell now, with all candidates found so far; nil before an offer or answer was made.
    var localDescription: SessionDescription? { get }
    /// Begins as offerer: an offer with the candidates of own interfaces. Throws `LinkError`.
    func makeOffer() throws(LinkError) -> SessionDescription
    /// Begins as answerer: an answer with the candidates of own interfaces. Throws `LinkError`.
    func makeAnswer(to offer: SessionDescription) throws(LinkError) -> SessionDescription
    /// Completes the offerer's side, once. Throws `LinkError`.
    func accept(_ answer: SessionDescription) throws(LinkError)
    /// A candidate of the peer that was found after its description; nil when there are no more. What cannot be used,
    /// such as a `.local` name, is counted and ignored.
    func add(_ candidate: ICECandidate?)
    /// Opens a channel. Messages may be sent at once; they wait until the link is open. Throws `LinkError`.
    func openChannel(_ label: String, _ options: ChannelOptions) throws(LinkError) -> DataChannel
    /// Ends the link and tells the peer; everything is freed in the loop's next turn. May be repeated.
    func close(_ reason: CloseReason)
    /// Counters, rates, path.
    var statistics: LinkStatistics { get }
}

/// What a link tells, in place. `close` may be called in any of them.
@LoopActor
public protocol PeerLinkDelegate: AnyObject {
    /// The link's state is another; `.closed` comes once, and nothing after it.
    func link(_ link: any PeerLink, changedTo state: LinkState)
    /// A candidate of this side was found after the description was made; nil when there are no more.
    func link(_ link: any PeerLink, found candidate: ICECandidate?)
    /// The peer opened a channel; its messages come after this.
    func link(_ link: any PeerLink, peerOpened channel: DataChannel)
}

/// Makes links: `PeerLinkHost`, or a network within the process for tests.
@LoopActor
public protocol PeerLinkMaking: AnyObject {
    /// A new link. Throws `LinkError.tooManyLinks` or `.unavailable`.
    func makeLink(delegate: (any PeerLinkDelegate)?) throws(LinkError) -> any PeerLink
    /// All links together.
    var statistics: HostStatistics { get }
}
