"""Hostile viewers among honest ones: no wrong byte reaches a decoder, and the culprit is gone soon."""

import json

import pytest
from harness.waiting import until

KINDS = ["garbage", "oversized", "duplicate", "replay", "future", "corrupt", "forge", "unread", "trickle"]


def honest(cluster, count, duration):
    return cluster.swarm("live", "--verify", "--peers", str(count), "--duration", f"{duration}s")


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_neighbour_is_dropped(cluster, kind):
    tracker, _ = cluster.swarming(bitrate="300k")
    swarm = honest(cluster, 10, 30)
    until(lambda: swarm.latest().get("elapsedMs", 0) >= 5_000, 30, "the honest ones watch")
    culprit = cluster.viewer("live", "--misbehave", kind, "--duration", "20s")
    culprit.plays()
    final = swarm.final()
    assert final["decodeErrors"] == 0
    assert final["continuity"] >= 0.999, final
    assert final["chunksMissing"] == 0, final


@pytest.mark.parametrize("kind", ["lie", "joins", "signals", "wishes"])
def test_who_floods_or_lies_harms_nobody(cluster, kind):
    tracker, _ = cluster.swarming(bitrate="300k")
    swarm = honest(cluster, 10, 30)
    until(lambda: swarm.latest().get("elapsedMs", 0) >= 5_000, 30, "the honest ones watch")
    culprit = cluster.viewer("live", "--misbehave", kind, "--duration", "20s")
    culprit.plays()
    final = swarm.final()
    assert final["decodeErrors"] == 0
    assert final["continuity"] >= 0.999, final
    assert json.dumps(tracker.debug())
