"""How many others a viewer feeds: what its uplink carries, not what it says."""

from harness.cluster import LONG, ended
from harness.waiting import until
from harness.web import get


def overlay(tracker):
    """Nodes by id, and links as {(stripe, child): parent}."""
    drawn = get(tracker.address, "/debug/overlay?stream=live&limit=5000").json
    nodes = {node["id"]: node for node in drawn["nodes"]}
    return nodes, {(link["stripe"], link["to"]): link.get("from") or link.get("forward") for link in drawn["links"]}


def children(tracker, viewer):
    """Whom the tracker has given a viewer."""
    _, links = overlay(tracker)
    return [child for child, parent in links.items() if parent == viewer]


def unharmed(final):
    assert final["continuity"] >= 0.999, final
    assert final["chunksMissing"] == 0, final


def test_an_uplink_that_breaks_down_costs_nobody_a_chunk(cluster):
    tracker, _ = cluster.swarming(bitrate="500k")
    # A child takes 250 kbit/s and more; from the tenth second on less than one gets through. The others feed one each.
    flags = ["--link-rate", "150k", "--link-rate-after", "10s", *LONG]
    narrow = cluster.viewer("live", *flags, name="narrow")
    peer = until(lambda: narrow.latest().get("peer"), 15, "it has joined")
    others = [cluster.viewer("live", "--verify", "--upload", "400k", *LONG) for _ in range(5)]
    until(lambda: narrow.latest().get("children", 0) > 0, 9, "it feeds somebody")

    def is_demoted():
        """It says so itself once its queues do not drain; when children leave sooner, two complaints make it a leaf."""
        return narrow.latest().get("capacity") == 0 or overlay(tracker)[0][peer]["capacity"] == 0

    until(is_demoted, 25, "it feeds nobody any more")
    until(lambda: not children(tracker, peer), 5, "its children have other parents")
    assert tracker.debug()["swarms"][0]["peers"] == 6
    for final in ended(others, after=12):
        unharmed(final)
        assert final["decodeErrors"] == 0


def test_upload_to_spare_is_found_by_trying(cluster):
    tracker, _ = cluster.swarming(bitrate="300k")
    narrow = cluster.swarm("live", "--peers", "8", "--upload", "250k", *LONG, name="narrow")
    until(lambda: narrow.latest().get("peers") == 8, 15, "they watch")
    wide = cluster.viewer("live", *LONG, name="wide")
    until(lambda: wide.latest().get("children", 0) >= 2, 20, "it has as many children as it began with")
    until(lambda: wide.latest()["capacity"] > 2, 20, "it offers more")
    nodes, _ = overlay(tracker)
    # 250 kbit/s are one child's 150 and not two's.
    assert sorted(node["capacity"] for node in nodes.values())[:8] == [1] * 8
    for final in ended([wide, narrow], after=12):
        unharmed(final)


def test_who_declares_more_than_it_has_is_found_out(cluster):
    tracker, _ = cluster.swarming(bitrate="300k")
    # Each of them feeds one child: some need what the boaster offers.
    swarm = cluster.swarm("live", "--peers", "10", "--upload", "250k", *LONG)
    until(lambda: swarm.latest().get("peers") == 10 and swarm.latest()["linkEnds"] >= 10, 30, "the honest ones watch")
    boaster = cluster.viewer("live", "--misbehave", "boast", "--upload", "300k", "--log-level", "info", *LONG)
    peer = until(lambda: boaster.latest().get("peer"), 10, "it has joined")
    until(lambda: len(children(tracker, peer)) > 2, 15, "it has more children than it can feed")
    until(lambda: overlay(tracker)[0][peer]["capacity"] == 0, 20, "nobody is given to it any more")
    unharmed(swarm.ended(after=12))


def test_a_metered_viewer_takes_and_does_not_give(cluster):
    tracker, _ = cluster.swarming(bitrate="300k")
    swarm = cluster.swarm("live", "--peers", "5", *LONG)
    until(lambda: swarm.latest().get("peers") == 5, 15, "they watch")
    metered = cluster.viewer("live", "--metered", "--duration", "8s")
    peer = until(lambda: metered.latest().get("peer"), 10, "it has joined")
    assert overlay(tracker)[0][peer]["capacity"] == 0
    final = metered.final()
    unharmed(final)
    assert final["children"] == final["capacity"] == 0
    unharmed(swarm.ended())
