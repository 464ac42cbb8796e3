"""Viewers feed each other over WebRTC data channels, and nobody notices when one dies."""

from harness.cluster import BIN, LONG, ended
from harness.waiting import stays, until


def settled(viewers, elapsed=8_000):
    """Waits until every viewer has watched for a while and gets both stripes."""

    def look():
        lines = [viewer.latest() for viewer in viewers]
        return all(line.get("elapsedMs", 0) >= elapsed and len(line.get("parents", [])) == 2 for line in lines) and lines

    return until(look, 40, "all viewers have both stripes")


def fine(final):
    """Nobody noticed anything."""
    assert final["decodeErrors"] == 0
    assert final["continuity"] >= 0.999, final
    assert final["chunksMissing"] == 0 and final["chunksLate"] == 0, final
    assert final["stalls"] == 0, final


def offload(lines):
    peers = sum(line["bytesFromPeers"] for line in lines)
    return peers / (peers + sum(line["bytesFromForwards"] for line in lines))


def roots(lines, stripe):
    return sum(1 for line in lines for parent in line["parents"] if parent["stripe"] == stripe and "forward" in parent)


def test_eight_viewers_need_two_copies_of_the_stream(cluster):
    tracker, _ = cluster.swarming()
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(8)]
    lines = settled(viewers)
    assert [roots(lines, stripe) for stripe in range(2)] == [2, 2]
    swarm = tracker.debug()["swarms"][0]
    assert swarm["peers"] == 8
    finals = ended(viewers, after=15)
    for final in finals:
        fine(final)
        assert final["badPieces"] == 0
        assert final["bytesFromPeers"] + final["bytesFromForwards"] <= 1.06 * final["mediaBytes"]
    # Of four halves in eight are the forward's; the start costs a little more.
    assert offload(finals) >= 1 - 2 / 8 - 0.10


def test_one_two_and_three_viewers_live_off_the_forward(cluster):
    cluster.swarming()
    viewers = []
    for _ in range(3):
        viewers.append(cluster.viewer("live", "--verify", *LONG))
        lines = settled(viewers, elapsed=1_500)
        assert [roots(lines, stripe) for stripe in range(2)] == [len(viewers)] * 2
    for final in ended(viewers, after=3):
        fine(final)


def test_a_swarm_in_one_process(cluster):
    cluster.swarming(bitrate="300k")
    final = cluster.swarm("live", "--peers", "24", "--duration", "25s").final()
    assert final["joined"] == final["peers"] == 24
    assert final["continuity"] == 1 and final["chunksMissing"] == 0, final
    assert final["roots"] == [2, 2]
    assert final["offload"] >= 1 - 2 / 24 - 0.10
    assert final["badPieces"] == 0 and final["silent"] == 0


def test_churn_costs_no_chunk(cluster):
    cluster.swarming(bitrate="300k")
    final = cluster.swarm("live", "--peers", "16", "--churn", "15s", "--seed", "7", "--duration", "30s").final()
    assert final["left"] + final["vanished"] >= 8, final
    assert final["continuity"] >= 0.999, final
    assert final["repairs"] > 0, final


def test_a_viewer_that_is_killed_costs_the_others_nothing(cluster):
    cluster.swarming()
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(8)]
    lines = settled(viewers)
    # One that feeds others.
    victim = max(range(8), key=lambda index: lines[index]["children"])
    assert lines[victim]["children"] > 0
    viewers[victim].kill()
    finals = ended(viewers[:victim] + viewers[victim + 1 :], after=12)
    for final in finals:
        fine(final)
    assert sum(final["repairs"] for final in finals) > 0


def test_a_viewer_that_leaves_says_so(cluster):
    tracker, _ = cluster.swarming()
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(6)]
    lines = settled(viewers)
    leaver = max(range(6), key=lambda index: lines[index]["children"])
    assert viewers[leaver].stop() == 0
    until(lambda: tracker.debug()["swarms"][0]["peers"] == 5, 3, "the tracker knows")
    for final in ended(viewers[:leaver] + viewers[leaver + 1 :], after=10):
        fine(final)


