"""Two trackers: viewers go from one that is full or stops to the other, and nobody sees it."""

import signal

from harness.cluster import BIN, LONG
from harness.media import h264_push
from harness.swarm import Peer, disagreements
from harness.waiting import until


def count(tracker):
    """Viewers of a tracker."""
    return tracker.debug()["peers"]


def registered(cluster, *names):
    """Waits until the coordinate knows just these trackers."""
    known = lambda: {tracker["name"] for tracker in cluster.coordinate_service.debug()["trackers"]}  # noqa: E731
    until(lambda: known() == set(names), 10, f"{names} are registered")


def test_viewers_of_a_tracker_that_stops_watch_on_at_the_other(cluster):
    cluster.coordinate()
    # Of two without viewers the coordinate names the first; whom it sends there until it hears that it is full asks again.
    small, other = cluster.tracker("--max-peers", "5", name="a-small"), cluster.tracker(name="other")
    cluster.forward("--tracker", small.url, "--tracker", other.url, name="forward")
    target = f"{cluster.coordinate_service.url}/stream/live"
    cluster.run("publisher", BIN / "client", "publish", target, "testsrc", "--bitrate", "300k")
    cluster.live(seconds=30)
    cluster.forwards_known("forward")
    registered(cluster, "a-small", "other")
    until(lambda: small.debug()["forwards"] and other.debug()["forwards"], 10, "the forward has found both")
    swarm = cluster.swarm("live", "--peers", "12", "--arrive", "20/s", *LONG)
    until(lambda: count(small) == 5 and count(other) == 7, 15, "the small one is full, the rest are at the other")
    until(lambda: swarm.latest().get("elapsedMs", 0) >= 6_000, 15, "it runs")
    small.process.send_signal(signal.SIGTERM)
    assert small.wait(10) == 0
    registered(cluster, "other")
    until(lambda: count(other) == 12, 12, "all are at the other")
    final = swarm.ended(after=4)
    assert final["joined"] == final["peers"] == 12
    assert final["chunksMissing"] == 0 and final["continuity"] == 1, final
    assert final["badPieces"] == 0 and final["silent"] == 0, final
    assert other.debug()["refusals"].get("bad-token", 0) == 0


def test_a_tracker_without_viewers_takes_over_whole_trees(cluster):
    cluster.coordinate()
    first = cluster.tracker(name="first")
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream/live"))
    cluster.live()
    peers = [Peer(first.address) for _ in range(20)]
    until(lambda: not disagreements(peers), 15, "all know their places")
    second = cluster.tracker(name="second")
    registered(cluster, "first", "second")
    first.process.send_signal(signal.SIGTERM)
    for peer in peers:
        assert peer.has_ended.wait(5)
        assert peer.bye["reason"] == "stopping" and 0 <= peer.bye["retryMs"] <= 1_000
    # Who is told so does not find the first one at the coordinate any more.
    registered(cluster, "second")
    assert first.wait(10) == 0
    before = {peer.id: peer.sources for peer in peers}
    back = [peer.resume(second.address) for peer in reversed(peers)]
    until(lambda: not second.debug()["swarms"][0]["isResuming"], 15, "all have come")
    until(lambda: not disagreements(back), 15, "all know their places")
    kept = sum(peer.sources[stripe] == source for peer in back for stripe, source in before[peer.id].items())
    # The new tracker goes on with the background work that the old one had not come to.
    assert kept >= 2 * len(peers) - 8, f"{2 * len(peers) - kept} of {2 * len(peers)} links changed"


def test_a_full_tracker_sends_viewers_on(cluster):
    cluster.coordinate()
    small = cluster.tracker("--max-peers", "3", name="small")
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream/live"))
    cluster.live()
    here = [Peer(small.address) for _ in range(3)]
    refused = here[0].send("POST", "/peers", {"stream": "live", "capacity": 2})
    assert (refused.status, refused.problem) == (503, "tracker-full") and refused.headers["retry-after"]
    # Its heartbeat comes at once.
    full = lambda: cluster.coordinate_service.debug()["trackers"][0]["peers"] == 3  # noqa: E731
    until(full, 5, "the coordinate knows that it is full")
    # Who comes back is no further viewer.
    again = here[0].resume()
    assert again.id == here[0].id
    here[1].hang_up()
    join = {"stream": "live", "capacity": 2}
    admitted = lambda: here[0].send("POST", "/peers", join).status == 201  # noqa: E731
    until(admitted, 5, "a viewer that joins anew takes the place it left")
    assert count(small) == 3
