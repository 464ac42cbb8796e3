"""What a publisher is told: keys, conflicts, refusals; and that ffmpeg prints it."""

import base64
import os

import pytest
from harness.artifacts import folder_of
from harness.cluster import Cluster
from harness.media import h264, h264_push, picture
from harness.program import run
from harness.waiting import until
from harness.web import bearer, connect, exchange, get, request

NAMED_BADLY = [
    ("/stream/..", 400),
    ("/stream/%2e%2e", 400),
    ("/stream/a%2Fb", (400, 404)),
    ("/stream/a%00b", 400),
    ("/stream/%ff", 400),
    ("/stream/a b".replace(" ", "%20"), 400),
    ("/stream/" + "x" * 65, 400),
    ("/stream/", (400, 404)),
    ("/stream//live", 404),
]
RESERVED = ["stream", "streams", "tracker", "relay", "watch", "topology", "player", "player.js", "debug", "metrics"]
RESERVED += ["healthz", "version", "time", "library", "init", "favicon.ico", "robots.txt", "%2e"]


@pytest.fixture(scope="module")
def keyed(request):
    """A coordinate with a key for `mine`, a key for all others, and a live stream `busy`."""
    made = Cluster(folder_of("publishing"))
    try:
        keys = ["--publish-key", "mine=open-sesame", "--publish-key", "*=any"]
        made.coordinate(*keys, open=False)
        made.ffmpeg(*h264_push(f"{made.coordinate_service.url}/stream/busy?key=any"), name="busy")
        made.live("busy")
        yield made
    finally:
        made.stop()


def push_briefly(url, *, seconds=12):
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", *h264_push(url, seconds=2)]
    return run(command, seconds)


def test_ffmpeg_prints_why_it_was_refused(keyed):
    url = keyed.coordinate_service.url
    assert "401 Unauthorized" in push_briefly(f"{url}/stream/mine?key=wrong").stderr
    assert "401 Unauthorized" in push_briefly(f"{url}/stream/mine").stderr
    assert "4XX Client Error" in push_briefly(f"{url}/stream/busy?key=any").stderr  # its words for 409
    assert "400 Bad Request" in push_briefly(f"{url}/stream/debug?key=any").stderr
    assert keyed.live("busy")


@pytest.mark.parametrize("way", ["query", "basic", "bearer"])
def test_each_way_to_give_the_key(keyed, way):
    host = keyed.coordinate_service.address
    url = {
        "query": f"http://{host}/stream/mine?key=open-sesame",
        "basic": f"http://anybody:open-sesame@{host}/stream/mine",
        "bearer": f"http://{host}/stream/mine",
    }[way]
    command = h264_push(url, seconds=2)
    if way == "bearer":
        command[-1:-1] = ["-headers", "Authorization: Bearer open-sesame\r\n"]
    pushed = run(["ffmpeg", "-nostdin", "-loglevel", "error", *command, ], 15)
    assert pushed.returncode == 0, pushed.stderr
    assert keyed.streams()["mine"]["sequence"] > 0


def refusal(cluster, path, method="POST", **options):
    address = cluster.coordinate_service.address
    return request(method, address, path, headers={"Transfer-Encoding": "chunked", **options.pop("headers", {})})


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_statuses(keyed, method):
    wrong = refusal(keyed, "/stream/mine?key=nope", method)
    assert (wrong.status, wrong.problem) == (401, "bad-key")
    assert wrong.headers["www-authenticate"].startswith("Basic realm=")
    assert wrong.headers["connection"].lower() == "close"
    basic = {"Authorization": "Basic " + base64.b64encode(b"x:nope").decode()}
    assert refusal(keyed, "/stream/mine", method, headers=basic).status == 401
    busy = refusal(keyed, "/stream/busy?key=any", method)
    assert (busy.status, busy.problem) == (409, "already-publishing")
    for name in RESERVED:
        answer = refusal(keyed, f"/stream/{name}?key=any", method)
        assert (answer.status, answer.problem) == (400, "reserved-name"), name


@pytest.mark.parametrize("path, status", NAMED_BADLY)
def test_path_tricks_are_refused(keyed, path, status):
    # A query would end the trick's text: the key comes as a header.
    answer = refusal(keyed, path, headers=bearer("any"))
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer.text
    assert answer.problem
    for prefix in ("/streams/", "/watch/"):
        assert get(keyed.coordinate_service.address, path.replace("/stream/", prefix)).status in (400, 404)


def test_an_unframed_body_needs_a_length(keyed):
    head = b"POST /stream/mine?key=open-sesame HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(keyed.coordinate_service.address, head + b"\x47" * 188)
    assert answer.startswith(b"HTTP/1.1 411 ") and b"length-required" in answer


@pytest.mark.parametrize("junk", [b"\x00" * 4000, b"junk! " * 2000, b"\x47" + b"\xff" * 300_000])
def test_junk_is_unsupported_media(keyed, junk):
    address = keyed.coordinate_service.address
    answer = request("POST", address, "/stream/junk?key=any", body=junk)
    assert (answer.status, answer.problem) == (415, "undecodable"), answer.text
    refusals = keyed.coordinate_service.debug()["refusals"]
    assert refusals[-1]["stream"] == "junk" and refusals[-1]["status"] == 415


def test_every_refusal_is_in_the_log_and_in_debug(keyed):
    refusal(keyed, "/stream/mine?key=nope")
    last = keyed.coordinate_service.debug()["refusals"][-1]
    assert (last["stream"], last["status"], last["reason"]) == ("mine", 401, "bad-key")
    assert keyed.coordinate_service.logged("Publisher refused .*bad-key")
    assert "open-sesame" not in keyed.coordinate_service.text() and "nope" not in keyed.coordinate_service.text()


