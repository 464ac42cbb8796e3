"""Hostile viewers among honest ones: no wrong byte reaches a decoder, and the culprit is gone soon."""

import pytest
from harness.cluster import LONG
from harness.waiting import until
from harness.web import get

# Seconds in which a culprit must be gone: it is honest for the first four.
GONE = 4 + 5 + 3


def among_honest(cluster, kind):
    """Ten honest viewers that decode everything, and one culprit that has been given neighbours."""
    tracker, _ = cluster.swarming(bitrate="300k")
    swarm = cluster.swarm("live", "--verify", "--peers", "10", "--log-level", "info", *LONG)
    until(lambda: swarm.latest().get("peers") == 10 and swarm.latest()["linkEnds"] >= 20, 30, "the honest ones watch")
    # It declares that it can feed eight: that earns it a place with children.
    culprit = cluster.viewer("live", "--misbehave", kind, "--log-level", "info", *LONG)
    until(lambda: culprit.latest().get("children", 0) > 0, 15, "the culprit has children")
    return tracker, swarm, culprit


def unharmed(swarm):
    final = swarm.ended(after=5)
    assert final["decodeErrors"] == 0
    assert final["continuity"] >= 0.999, final
    assert final["chunksMissing"] == 0, final
    return final


@pytest.mark.parametrize(
    "kind", ["garbage", "oversized", "duplicate", "replay", "future", "corrupt", "forge", "wishes"])
def test_who_breaks_the_rules_of_links_is_banned(cluster, kind):
    tracker, swarm, culprit = among_honest(cluster, kind)
    culprit.logged("Dismissed by the tracker reason=banned", seconds=GONE)
    assert tracker.debug()["swarms"][0]["peers"] == 10
    until(lambda: culprit.latest()["children"] == 0, 10, "nobody takes anything from it")
    assert "Viewer dropped" in swarm.text()
    assert unharmed(swarm)["badPieces"] > 0


def test_a_parent_that_sends_next_to_nothing_is_left(cluster):
    _, swarm, culprit = among_honest(cluster, "trickle")
    until(lambda: culprit.latest()["children"] == 0, GONE, "nobody takes anything from it")
    assert unharmed(swarm)["repairs"] > 0


def test_a_viewer_that_stands_still_is_left(cluster):
    _, swarm, _ = among_honest(cluster, "unread")
    until(lambda: swarm.latest()["repairs"] > 0, GONE + 5, "others send what it does not")
    unharmed(swarm)


def test_who_accuses_everybody_is_banned(cluster):
    tracker, swarm, culprit = among_honest(cluster, "lie")
    culprit.logged("Dismissed by the tracker reason=banned", seconds=GONE)
    unharmed(swarm)
    # The one that its first accusation cost its place is back.
    stream = get(cluster.coordinate_service.address, "/streams/live").json
    assert stream["offload"] <= 1


@pytest.mark.parametrize("kind", ["joins", "signals"])
def test_floods_at_the_tracker_harm_nobody(cluster, kind):
    tracker, swarm, _ = among_honest(cluster, kind)
    refused = "too-many-joins" if kind == "joins" else "too-many-signals"
    until(lambda: refused in get(tracker.address, "/metrics").text, GONE, "the tracker refuses")
    unharmed(swarm)
