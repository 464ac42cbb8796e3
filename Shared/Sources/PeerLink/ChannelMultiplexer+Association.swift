import EventLoop
import PeerWire
import SCTPCore

/// What the association says: data, and the peer's side of opening and closing channels.
extension ChannelMultiplexer: SCTPEndpointDelegate {
    package func endpoint(_ endpoint: any SCTPEndpoint, transmit packet: UnsafeRawBufferPointer) {
        delegate?.transmit(packet)
    }

    package func endpointDidOpen(_ endpoint: any SCTPEndpoint) {
        guard !isOver else { return }
        isUp = true
        delegate?.associationDidOpen()
        if !isOver { startWaiting() }
    }

    package func endpointIsWritable(_ endpoint: any SCTPEndpoint) {
        if !isOver { becameWritable() }
    }

    package func endpoint(_ endpoint: any SCTPEndpoint, received message: borrowing InboundMessage) {
        guard !isOver else { return }
        switch PayloadProtocol(rawValue: message.payloadProtocol) {
        case .establishment: receiveEstablishment(Array(message.bytes), stream: message.stream)
        case .binary: deliver(message.bytes, .binary, message.stream)
        case .text: deliver(message.bytes, .text, message.stream)
        case .emptyBinary: deliver(UnsafeRawBufferPointer(start: nil, count: 0), .binary, message.stream)
        case .emptyText: deliver(UnsafeRawBufferPointer(start: nil, count: 0), .text, message.stream)
        // Deprecated kinds of partial messages and unknown ones (RFC 8831, section 8) have no meaning here.
        case nil: counters.stray += 1
        }
    }

    package func endpoint(_ endpoint: any SCTPEndpoint, peerResetStream stream: UInt16) {
        guard !isOver, let channel = channel(of: stream) else { return }
        remove(channel)
        reset(channel)
        channel.closed()
    }

    package func endpoint(_ endpoint: any SCTPEndpoint, ended error: SCTPError) {
        guard !isOver else { return }
        let reason: CloseReason =
            switch error {
            case .ended: .peer
            case .messageTooLong: .messageTooLong
            case .unavailable: .failure("\(error)")
            }
        delegate?.associationEnded(reason)
    }

    private func deliver(_ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, _ stream: UInt16) {
        guard let channel = channel(of: stream), channel.state != .closed else {
            counters.stray += 1
            return
        }
        counters.messagesIn += 1
        counters.bytesIn += UInt64(bytes.count)
        inbound.add(bytes.count, at: clock())
        channel.onMessage(bytes, kind)
    }

    private func receiveEstablishment(_ bytes: [UInt8], stream: UInt16) {
        let message: DCEPMessage
        do { message = try DCEPMessage(bytes) } catch {
            delegate?.associationEnded(.misbehaviour("\(error)"))
            return
        }
        switch message {
        case .acknowledgement:
            guard let channel = channel(of: stream), !channel.isPeers else {
                counters.stray += 1
                return
            }
            channel.isAcknowledged = true
            channel.opened()
            flush()
        case .open(let open): peerOpens(open, stream)
        }
    }

    private func peerOpens(_ open: DCEPMessage.Open, _ stream: UInt16) {
        // The peer's streams are those of the other parity (RFC 8832, section 6).
        guard channel(of: stream) == nil, stream.isMultiple(of: 2) != isClient else {
            delegate?.associationEnded(.misbehaviour("it opened a channel on a stream that is not its own"))
            return
        }
        guard channels.count(where: { $0.isPeers }) < Self.peerChannelsMax else {
            delegate?.associationEnded(.misbehaviour("it opened more than \(Self.peerChannelsMax) channels"))
            return
        }
        let options = ChannelOptions(
            isOrdered: open.isOrdered, priority: ChannelOptions.Priority(rawValue: open.priority) ?? .normal)
        let channel = DataChannel(label: open.label, options: options, isPeers: true, multiplexer: self)
        channel.stream = stream
        channel.isAcknowledged = true
        channel.state = .open
        add(channel)
        sendEstablishment(.acknowledgement, stream: stream)
        guard !isOver else { return }
        delegate?.peerOpened(channel)
    }
}
