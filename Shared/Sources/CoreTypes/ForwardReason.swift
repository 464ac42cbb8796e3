/// Why a viewer takes a stripe or chunk from a forward (docs/PROTOCOL.md, `why`). What comes first counts for more.
public enum ForwardReason: String, Hashable, Sendable, Comparable, CaseIterable {
    /// The tracker made it a root.
    case root
    /// It owns a broken link.
    case owner
    /// It has just begun.
    case start
    /// A link above it is broken.
    case descendant

    /// What counts for more is less.
    public static func < (left: ForwardReason, right: ForwardReason) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
