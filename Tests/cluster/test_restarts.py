"""Services that die and come back, in any order; viewers play on."""

from harness.cluster import LONG, ended, free_port
from harness.media import h264_push, owner_push
from harness.waiting import stays, until
from harness.web import get


def looping_publisher(cluster, stream="live"):
    """ffmpeg in a shell loop, as the README tells."""
    command = " ".join(f"'{word}'" for word in h264_push(f"{cluster.coordinate_service.url}/stream/{stream}"))
    script = f"until ffmpeg -nostdin -loglevel error {command}; do sleep 0.3; done"
    return cluster.run("publisher", "sh", "-c", f"trap 'kill 0' TERM; {script}")


def test_a_forward_that_is_killed_and_restarted_costs_no_stall(cluster):
    cluster.coordinate()
    forward = cluster.forward()
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream"))
    cluster.live()
    cluster.forwards_known("forward-1")
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(2)]
    for viewer in viewers:
        until(lambda: viewer.latest().get("elapsedMs", 0) >= 5000 and viewer.plays(), 15, "it plays from its buffer")
    forward.kill()
    cluster.restart(forward)
    for final in ended(viewers, after=8):
        assert final["stalls"] == 0
        assert final["decodeErrors"] == 0
        assert final["continuity"] >= 0.999


def test_another_forward_takes_over_for_good(cluster):
    cluster.coordinate()
    forwards = [cluster.forward(name=name) for name in ("one", "two")]
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream"))
    cluster.live()
    cluster.forwards_known("one", "two")
    viewer = cluster.viewer("live", "--verify", *LONG)
    line = until(lambda: viewer.latest() if viewer.latest().get("elapsedMs", 0) >= 5000 else None, 15, "it plays")
    used = line["parents"][0]["forward"]
    dead = next(forward for forward in forwards if forward.url == used)
    dead.kill()
    final = viewer.ended(after=8)
    assert final["parents"][0]["forward"] != used
    assert (final["stalls"], final["decodeErrors"]) == (0, 0)
    assert final["continuity"] >= 0.999


def test_the_coordinate_is_killed_and_restarted_while_ffmpeg_pushes(cluster):
    coordinate = cluster.coordinate(listen=f"127.0.0.1:{free_port()}")
    cluster.tracker(name="tracker")
    cluster.forward(name="forward")
    looping_publisher(cluster)
    cluster.live()
    cluster.forwards_known("forward")
    viewers = [cluster.viewer("live", "--verify", *LONG) for _ in range(2)]
    for viewer in viewers:
        until(lambda: viewer.latest().get("elapsedMs", 0) >= 5000 and viewer.plays(), 15, "it plays")
    before = cluster.live()["sequence"]
    coordinate.kill()
    cluster.restart(coordinate)
    assert cluster.live(seconds=20)["sequence"] > before
    for viewer in viewers:
        viewer.plays(20, beyond=before + 20)
    for final in ended(viewers):
        assert final["stalls"] <= 1
        assert final["decodeErrors"] == 0
        assert final["state"] == "live"
    # Everybody is registered again.
    state = until(
        lambda: (s := cluster.coordinate_service.debug())["trackers"] and s["forwards"] and s, 10, "they register again"
    )
    assert state["trackers"][0]["name"] == "tracker"


def test_a_publisher_that_comes_back_continues_the_stream(cluster):
    cluster.coordinate()
    cluster.forward()
    url = f"{cluster.coordinate_service.url}/stream"
    first = cluster.ffmpeg(*owner_push(url, size="320x240"))
    cluster.live()
    cluster.forwards_known("forward-1")
    viewer = cluster.viewer("live", "--verify", *LONG)
    until(lambda: viewer.latest().get("elapsedMs", 0) >= 4000 and viewer.plays(), 15, "it plays")
    before = cluster.live()["sequence"]
    first.kill()
    until(lambda: cluster.streams()["live"]["state"] == "waiting", 10, "the stream waits")
    cluster.ffmpeg(*owner_push(url, size="320x240"))
    assert cluster.live()["sequence"] > before
    viewer.plays(20, beyond=before + 10)
    final = viewer.ended()
    assert final["stalls"] <= 1
    assert final["decodeErrors"] == 0
    assert final["continuity"] >= 0.999


def test_services_started_in_the_wrong_order_find_each_other(cluster):
    ports = {name: free_port() for name in ("coordinate", "tracker")}
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    forward = cluster.forward("--tracker", url["tracker"], upstream=url["coordinate"], name="forward")
    tracker = cluster.tracker(coordinate=url["coordinate"], listen=f"127.0.0.1:{ports['tracker']}", name="tracker")
    assert get(tracker.address, "/healthz").status == 503  # says so while it is alone
    assert get(forward.address, "/live/live.mp4").status in (404, 503)
    cluster.coordinate(listen=f"127.0.0.1:{ports['coordinate']}")
    cluster.ffmpeg(*h264_push(f"{url['coordinate']}/stream"))
    cluster.live()
    cluster.forwards_known("forward")
    until(lambda: get(tracker.address, "/healthz").status == 200, 10, "the tracker is healthy")
    until(lambda: cluster.coordinate_service.debug()["trackers"], 10, "the tracker is registered")
    until(lambda: tracker.debug()["forwards"], 10, "the tracker knows the forward")
    final = cluster.viewer("live", "--verify", "--duration", "3s", "--buffer", "500ms").final()
    assert final["framesDecoded"] > 30 and final["decodeErrors"] == 0


def test_a_tracker_that_dies_is_forgotten_and_one_that_leaves_at_once(cluster):
    cluster.coordinate()
    dying, leaving = cluster.tracker(name="dying"), cluster.tracker(name="leaving")

    def known():
        return {tracker["name"] for tracker in cluster.coordinate_service.debug()["trackers"]}

    until(lambda: known() == {"dying", "leaving"}, 5, "both are registered")
    assert leaving.stop() == 0
    assert known() == {"dying"}
    dying.kill()
    stays(lambda: known() == {"dying"}, 2, "a missed heartbeat is no death")
    until(lambda: known() == set(), 8, "gone after 6 s")
