"""Viewers at a tracker: joined, placed, told, and brought back; with the real programs, without media."""

import signal
import ssl

import pytest
from harness.media import h264_push
from harness.swarm import Peer, disagreements
from harness.waiting import until
from harness.web import get
from test_tls import make_certificate

COUNT = 30


@pytest.fixture
def swarm(cluster):
    """A live stream, a tracker with a forward, and 30 viewers."""
    cluster.coordinate()
    cluster.tracker_service = cluster.tracker(name="tracker")
    cluster.forward_service = cluster.forward("--tracker", cluster.tracker_service.url, name="forward")
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream/live"))
    cluster.live()
    cluster.forwards_known("forward")
    cluster.tracker_service.logged("Forward registered")
    cluster.peers = [Peer(cluster.tracker_service.address) for _ in range(COUNT)]
    settled(cluster.peers)
    return cluster


def settled(peers, seconds=15):
    """Waits until what viewers were told fits together."""
    try:
        until(lambda: not disagreements(peers), seconds)
    except TimeoutError:
        raise AssertionError("\n".join(disagreements(peers)[:10])) from None


def state(cluster):
    swarms = cluster.tracker_service.debug()["swarms"]
    return next((swarm for swarm in swarms if swarm["stream"] == "live"), None)


def test_viewers_are_placed_in_two_trees(swarm):
    forward = swarm.forward_service.url
    for stripe in (0, 1):
        roots = [peer for peer in swarm.peers if peer.sources[stripe] == forward]
        assert len(roots) <= 5, "4 roots, and one more while no slot is open"
        assert all(peer.parents[stripe]["depth"] == 1 for peer in roots)
    assert all(peer.place["publicKey"] == swarm.streams()["live"]["publicKey"] for peer in swarm.peers)
    shown = state(swarm)
    assert shown["peers"] == COUNT and shown["natClasses"] == {"open": COUNT}
    for stripe in shown["stripes"]:
        assert stripe["peers"] == COUNT and stripe["orphans"] == 0
        assert stripe["depthMax"] <= stripe["depthBound"] + 2
    until(lambda: swarm.streams()["live"]["viewers"] == COUNT, 10, "the coordinate knows how many there are")


def test_signals_go_to_whom_they_are_for(swarm):
    child = next(peer for peer in swarm.peers if "peer" in peer.parents[0])
    parent = next(peer for peer in swarm.peers if peer.id == child.sources[0])
    assert child.signal(parent.id, type="offer", sdp="v=0\r\n").status == 202
    until(lambda: parent.signals, 5, "the offer arrives")
    assert parent.signals == [{"from": child.id, "link": "0123456789abcdef", "type": "offer", "sdp": "v=0\r\n"}]
    assert parent.signal(child.id, type="answer", sdp="v=0\r\n").status == 202
    assert parent.signal(child.id, type="candidate", candidate="").status == 202
    until(lambda: len(child.signals) == 2, 5, "the answer arrives")
    assert [each["type"] for each in child.signals] == ["answer", "candidate"]
    assert child.signal("0" * 32, type="offer", sdp="v=0").problem == "unknown-peer"


def test_viewers_that_leave_are_replaced(swarm):
    for peer in swarm.peers[:10]:
        assert peer.leave().status == 204
    rest = swarm.peers[10:]
    settled(rest)
    # Those who are just gone are noticed within 5 s, or as soon as a child says so.
    for peer in rest[:5]:
        peer.hang_up()
    rest = rest[5:]
    settled(rest)
    assert state(swarm)["peers"] == len(rest)


def test_what_viewers_received_is_told_at_the_coordinate(swarm):
    for number, peer in enumerate(swarm.peers):
        received = {"bytesFromPeers": 900, "bytesFromForwards": 100, "uploadBytes": 900, "continuity": 1.0}
        assert peer.report(stats=received, children=[]).status == 200, number
    until(lambda: swarm.streams()["live"].get("offload") == 0.9, 10, "the coordinate knows the offload")
    assert state(swarm)["continuityMin"] == 1.0


def test_a_tracker_that_was_killed_gets_its_swarm_back(swarm):
    swarm.tracker_service.kill()
    for peer in swarm.peers:
        assert peer.has_ended.wait(5), "a viewer sees at once that its tracker is gone"
    before = {peer.id: peer.sources for peer in swarm.peers}
    swarm.tracker_service = swarm.restart(swarm.tracker_service)
    swarm.tracker_service.logged("Forward registered")
    known = get(swarm.tracker_service.address, f"{swarm.peers[0].place['events']}?token={swarm.peers[0].token}")
    assert known.problem == "unknown-peer"
    back = [peer.resume() for peer in reversed(swarm.peers)]
    until(lambda: not state(swarm)["isResuming"], 15, "all have come")
    settled(back)
    kept = sum(peer.sources[stripe] == source for peer in back for stripe, source in before[peer.id].items())
    # The new tracker goes on with the background work that the old one had not come to.
    assert kept >= 2 * COUNT - 12, f"{2 * COUNT - kept} of {2 * COUNT} links changed"
    newcomer = Peer(swarm.tracker_service.address)
    settled([*back, newcomer])


def test_a_tracker_that_stops_says_so(swarm):
    swarm.tracker_service.process.send_signal(signal.SIGTERM)
    for peer in swarm.peers:
        assert peer.has_ended.wait(5)
        assert peer.bye["reason"] == "stopping" and 0 <= peer.bye["retryMs"] <= 10_000
    assert len({peer.bye["retryMs"] for peer in swarm.peers}) > COUNT / 2, "they do not come back all at once"
    assert swarm.tracker_service.wait(10) == 0


def test_a_stream_that_breaks_goes_on(swarm):
    one, other = swarm.peers[:2]
    other.hang_up()
    for text in ("first", "second"):
        assert one.signal(other.id, type="offer", sdp=text).status == 202
    other.listen(after=other.last or 0)
    until(lambda: len(other.signals) == 2, 5, "what was missed comes")
    assert "resync" not in other.events
    polled = get(swarm.tracker_service.address, f"{one.place['events']}?poll=1&token={one.token}&lastEventId=x")
    assert polled.headers["content-type"] == "text/event-stream" and b"event: resync" in polled.body


def test_events_over_https(cluster, folder):
    certificate, key = make_certificate(folder, "tracker")
    cluster.coordinate()
    flags = ["--tls-cert", certificate, "--tls-key", key]
    tracker = cluster.tracker(*flags, name="tracker")
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream/live"))
    cluster.live()
    context = ssl.create_default_context(cafile=str(certificate))
    peers = [Peer(tracker.address, context=context) for _ in range(6)]
    settled(peers)
    assert peers[0].signal(peers[1].id, type="offer", sdp="v=0").status == 202
    until(lambda: peers[1].signals, 5, "a signal arrives")
    assert peers[0].leave().status == 204
    settled(peers[1:])
    until(lambda: all("ping" in peer.events for peer in peers[1:]), 10, "pings arrive")