def test_takeover_replaces_the_publisher_and_the_sequence_rises(keyed):
    before = keyed.live("busy")["sequence"]
    newcomer = keyed.ffmpeg(*h264_push(f"{keyed.coordinate_service.url}/stream/busy?key=any&takeover=1"))
    until(lambda: not keyed.programs[1].is_running, 10, "the old publisher ends")
    until(lambda: keyed.live("busy")["sequence"] > before + 10, 10, "the new one delivers")
    assert newcomer.is_running
    assert keyed.coordinate_service.debug()["streams"]


def test_delete_kicks_the_publisher_with_the_key_or_the_secret_only(keyed):
    address = keyed.coordinate_service.address
    publisher = keyed.ffmpeg(*h264_push(f"{keyed.coordinate_service.url}/stream/kick?key=any"))
    keyed.live("kick")
    assert request("DELETE", address, "/stream/kick").status == 401
    assert request("DELETE", address, "/stream/kick?key=wrong").status == 401
    assert request("DELETE", address, "/stream/nothing?key=any").status == 404
    assert request("DELETE", address, "/stream/kick?key=any").status == 204
    until(lambda: not publisher.is_running, 10, "the publisher ends")
    until(lambda: keyed.streams()["kick"]["state"] == "waiting", 10, "the stream waits for a publisher")


def test_publishing_at_the_edge_reaches_the_coordinate(shared_cluster):
    forward = shared_cluster.forward_service
    shared_cluster.ffmpeg(*h264_push(f"http://{forward.ingest}/stream/edge"))
    shared_cluster.live("edge")
    final = shared_cluster.viewer("edge", "--verify", "--duration", "4s", "--buffer", "1s").final()
    assert final["decodeErrors"] == 0 and final["continuity"] >= 0.999
    refused = request("POST", forward.ingest, "/stream/debug", headers={"Transfer-Encoding": "chunked"})
    assert (refused.status, refused.problem) == (400, "reserved-name")


def test_the_client_publishes_a_test_picture_and_a_file(shared_cluster, folder):
    from harness.program import BIN

    url = shared_cluster.coordinate_service.url
    shared_cluster.run("publish", BIN / "client", "publish", f"{url}/stream/clock", "testsrc", "--size", "320x240")
    shared_cluster.live("clock")
    final = shared_cluster.viewer("clock", "--verify", "--duration", "4s", "--buffer", "1s").final()
    assert final["decodeErrors"] == 0 and final["continuity"] >= 0.999
    file = folder / "file.mp4"
    run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30", "-t", "3", "-c:v", "libx264",
         "-pix_fmt", "yuv420p", "-g", "30", file], 20)
    sender = shared_cluster.run("file", BIN / "client", "publish", f"{url}/stream/file", str(file), "--loop")
    shared_cluster.live("file")
    start = shared_cluster.live("file")["sequence"]
    until(lambda: shared_cluster.live("file")["sequence"] > start + 20, 15, "it loops")
    assert sender.stop() == 0


def test_a_refusal_reaches_a_sender_in_the_midst_of_its_body(keyed, folder):
    """Nothing is lost to a reset: the server reads on for a moment after its answer."""
    junk = folder / "junk"
    junk.write_bytes(os.urandom(3_000_000))
    command = ["curl", "-s", "-T", junk, "-X", "POST", "-w", "%{http_code}"]
    answer = run([*command, f"{keyed.coordinate_service.url}/stream/junk?key=any"])
    assert answer.stdout.endswith("415") and "unknown container" in answer.stdout


def test_publishers_that_deliver_nothing_leave_no_stream(keyed):
    address = keyed.coordinate_service.address
    for number in range(80):
        def publish(number=number):
            answer = request("POST", address, f"/stream/nothing{number}?key=any", body=b"")
            # Each is gone within a moment, and until then takes one of 64 places.
            assert answer.status in (200, 415) or answer.problem == "too-many-streams", answer.text
            return answer.status != 507

        until(publish, 5, "there is a place for the next one")
    until(lambda: not any(name.startswith("nothing") for name in keyed.streams()), 5, "none of them is listed")


def test_an_mp4_that_is_no_stream_is_told_how_to_be_one(keyed, folder):
    film = folder / "film.mp4"
    run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x480", "-t", "5", film])
    command = ["curl", "-s", "-T", film, "-X", "POST"]
    answer = run([*command, f"{keyed.coordinate_service.url}/stream/film?key=any"])
    assert "frag_keyframe" in answer.stdout


def test_a_viewer_who_came_before_the_first_chunk_sees_it(shared_cluster, folder):
    film = folder / "film.ts"
    run(["ffmpeg", "-v", "error", *picture()[1:], "-t", "3", *h264(), "-f", "mpegts", film])
    address = shared_cluster.coordinate_service.address
    with connect(address, 20) as publisher:
        publisher.sendall(b"POST /stream/early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        until(lambda: "early" in shared_cluster.streams(), 5, "it is listed")
        viewer = shared_cluster.viewer("early", "--verify", "--buffer", "500ms", "--duration", "5s")
        viewer.logged("Watching")
        media = film.read_bytes()
        publisher.sendall(b"%x\r\n%s\r\n" % (len(media), media))
        final = viewer.final()
    assert final["framesDecoded"] > 60 and final["decodeErrors"] == 0 and final["chunksUnplayable"] == 0
