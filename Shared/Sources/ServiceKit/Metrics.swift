import EventLoop
import HTTPServer

/// The metrics of a service: each is a name, a help line and a way to read it, so that a number has one home and
/// `/metrics` only looks it up. Rendered in Prometheus' text format 0.0.4.
@LoopActor
public final class Metrics {
    /// One sample: closed sets of labels only, never a peer, an address or a URL.
    public struct Sample: Sendable {
        let labels: [(name: String, value: String)]
        let value: Double
        /// A sample with labels.
        public init(_ value: Double, labels: [(name: String, value: String)] = []) {
            self.value = value
            self.labels = labels
        }
    }

    private struct Family {
        let name: String
        let kind: String
        let help: String
        let read: @LoopActor () -> [Sample]
    }

    private let prefix: String
    private var families: [Family] = []

    /// Metrics called `p2plive_<service>_…`.
    public init(service: String) { prefix = "p2plive_\(service)_" }

    /// A number that only rises; `name` ends in `_total`.
    public func counter(_ name: String, _ help: String, _ read: @escaping @LoopActor () -> UInt64) {
        families.append(Family(name: name, kind: "counter", help: help) { [Sample(Double(read()))] })
    }

    /// A number that moves both ways.
    public func gauge(_ name: String, _ help: String, _ read: @escaping @LoopActor () -> Double) {
        families.append(Family(name: name, kind: "gauge", help: help) { [Sample(read())] })
    }

    /// Several samples of one name that differ in their labels.
    public func family(
        _ name: String, kind: String, _ help: String, _ read: @escaping @LoopActor () -> [Sample]
    ) {
        families.append(Family(name: name, kind: kind, help: help, read: read))
    }

    /// Names of all families, for the test that holds the documentation against them.
    public var names: [String] { families.map { prefix + $0.name } }

    /// The text of `/metrics`.
    public func render() -> String {
        var text = ""
        for family in families {
            let name = prefix + family.name
            text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind)\n"
            for sample in family.read() {
                let labels = sample.labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }.joined(separator: ",")
                text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
            }
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
