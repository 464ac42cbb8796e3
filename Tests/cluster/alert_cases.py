"""For each rule of Shared/Deploy/observe/alerts.yml series that fire it, and the same ones on a good day.

Values are promtool's: `0x60` stays 0, `0+5x60` rises by 5 with each of 60 steps of 5 s. After 5 minutes a rule has fired."""

STEPS = 80


def flat(value):
    return f"{value}x{STEPS}"


def rising(step):
    return f"0+{step}x{STEPS}"


T = 'instance="t",job="tracker"'
F = 'instance="f",job="forward"'
C = 'instance="c",job="coordinate"'

# name: ({series: values that fire it}, {series: values on a good day})
CASES = {
    "ServiceDown": ({f"up{{{T}}}": flat(0)}, {f"up{{{T}}}": flat(1)}),
    "NoTracker": ({f"p2plive_coordinate_trackers{{{C}}}": flat(0)}, {f"p2plive_coordinate_trackers{{{C}}}": flat(2)}),
    "NoForward": ({f"p2plive_coordinate_forwards{{{C}}}": flat(0)}, {f"p2plive_coordinate_forwards{{{C}}}": flat(2)}),
    "TrackerNotRegistered": (
        {f"p2plive_tracker_registered{{{T}}}": flat(0)}, {f"p2plive_tracker_registered{{{T}}}": flat(1)}),
    "ForwardNotRegistered": (
        {f"p2plive_forward_registered{{{F}}}": flat(0)}, {f"p2plive_forward_registered{{{F}}}": flat(1)}),
    "LoopLate": (
        {f"p2plive_forward_loop_lateness_ms{{{F}}}": flat(400)}, {f"p2plive_forward_loop_lateness_ms{{{F}}}": flat(20)}),
    "DescriptorsShort": (
        {f"p2plive_tracker_http_connections{{{T}}}": flat(500), f"p2plive_tracker_http_streams{{{T}}}": flat(400),
         f"p2plive_tracker_descriptors_max{{{T}}}": flat(1024)},
        {f"p2plive_tracker_http_connections{{{T}}}": flat(500), f"p2plive_tracker_http_streams{{{T}}}": flat(400),
         f"p2plive_tracker_descriptors_max{{{T}}}": flat(65536)}),
    # promtool's clock begins at 0; the second service of the good day has no TLS.
    "CertificateEnds": (
        {f"p2plive_forward_tls_certificate_expires_seconds{{{F}}}": flat(10 * 86400)},
        {f"p2plive_forward_tls_certificate_expires_seconds{{{F}}}": flat(30 * 86400),
         f"p2plive_tracker_tls_certificate_expires_seconds{{{T}}}": flat(0)}),
    "ServerErrors": (
        {f'p2plive_forward_http_responses_total{{{F},class="5xx"}}': rising(10)},
        {f'p2plive_forward_http_responses_total{{{F},class="5xx"}}': flat(10),
         f'p2plive_forward_http_responses_total{{{F},class="4xx"}}': rising(10)}),
    "PublisherGone": (
        {f"p2plive_coordinate_streams{{{C}}}": flat(2), f"p2plive_coordinate_publishers{{{C}}}": flat(1)},
        {f"p2plive_coordinate_streams{{{C}}}": flat(2), f"p2plive_coordinate_publishers{{{C}}}": flat(2)}),
    "PublishersRefused": (
        {f'p2plive_coordinate_refusals_total{{{C},reason="bad-key"}}': rising(1)},
        {f'p2plive_coordinate_refusals_total{{{C},reason="bad-key"}}': flat(100)}),
    "ForwardStalls": (
        {f"p2plive_forward_chunks_received_total{{{F}}}": flat(100), f"p2plive_forward_streams{{{F}}}": flat(1),
         f"p2plive_coordinate_publishers{{{C}}}": flat(1)},
        {f"p2plive_forward_chunks_received_total{{{F}}}": rising(25), f"p2plive_forward_streams{{{F}}}": flat(1),
         f"p2plive_coordinate_publishers{{{C}}}": flat(1),
         # Nobody watches here, so nothing is pulled.
         'p2plive_forward_chunks_received_total{instance="idle",job="forward"}': flat(100),
         'p2plive_forward_streams{instance="idle",job="forward"}': flat(0)}),
    "UpstreamFlaps": (
        {f"p2plive_forward_upstream_reconnects_total{{{F}}}": rising(1)},
        {f"p2plive_forward_upstream_reconnects_total{{{F}}}": flat(50)}),
    "ViewersMiss": (
        {f"p2plive_tracker_continuity_mean{{{T}}}": flat(0.9)}, {f"p2plive_tracker_continuity_mean{{{T}}}": flat(0.999)}),
    "OffloadLow": (
        {f"p2plive_tracker_peer_bytes_total{{{T}}}": rising(100), f"p2plive_tracker_forward_bytes_total{{{T}}}": rising(300),
         f"p2plive_tracker_peers{{{T}}}": flat(30)},
        {f"p2plive_tracker_peer_bytes_total{{{T}}}": rising(300), f"p2plive_tracker_forward_bytes_total{{{T}}}": rising(100),
         f"p2plive_tracker_peers{{{T}}}": flat(30)}),
    "ViewersCutOff": (
        {f"p2plive_tracker_peers_without_events{{{T}}}": flat(10), f"p2plive_tracker_peers{{{T}}}": flat(50)},
        {f"p2plive_tracker_peers_without_events{{{T}}}": flat(2), f"p2plive_tracker_peers{{{T}}}": flat(50)}),
    "TrackerRefuses": (
        {f'p2plive_tracker_refusals_total{{{T},type="tracker-full"}}': rising(50)},
        {f'p2plive_tracker_refusals_total{{{T},type="tracker-full"}}': rising(5)}),
    "ManyBans": (
        {f"p2plive_tracker_bans_total{{{T}}}": rising(1), f"p2plive_tracker_peers{{{T}}}": flat(100)},
        {f"p2plive_tracker_bans_total{{{T}}}": rising(1), f"p2plive_tracker_peers{{{T}}}": flat(5000)}),
    "SafetyNetExhausted": (
        {f'p2plive_forward_pool_refusals_total{{{F},why="owner"}}': rising(50)},
        {f'p2plive_forward_pool_refusals_total{{{F},why="descendant"}}': rising(50)}),
    "SlowViewers": (
        {f'p2plive_forward_viewers_ended_total{{{F},reason="tooSlow"}}': rising(1)},
        {f'p2plive_forward_viewers_ended_total{{{F},reason="left"}}': rising(1)}),
    "TrackerNearlyFull": (
        {f"p2plive_tracker_peers{{{T}}}": flat(90), f"p2plive_tracker_peers_max{{{T}}}": flat(100)},
        {f"p2plive_tracker_peers{{{T}}}": flat(70), f"p2plive_tracker_peers_max{{{T}}}": flat(100)}),
    "ForwardNearlyFull": (
        {f"p2plive_forward_viewers{{{F}}}": flat(90), f"p2plive_forward_viewers_max{{{F}}}": flat(100)},
        {f"p2plive_forward_viewers{{{F}}}": flat(70), f"p2plive_forward_viewers_max{{{F}}}": flat(100)}),
    "EgressNearLimit": (
        {f"p2plive_forward_egress_bits_per_second{{{F}}}": flat(90), f"p2plive_forward_egress_bits_per_second_max{{{F}}}": flat(100)},
        # Without a limit nothing is near it.
        {f"p2plive_forward_egress_bits_per_second{{{F}}}": flat(90), f"p2plive_forward_egress_bits_per_second_max{{{F}}}": flat(0)}),
    "StreamsNearlyFull": (
        {f"p2plive_coordinate_streams{{{C}}}": flat(60), f"p2plive_coordinate_publishers{{{C}}}": flat(60),
         f"p2plive_coordinate_streams_max{{{C}}}": flat(64)},
        {f"p2plive_coordinate_streams{{{C}}}": flat(30), f"p2plive_coordinate_publishers{{{C}}}": flat(30),
         f"p2plive_coordinate_streams_max{{{C}}}": flat(64)}),
}


def document(rules):
    """The tests as promtool reads them: in each, the rule fires alone, and on the good day none does."""
    tests = []
    for name, series in CASES.items():
        for is_firing, given in zip((True, False), series):
            samples = [{"labels": '{alertname="%s"}' % name, "value": 1}] if is_firing else []
            tests.append({
                "name": f"{name} {'fires' if is_firing else 'is silent'}",
                "interval": "5s",
                "input_series": [{"series": series, "values": values} for series, values in given.items()],
                "promql_expr_test": [{
                    "expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "5m",
                    "exp_samples": samples}],
            })
    return {"rule_files": [str(rules)], "evaluation_interval": "5s", "tests": tests}
