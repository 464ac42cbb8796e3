import CoreTypes
import Cryptography
import EventLoop
import ForwardCore
import HTTPServer
import SafetyNet
import ServiceAPI

/// Who asks for stripes or chunks, and by what right.
enum StripeAccess {
    /// Somebody with the cluster's secret: no limits.
    case service
    /// A viewer with a token.
    case viewer(RandomID, PoolClaim)
    /// Nobody who may.
    case refused(Problem)

    /// All labels, for metrics.
    static let labels = ForwardReason.allCases.map(\.rawValue) + ["direct", "service"]

    /// What the request is counted as: its reason, or who asks when no swarm is behind it.
    var label: String {
        switch self {
        case .viewer(_, let claim): claim.standing == .direct ? "direct" : claim.reason.rawValue
        case .service, .refused: "service"
        }
    }
}

extension ViewerRoutes {
    /// The right of a request to stripes or chunks of `stream`.
    func access(_ request: HTTPRequest, stream: String) -> StripeAccess {
        let name: StreamName
        do { name = try StreamName(stream) } catch { return .refused(Problem(400, "bad-name", "\(error)")) }
        if isService(request) { return .service }
        guard let text = request.bearerToken ?? request.query("token") else {
            return .refused(
                Problem(
                    401, "bad-token", "get a token from the coordinate's /tracker and send it as bearer or ?token=",
                    headers: [("WWW-Authenticate", "Bearer")]))
        }
        let token: AccessToken
        do { token = try service.tokens.verify(text, for: name, now: Clock.wall) } catch {
            return .refused(Problem(401, "bad-token", "\(error)", headers: [("WWW-Authenticate", "Bearer")]))
        }
        let words = ForwardReason.allCases.map(\.rawValue).joined(separator: ", ")
        guard let reason = ForwardReason(rawValue: request.query("why") ?? ForwardReason.start.rawValue) else {
            return .refused(Problem(400, "bad-why", "why is one of \(words)"))
        }
        guard let claim = PoolClaim(standing: token.standing, reason: reason) else {
            return .refused(Problem(403, "not-a-root", "why=root needs the token of a root, ask as start or owner"))
        }
        return .viewer(token.peer, claim)
    }

    func isService(_ request: HTTPRequest) -> Bool {
        request.bearerToken.map { constantTimeEqual($0, service.configuration.secret) } ?? false
    }
}

extension AccessToken {
    fileprivate var standing: PoolClaim.Standing {
        switch kind {
        case .direct: .direct
        case .peer: .peer
        case .root: .root
        }
    }
}
