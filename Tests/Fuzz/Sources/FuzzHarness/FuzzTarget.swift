import Glibc

/// One parser under test: a name, and what to do with an input. A trap, a failed `precondition`, a hang or too much
/// memory is a finding; a thrown error is not.
public struct FuzzTarget: Sendable {
    /// The value of FUZZ_TARGET that chooses it.
    public let name: String
    private let body: @Sendable ([UInt8]) throws -> Void

    /// A target of that name. `body` should throw for input it refuses, and check what it accepts by `precondition`.
    public init(_ name: String, _ body: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.body = body
    }

    /// Hands one input of libFuzzer to the target; errors are how parsers refuse.
    public func run(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        try? body(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
    }

    /// The target that the environment variable FUZZ_TARGET names; without one, lists the names and ends the process.
    public static func chosen(from targets: [FuzzTarget]) -> FuzzTarget {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        if let target = targets.first(where: { $0.name == name }) { return target }
        for target in targets { print(target.name) }
        // Not exit: libFuzzer would take that for a finding.
        fflush(nil)
        _exit(2)
    }
}
