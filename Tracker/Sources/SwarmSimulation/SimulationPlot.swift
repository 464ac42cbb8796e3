/// How a simulation went, drawn: continuity, depth, egress and repair time over time, one below the other.
public struct SimulationPlot: Sendable {
    private struct Curve {
        let name: String
        let colour: String
        let values: [Double]
    }

    private struct Panel {
        let title: String
        let curves: [Curve]
        let least: Double
    }

    private let panels: [Panel]
    private let seconds: Int
    private let title: String

    private static let width = 900.0, panelHeight = 150.0, left = 70.0, top = 50.0, gap = 46.0, right = 20.0

    /// Draws the samples of a result.
    public init(_ result: SimulationResult) {
        let samples = result.samples
        seconds = max(1, samples.last?.second ?? 1)
        title =
            "\(result.scenario.peers) viewers, \(result.scenario.grain.rawValue), seed \(result.scenario.seed), "
            + "buffer \(result.scenario.bufferMs) ms"
        let blue = "#1f6feb", orange = "#d9730d", grey = "#8b949e"
        panels = [
            Panel(
                title: "continuity (chunks on time, of those due in a second)",
                curves: [Curve(name: "continuity", colour: blue, values: samples.map(\.continuity))],
                least: min(0.99, samples.map(\.continuity).min() ?? 1)),
            Panel(
                title: "depth: deepest, mean, and ceil(log2(N/R + 1))",
                curves: [
                    Curve(name: "bound", colour: grey, values: samples.map { Double($0.depthBound) }),
                    Curve(name: "deepest", colour: orange, values: samples.map { Double($0.depthMax) }),
                    Curve(name: "mean", colour: blue, values: samples.map(\.depthMean)),
                ], least: 0),
            Panel(
                title: "stripes that forwards send",
                curves: [Curve(name: "stripes", colour: blue, values: samples.map { Double($0.forwardUnits) })],
                least: 0),
            Panel(
                title: "repair time, 99th of a hundred in a second, ms",
                curves: [Curve(name: "repair", colour: blue, values: samples.map { Double($0.repairMsP99) })],
                least: 0),
        ]
    }

    /// The picture, as SVG 1.1.
    public var svg: String {
        let height = Self.top + Double(panels.count) * (Self.panelHeight + Self.gap)
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Int(Self.width))\" height=\"\(Int(height))\" "
                + "font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            "<text x=\"\(Int(Self.left))\" y=\"20\" font-size=\"14\">\(title)</text>",
        ]
        for (index, panel) in panels.enumerated() {
            lines += draw(panel, y: Self.top + Double(index) * (Self.panelHeight + Self.gap))
        }
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private func draw(_ panel: Panel, y: Double) -> [String] {
        let most = max(panel.curves.flatMap(\.values).max() ?? 1, panel.least + 1e-9)
        let plotWidth = Self.width - Self.left - Self.right
        func place(_ second: Int, _ value: Double) -> String {
            let across = Self.left + plotWidth * Double(second) / Double(seconds)
            let share = (value - panel.least) / (most - panel.least)
            return "\(tenths(across)),\(tenths(y + Self.panelHeight * (1 - min(max(share, 0), 1))))"
        }
        var lines = [
            "<text x=\"\(Int(Self.left))\" y=\"\(Int(y - 8))\" font-weight=\"bold\">\(panel.title)</text>",
            "<rect x=\"\(Int(Self.left))\" y=\"\(tenths(y))\" width=\"\(tenths(plotWidth))\" "
                + "height=\"\(tenths(Self.panelHeight))\" fill=\"none\" stroke=\"#d0d7de\"/>",
            "<text x=\"\(Int(Self.left - 6))\" y=\"\(tenths(y + 10))\" text-anchor=\"end\">\(label(most))</text>",
            "<text x=\"\(Int(Self.left - 6))\" y=\"\(tenths(y + Self.panelHeight))\" text-anchor=\"end\">"
                + "\(label(panel.least))</text>",
            "<text x=\"\(tenths(Self.left + plotWidth))\" y=\"\(tenths(y + Self.panelHeight + 15))\" "
                + "text-anchor=\"end\">\(seconds) s</text>",
        ]
        for (index, curve) in panel.curves.enumerated() {
            let points = curve.values.enumerated().map { place($0.offset + 1, $0.element) }.joined(separator: " ")
            lines.append(
                "<polyline points=\"\(points)\" fill=\"none\" stroke=\"\(curve.colour)\" stroke-width=\"1.5\"/>")
            if panel.curves.count > 1 {
                lines.append(
                    "<text x=\"\(Int(Self.left + 8))\" y=\"\(tenths(y + 16 + Double(index) * 14))\" "
                        + "fill=\"\(curve.colour)\">\(curve.name)</text>")
            }
        }
        return lines
    }

    private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private func label(_ value: Double) -> String {
        value >= 10 ? "\(Int(value.rounded()))" : "\((value * 10_000).rounded() / 10_000)"
    }
}