def test_the_tracker_is_killed_and_comes_back(cluster):
    tracker, _ = cluster.swarming()
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(8)]
    before = settled(viewers)
    tracker.kill()
    stays(lambda: all(viewer.is_running for viewer in viewers), 6, "viewers go on without a tracker")
    # Also without it a death is repaired by neighbours.
    tracker = cluster.restart(tracker)
    until(lambda: sum(swarm["peers"] for swarm in tracker.debug()["swarms"]) == 8, 20, "all have come back")
    after = [viewer.latest() for viewer in viewers]
    for final in ended(viewers, after=10):
        fine(final)
    kept = sum(
        one["parents"] == other["parents"] for one, other in zip(before, after, strict=True)
    )
    assert kept >= 6, "links outlive the tracker"


def test_a_viewer_dies_while_the_tracker_is_away(cluster):
    tracker, _ = cluster.swarming()
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(8)]
    lines = settled(viewers)
    tracker.kill()
    victim = max(range(8), key=lambda index: lines[index]["children"])
    viewers[victim].kill()
    for final in ended(viewers[:victim] + viewers[victim + 1 :], after=12):
        fine(final)


def test_one_of_two_forwards_is_killed(cluster):
    _, forwards = cluster.swarming(forwards=2)
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(8)]
    lines = settled(viewers)
    used = {parent["forward"] for line in lines for parent in line["parents"] if "forward" in parent}
    assert used == {forward.url for forward in forwards}, "roots are spread over the forwards"
    forwards[0].kill()
    for final in ended(viewers, after=12):
        fine(final)


def test_the_only_forward_is_away_and_the_trees_outlive_it(cluster):
    tracker, forwards = cluster.swarming(bitrate="300k")
    swarm = cluster.swarm("live", "--peers", "12", *LONG)
    until(lambda: swarm.latest().get("elapsedMs", 0) >= 10_000 and swarm.latest()["roots"] == [2, 2], 30, "it settled")
    forwards[0].kill()
    stays(lambda: swarm.is_running, 5, "viewers wait")
    cluster.restart(forwards[0])
    until(lambda: swarm.latest()["roots"] == [2, 2], 20, "two roots for each stripe again")
    assert tracker.debug()["swarms"][0]["bans"] == 0
    assert swarm.ended(after=4)["stallMs"] > 0, "it was noticed"


def test_the_upstream_of_the_forward_is_killed(cluster):
    cluster.coordinate()
    tracker = cluster.tracker(name="tracker")
    first = cluster.forward(name="first")
    cluster.forward("--tracker", tracker.url, upstream=[first.url, cluster.coordinate_service.url], name="second")
    target = f"{cluster.coordinate_service.url}/stream/live"
    cluster.run("publisher", BIN / "client", "publish", target, "testsrc", "--bitrate", "500k")
    cluster.live(seconds=30)
    cluster.forwards_known("first", "second")
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(6)]
    settled(viewers)
    first.kill()
    for final in ended(viewers, after=12):
        fine(final)


def test_viewers_without_upload_take_and_do_not_give(cluster):
    cluster.swarming()
    givers = [cluster.viewer("live", "--verify", *LONG) for _ in range(5)]
    taker = cluster.viewer("live", "--verify", "--upload", "0", "--duration", "15s")
    final = taker.final()
    fine(final)
    assert final["children"] == 0
    # Signs of life are all it sends.
    assert final["uploadBytes"] < 20_000
    for final in ended(givers):
        fine(final)


def test_delay_and_loss_on_every_link(cluster):
    cluster.swarming(bitrate="2M")
    flags = ["--peers", "10", "--duration", "30s", "--link-delay", "20ms", "--link-loss", "0.01"]
    final = cluster.swarm("live", *flags).final()
    assert final["continuity"] >= 0.999, final
    assert final["offload"] >= 1 - 2 / 10 - 0.10, final
