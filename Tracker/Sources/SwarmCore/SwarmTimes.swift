/// The times and bounds by which a swarm goes.
public enum SwarmTimes {
    /// Departures are collected for so long, so that many at once are repaired together.
    public static let departureWindowMs: Int64 = 50
    /// Between two ticks of background work, and for so long after many have left at once the shorter one.
    static let tickMs: Int64 = 1_000, stormTickMs: Int64 = 200, stormMs: Int64 = 30_000
    /// Between two steps by which a large swarm that has shrunk gives up regular roots.
    static let rootLimitStepMs: Int64 = 10_000
    /// Reports of two children within it cost a parent its children; reports of one may be that one's own trouble. Children
    /// of an uplink that is too small for all of them do not notice at the same time.
    static let doubtMs: Int64 = 5_000
    /// So many children that could not connect within the time make a parent one that nobody can connect to.
    static let unreachableMs: Int64 = 60_000, unreachableMax = 4
    /// How long a peer feeds nobody after that, or after it reported more losses than honest peers have.
    static let leafMs: Int64 = 60_000
    /// A child that has had its parent for so long without a complaint confirms what the parent declares.
    static let confirmedMs: Int64 = 10_000
    /// A peer that has been complained of is believed to feed one child more each time so much has passed.
    static let trustMs: Int64 = 60_000
    /// Losses that a peer may report: so many at once, and a minute.
    static let lossesMax = 20
    /// How long somebody may still be accused after the link to it was taken away, and how many such are remembered.
    static let formerNeighbourMs: Int64 = 30_000, formerNeighboursMax = 16
    /// A peer younger than that throws nobody out.
    static let newcomerMs: Int64 = 5_000
    /// One accusation within it counts.
    static let accusationMs: Int64 = 60_000
    /// Peers that resume after a restart are collected until none came for the first and all are there that they named,
    /// but for no longer than the second.
    static let resumeQuietMs: Int64 = 3_000, resumeMs: Int64 = 15_000
    /// A swarm younger than that is collected anew when somebody resumes: newcomers may have been faster.
    static let youngMs: Int64 = 30_000
    /// Newcomers that get the stream from forwards while others resume, before the trees are built with who is there.
    static let provisionalMax = 64
}
