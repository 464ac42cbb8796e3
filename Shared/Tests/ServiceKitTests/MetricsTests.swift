import EventLoop
import Testing

@testable import ServiceKit

@Suite struct MetricsTests {
    @Test @LoopActor func metricsHaveTheTextThatPrometheusReads() {
        let metrics = Metrics(service: "forward")
        metrics.gauge("viewers", "Viewers now.") { 3 }
        metrics.counter("bytes_total", "Bytes sent.") { 1 << 40 }
        metrics.family("refusals_total", kind: "counter", "Refusals by type.") {
            [Metrics.Sample(1, labels: [("type", "a\"b\\c\nd")]), Metrics.Sample(0.5, labels: [("type", "e")])]
        }
        #expect(
            metrics.render() == """
                # HELP p2plive_forward_viewers Viewers now.
                # TYPE p2plive_forward_viewers gauge
                p2plive_forward_viewers 3
                # HELP p2plive_forward_bytes_total Bytes sent.
                # TYPE p2plive_forward_bytes_total counter
                p2plive_forward_bytes_total 1099511627776
                # HELP p2plive_forward_refusals_total Refusals by type.
                # TYPE p2plive_forward_refusals_total counter
                p2plive_forward_refusals_total{type="a\\"b\\\\c\\nd"} 1
                p2plive_forward_refusals_total{type="e"} 0.5

                """)
    }

    @Test @LoopActor func numbersOfAnySizeAreNumbers() {
        let metrics = Metrics(service: "x")
        metrics.counter("a_total", "Largest.") { .max }
        metrics.gauge("b", "Infinite.") { .infinity }
        #expect(metrics.render().contains("x_a_total 1.8446744073709552e+19\n"))
        #expect(metrics.render().contains("x_b inf\n"))
    }
}
