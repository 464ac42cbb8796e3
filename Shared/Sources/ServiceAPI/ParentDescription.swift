import CoreTypes

/// Who sends a viewer one stripe: PARENT of docs/PROTOCOL.md §9.
public struct ParentDescription: Hashable, Sendable {
    /// Another viewer, or a forward.
    public enum Source: Hashable, Sendable {
        /// A viewer, and the one that sends it the stripe; that one is nil when the viewer is a root.
        case peer(RandomID, grandparent: RandomID?)
        /// A forward's base URL, or `anyForward`.
        case forward(String)
    }

    /// In place of a URL: the tracker knows no forward, take one that the coordinate named.
    public static let anyForward = "any"

    /// The stripe.
    public var stripe: Int
    /// Who sends it.
    public var source: Source
    /// Hops between a forward and the viewer: 1 for a root.
    public var depth: Int

    /// All fields.
    public init(stripe: Int, source: Source, depth: Int) {
        self.stripe = stripe
        self.source = source
        self.depth = depth
    }
}

extension ParentDescription: Codable {
    private enum CodingKeys: String, CodingKey {
        case stripe, peer, grandparent, forward, depth
    }

    /// Reads PARENT; exactly one of `peer` and `forward` must be there. A missing depth counts as 0, unknown.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        stripe = try container.decode(Int.self, forKey: .stripe)
        depth = try container.decodeIfPresent(Int.self, forKey: .depth) ?? 0
        let peer = try container.decodeIfPresent(RandomID.self, forKey: .peer)
        let forward = try container.decodeIfPresent(String.self, forKey: .forward)
        switch (peer, forward) {
        case (let peer?, nil):
            source = .peer(peer, grandparent: try container.decodeIfPresent(RandomID.self, forKey: .grandparent))
        case (nil, let forward?): source = .forward(forward)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .peer, in: container, debugDescription: "a parent is either a peer or a forward")
        }
    }

    /// Writes PARENT.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stripe, forKey: .stripe)
        try container.encode(depth, forKey: .depth)
        switch source {
        case .peer(let peer, let grandparent):
            try container.encode(peer, forKey: .peer)
            try container.encodeIfPresent(grandparent, forKey: .grandparent)
        case .forward(let url): try container.encode(url, forKey: .forward)
        }
    }
}

/// The data of a `parent` event: PARENT and a token that fits it.
public struct ParentEvent: Codable, Hashable, Sendable {
    /// Who sends the stripe from now on.
    public var parent: ParentDescription
    /// The viewer's token; of kind 3 while it is a root of any stripe.
    public var token: String
    /// When the token ends, wall milliseconds.
    public var tokenExpiresAt: Int64

    private enum CodingKeys: String, CodingKey {
        case token, tokenExpiresAt
    }

    /// All fields.
    public init(parent: ParentDescription, token: String, tokenExpiresAt: Int64) {
        self.parent = parent
        self.token = token
        self.tokenExpiresAt = tokenExpiresAt
    }

    /// Reads the fields of PARENT and the token side by side.
    public init(from decoder: any Decoder) throws {
        parent = try ParentDescription(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        token = try container.decode(String.self, forKey: .token)
        tokenExpiresAt = try container.decode(Int64.self, forKey: .tokenExpiresAt)
    }

    /// Writes the fields of PARENT and the token side by side.
    public func encode(to encoder: any Encoder) throws {
        try parent.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(token, forKey: .token)
        try container.encode(tokenExpiresAt, forKey: .tokenExpiresAt)
    }
}

/// A child and the stripe it is to get: an entry of `children`, and the data of `child` and `drop` events.
public struct ChildDescription: Codable, Hashable, Sendable {
    /// The stripe.
    public var stripe: Int
    /// The child.
    public var peer: RandomID

    /// All fields.
    public init(stripe: Int, peer: RandomID) {
        self.stripe = stripe
        self.peer = peer
    }
}
