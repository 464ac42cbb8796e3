"""Large parts of a swarm at once: half of it killed, and all of it without its tracker."""

from harness.cluster import LONG, ended
from harness.waiting import stays, until
from harness.web import get

# What feeds two children of a stream of 300 kbit/s and no more: then the trees do not change by themselves.
UPLOAD = ["--upload", "450k"]


def links(tracker):
    """Who gets each stripe from whom, as {(child, stripe): parent}."""
    drawn = get(tracker.address, "/debug/overlay?stream=live&limit=5000").json
    return {(link["to"], link["stripe"]): link.get("from") or link.get("forward") for link in drawn["links"]}


def swarms(cluster, processes, each):
    flags = ["--peers", str(each), "--arrive", "20/s", *LONG, *UPLOAD]
    return [cluster.swarm("live", *flags) for _ in range(processes)]


def settled(tracker, made, peers):
    """Waits until all are there, play, and nobody is moved any more."""
    until(lambda: all(swarm.latest().get("elapsedMs", 0) > 8_000 for swarm in made), 40, "they have watched for a while")
    seen = []

    def look():
        seen.append(links(tracker))
        return len(seen[-1]) == 2 * peers and len(seen) > 8 and all(one == seen[-1] for one in seen[-8:])

    until(look, 40, "the trees have settled", every=0.4)


def linked(made):
    """Waits until no link is made any more: one to a grandparent comes up to 10 s after the last change of a parent."""
    seen = []

    def look():
        seen.append([swarm.latest()["linksOpened"] for swarm in made])
        return len(seen) > 22 and all(one == seen[-1] for one in seen[-22:])

    until(look, 40, "all links are made", every=0.5)


def test_a_tracker_that_is_killed_finds_the_trees_as_they_were(cluster):
    tracker, _ = cluster.swarming(bitrate="300k")
    made = swarms(cluster, 2, 15)
    settled(tracker, made, 30)
    linked(made)
    before = links(tracker)
    counted = [swarm.latest() for swarm in made]
    tracker.kill()
    stays(lambda: all(swarm.is_running for swarm in made), 3, "viewers go on without a tracker")
    tracker = cluster.restart(tracker)

    def is_back():
        found = [swarm for swarm in tracker.debug()["swarms"] if swarm["peers"] == 30 and not swarm["isResuming"]]
        return found and found[0]

    swarm = until(is_back, 30, "all have come back")
    assert links(tracker) == before, "everybody has the parents it had"
    assert swarm["resumes"] == 30 and swarm["moves"] == 0
    # Nor does it find anything to better afterwards.
    stays(lambda: links(tracker) == before, 3, "nobody is moved")
    for program, old in zip(made, counted, strict=True):
        new = program.latest()
        assert new["linksOpened"] == old["linksOpened"], "links were not made anew"
        assert new["repairs"] == old["repairs"]
    for final in ended(made):
        assert final["continuity"] >= 0.999 and final["chunksMissing"] == 0, final


def test_half_of_the_viewers_are_killed(cluster):
    tracker, _ = cluster.swarming(bitrate="300k")
    made = swarms(cluster, 4, 6)
    settled(tracker, made, 24)
    for swarm in made[:2]:
        swarm.kill()

    def is_shallow():
        found = tracker.debug()["swarms"][0]
        return found["peers"] == 12 and all(
            stripe["depthMax"] <= stripe["depthBound"] + 1 and not stripe["orphans"] for stripe in found["stripes"])

    until(is_shallow, 12, "the trees of those who are left are shallow")
    for final in ended(made[2:], after=10):
        assert final["continuity"] >= 0.999, final
        assert final["repairs"] > 0, final
