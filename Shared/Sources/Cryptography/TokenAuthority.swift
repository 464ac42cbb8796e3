import CoreTypes

/// Why a token gives no access.
public enum AccessTokenError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is no token.
    case malformed
    /// The token was not issued under the cluster's secret.
    case forged
    /// The token was good until `expiresAt`.
    case expired(expiresAt: WallMilliseconds)
    /// The token is for another stream.
    case wrongStream(found: StreamName)

    /// What is wrong and how to mend it.
    public var description: String {
        switch self {
        case .malformed: "this is no access token; take the one that the tracker or the coordinate gave"
        case .forged:
            "the access token was not issued by this cluster; do all services have the same secret?"
        case .expired(let time): "the access token expired at \(time) ms; join again for a new one"
        case .wrongStream(let found): "the access token is for the stream \(found)"
        }
    }
}

/// Issues and checks access tokens. Every service with the cluster's secret accepts the tokens of every other.
///
/// A token is `base64url(payload) "." base64url(tag)`, where tag is the first 16 bytes of HMAC-SHA256 over the payload
/// (docs/PROTOCOL.md, "Access token").
public struct TokenAuthority: Sendable {
    /// Longest text of a token: a payload of 91 bytes, the dot, a tag of 16 bytes.
    public static let textBytesMax = 122 + 1 + 22

    private static let tagBytes = 16
    private let key: [UInt8]

    /// The authority of the cluster whose services share `secret`.
    /// Key: HKDF-SHA256(secret, salt "p2plive", info "token").
    public init(secret: String) {
        key = HKDFSHA256.derive(secret: Array(secret.utf8), info: Array("token".utf8))
    }

    /// The text of `token`.
    public func issue(_ token: AccessToken) -> String {
        let payload = token.payload
        return Base64.url.encode(payload) + "." + Base64.url.encode(tag(of: payload))
    }

    /// The token of `text`, if it was issued here or by another service with the same secret, is for `stream` (any
    /// stream when nil) and has not expired at `now`. Throws `AccessTokenError`.
    public func verify(
        _ text: some StringProtocol, for stream: StreamName? = nil, now: WallMilliseconds
    ) throws(AccessTokenError) -> AccessToken {
        guard text.utf8.count <= Self.textBytesMax else { throw .malformed }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let payload = Base64.url.decode(parts[0]), let tag = Base64.url.decode(parts[1]),
            tag.count == Self.tagBytes
        else { throw .malformed }
        guard constantTimeEqual(tag, self.tag(of: payload)) else { throw .forged }
        guard let token = AccessToken(payload: payload) else { throw .malformed }
        if let stream, token.stream != stream { throw .wrongStream(found: token.stream) }
        guard now < token.expiresAt else { throw .expired(expiresAt: token.expiresAt) }
        return token
    }

    private func tag(of payload: [UInt8]) -> ArraySlice<UInt8> {
        HMACSHA256.authenticate(payload, key: key)[..<Self.tagBytes]
    }
}
