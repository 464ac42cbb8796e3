import EventLoop

/// Takes a streamed request body. All calls come on the loop.
@LoopActor
public protocol UploadSink: AnyObject {
    /// Takes bytes in order and returns how many it took. Taking fewer pauses the upload until `UploadControl.resume`,
    /// after which the rest is offered again.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int
    /// The body ended as it should; the reply closes the exchange.
    func finish() -> HTTPReply
    /// The connection was lost, or closed by `UploadControl.close`; `finish` will not be called.
    func abort()
}

/// What a route decides when the headers of an upload are there, before any byte of the body is read (and before
/// `100 Continue` is sent).
public enum UploadDecision {
    /// Answer and close.
    case refuse(HTTPResponse)
    /// Read on; the closure makes the sink.
    case accept(@LoopActor (UploadControl) -> any UploadSink)
}

/// The sink's handle on its connection.
@LoopActor
public final class UploadControl {
    weak var exchange: Exchange?

    init(_ exchange: Exchange) { self.exchange = exchange }

    /// Offers the remaining bytes again after `receive` took fewer than it was given.
    public func resume() { exchange?.resumeUpload() }

    /// Answers in the midst of the body, and closes when the sender has had a moment to read it; the sink's `abort`
    /// comes at once. Over TLS the connection just ends.
    public func close(answering response: HTTPResponse) { exchange?.closeUpload(answering: response) }

    /// Ends the connection at once; the sink's `abort` follows.
    public func close() { exchange?.closeUpload() }
}
