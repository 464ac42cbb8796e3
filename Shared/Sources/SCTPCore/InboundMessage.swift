import Glibc

/// A whole message of a stream. It owns the buffer that the SCTP stack handed over, so nothing was copied; the bytes are
/// valid as long as it is.
public struct InboundMessage: ~Copyable {
    /// The stream it came on.
    public let stream: UInt16
    /// The payload protocol identifier, as it came.
    public let payloadProtocol: UInt32
    /// Its bytes.
    public let bytes: UnsafeRawBufferPointer
    private let owned: UnsafeMutableRawPointer?

    /// Borrows `bytes`, which must outlive the message.
    public init(borrowing bytes: UnsafeRawBufferPointer, stream: UInt16, payloadProtocol: UInt32) {
        self.stream = stream
        self.payloadProtocol = payloadProtocol
        self.bytes = bytes
        owned = nil
    }

    /// Takes over memory of `malloc`.
    init(taking memory: UnsafeMutableRawPointer, count: Int, stream: UInt16, payloadProtocol: UInt32) {
        self.stream = stream
        self.payloadProtocol = payloadProtocol
        bytes = UnsafeRawBufferPointer(start: memory, count: count)
        owned = memory
    }

    deinit { free(owned) }
}
