"""Forwards that pull from forwards: chains, loops, and upstreams that fall away and come back."""

import time

import pytest
from harness.cluster import free_port
from harness.media import h264_push
from harness.waiting import until
from harness.web import get


@pytest.fixture
def live_cluster(cluster):
    cluster.coordinate()
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream"))
    cluster.live()
    return cluster


def test_a_chain_of_three_carries_the_stream(live_cluster):
    first = live_cluster.forward(name="first")
    second = live_cluster.forward(upstream=first.url, name="second")
    # Only the last one is known to the coordinate, by naming it as its second upstream.
    third = live_cluster.forward(upstream=[second.url, live_cluster.coordinate_service.url], name="third")
    assert get(third.address, "/load").json["viewers"] == 0
    live_cluster.forwards_known("third")
    from harness.program import run

    decoded = run(["ffmpeg", "-nostdin", "-v", "warning", "-i", f"{third.url}/live/live.mp4", "-t", "4", "-f", "null", "-"])
    assert (decoded.returncode, decoded.stderr) == (0, "")
    (stream,) = third.debug()["streams"]
    assert len(stream["path"]) == 4  # coordinate, first, second, third
    assert stream["upstream"] == second.url
    assert first.debug()["streams"][0]["stream"] == "live"


def test_a_loop_is_refused_quickly(cluster):
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    a = cluster.forward(upstream=urls[1], listen=f"127.0.0.1:{ports[0]}", name="a")
    b = cluster.forward(upstream=urls[0], listen=f"127.0.0.1:{ports[1]}", name="b")
    for forward in (a, b):
        started = time.monotonic()
        assert get(forward.address, "/live/live.mp4").status in (404, 503, 508)
        assert time.monotonic() - started < 5
    # Nothing goes on in circles once nobody asks.
    until(lambda: not a.debug()["streams"] and not b.debug()["streams"], 45, "both let go of the name", every=0.5)


def test_a_loop_with_a_way_out_plays(live_cluster):
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    coordinate = live_cluster.coordinate_service.url
    live_cluster.forward(upstream=[urls[1], coordinate], listen=f"127.0.0.1:{ports[0]}", name="a")
    live_cluster.forward(upstream=[urls[0], coordinate], listen=f"127.0.0.1:{ports[1]}", name="b")
    live_cluster.forwards_known("a", "b")
    viewers = [live_cluster.viewer("live", "--verify", "--duration", "6s") for _ in range(4)]
    for viewer in viewers:
        final = viewer.final()
        assert (final["decodeErrors"], final["stalls"]) == (0, 0)
        assert final["continuity"] >= 0.999


def test_the_next_upstream_is_used_and_the_first_again_when_it_is_back(live_cluster):
    first = live_cluster.forward(name="first")
    edge = live_cluster.forward(upstream=[first.url, live_cluster.coordinate_service.url], name="edge")

    def upstream():
        return (edge.debug()["streams"] or [{}])[0].get("upstream")

    # A viewer of the edge alone: an ordinary player.
    player = live_cluster.ffmpeg("-i", f"{edge.url}/live/live.ts", "-f", "null", "-", name="player")
    until(lambda: upstream() == first.url, 10, "the edge pulls from the first")
    first.kill()
    until(lambda: upstream() == live_cluster.coordinate_service.url, 5, "the edge falls back")
    live_cluster.restart(first)
    until(lambda: upstream() == first.url, 15, "the edge is back at the first")
    newest = edge.debug()["streams"][0]["newestSequence"]
    until(lambda: edge.debug()["streams"][0]["newestSequence"] > newest + 5, 10, "and goes on")
    assert player.is_running
    player.stop(2)
    assert "corrupt" not in player.text() and "rror" not in player.text(), player.text()
