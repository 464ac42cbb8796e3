/// What happened, line by line, for whoever wants to see it, and as one number by which two runs are compared.
public struct Trace: Sendable {
    /// Takes a line.
    public typealias Sink = @Sendable (String) -> Void

    /// FNV-1a (Fowler, Noll, Vo) over all that was noted.
    public private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    private let sink: Sink?

    /// A trace whose lines go to `sink`, or nowhere.
    public init(_ sink: Sink? = nil) { self.sink = sink }

    mutating func note(_ atMs: Int64, _ what: @autoclosure () -> String, _ numbers: Int...) {
        fold(UInt64(bitPattern: atMs))
        for number in numbers { fold(UInt64(bitPattern: Int64(number))) }
        guard let sink else { return }
        sink("\(atMs) \(what())\(numbers.isEmpty ? "" : " ")\(numbers.map(String.init).joined(separator: " "))")
    }

    private mutating func fold(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            digest = (digest ^ (number >> UInt64(shift) & 0xff)) &* 0x100_0000_01b3
        }
    }
}
