/// Why a server could not start.
public enum HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// The address is taken, not this machine's, or not allowed.
    case cannotListen(ListenAddress, reason: String)
    /// libmicrohttpd refused its options; under TLS usually a certificate that does not fit its key.
    case cannotServe(ListenAddress, isSecure: Bool)

    /// True when no other run with the same flags and files would do better.
    public var isMisconfiguration: Bool {
        if case .cannotServe(_, isSecure: true) = self { true } else { false }
    }

    /// What is wrong and what to try.
    public var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "cannot listen on \(address): \(reason); choose another address, or stop what uses it"
        case .cannotServe(let address, true):
            "cannot serve HTTPS on \(address): check that --tls-cert and --tls-key are PEM files that belong together"
        case .cannotServe(let address, false):
            "cannot serve HTTP on \(address): libmicrohttpd did not start (out of memory or descriptors?)"
        }
    }
}
