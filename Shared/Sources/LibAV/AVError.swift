import CLibAV

/// A call of libav that failed.
public struct AVError: Error, Hashable, Sendable, CustomStringConvertible {
    /// libav's own code, negative: an inverted `errno` or an `AVERROR_…` tag.
    public let code: Int32
    /// What was being done, for the message.
    public let operation: String

    /// A failure of `operation` with libav's `code`.
    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    static func outOfMemory(_ operation: String) -> AVError {
        AVError(code: p2p_AVERROR_ENOMEM, operation: operation)
    }

    static func invalidArgument(_ operation: String) -> AVError {
        AVError(code: p2p_AVERROR_EINVAL, operation: operation)
    }

    /// The operation and libav's text for the code.
    public var description: String {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer -> String in
            guard let start = buffer.baseAddress, av_strerror(code, start, buffer.count) >= 0 else { return "failed" }
            return String(cString: start)
        }
        return "\(operation): \(text) (libav \(code))"
    }
}

/// Passes a result of libav through, or throws when it is negative.
@discardableResult
func check(_ result: Int32, _ operation: String) throws(AVError) -> Int32 {
    guard result >= 0 else { throw AVError(code: result, operation: operation) }
    return result
}

/// Passes a pointer from libav through, or throws when the allocation behind it failed.
func allocated<Pointer>(_ pointer: Pointer?, _ operation: String) throws(AVError) -> Pointer {
    guard let pointer else { throw .outOfMemory(operation) }
    return pointer
}
