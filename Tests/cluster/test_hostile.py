"""Senders that mean harm or know no better: bounded memory, clear answers, everybody else untouched."""

import contextlib
import http.client
import json
import random
import socket
import threading
import time

import pytest
from harness.cluster import SECRET
from harness.media import h264_push
from harness.program import run
from harness.waiting import until
from harness.web import bearer, connect, get, request

IDLE = 5_000
MIB = 1 << 20


def test_thousands_of_idle_connections_disturb_nobody(cluster):
    coordinate = cluster.coordinate()
    forward = cluster.forward()
    cluster.ffmpeg(*h264_push(f"{coordinate.url}/stream"))
    cluster.live()
    cluster.forwards_known("forward-1")
    viewer = cluster.viewer("live", "--verify", "--duration", "20s")
    viewer.plays()
    before = {service.name: service.rss_bytes() for service in (coordinate, forward)}
    idle = []
    try:
        # From other loopback addresses: one alone would run out of ports first.
        for index in range(IDLE):
            for service in (coordinate, forward):
                host, port = service.address.split(":")
                source = (f"127.0.{1 + index % 8}.1", 0)
                idle.append(socket.create_connection((host, int(port)), timeout=10, source_address=source))
                if index % 2:  # half of them begin a request and stop
                    idle[-1].sendall(b"GET /live/live.mp4 HTTP/1.1\r\nHost")
        for service in (coordinate, forward):
            until(lambda: service.debug()["instance"], 10, "it still answers")
            grown = service.rss_bytes() - before[service.name]
            assert grown < 150 * MIB, f"{service.name} grew by {grown / MIB:.0f} MiB for {IDLE} connections"
            assert service.descriptor_count() >= IDLE
        final = viewer.final()
    finally:
        for connection in idle:
            connection.close()
    assert (final["stalls"], final["decodeErrors"]) == (0, 0)
    assert final["continuity"] >= 0.999
    for service in (coordinate, forward):
        until(lambda: service.descriptor_count() < 200, 15, f"{service.name} lets go of them")


def test_one_byte_at_a_time_is_just_slow(shared_cluster):
    for service in (shared_cluster.coordinate_service, shared_cluster.forward_service):
        with connect(service.address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":
                connection.send(bytes([byte]))
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_publisher_that_sends_one_byte_at_a_time(shared_cluster, folder):
    file = folder / "short.ts"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-t", "3"]
    run([*command, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10", "-b:v", "20k", file])
    with connect(shared_cluster.coordinate_service.address, 30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"POST /stream/drip HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for byte in file.read_bytes():
            connection.send(b"1\r\n" + bytes([byte]) + b"\r\n")
        connection.send(b"0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 2")
    assert shared_cluster.streams()["drip"]["sequence"] > 0


@pytest.mark.parametrize(
    "data",
    [
        b"GET",
        b"\x00" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Header: y\r\n" * 5_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /?a=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"BREW /coffee HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /stream/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"POST /stream/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"POST /stream/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /forward HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ],
    ids=lambda data: data[:24].decode(errors="replace").split("\r")[0],
)
def test_malformed_requests_get_an_answer_or_a_close(shared_cluster, data):
    for service in (shared_cluster.coordinate_service, shared_cluster.forward_service, shared_cluster.tracker_service):
        with connect(service.address) as connection:
            connection.settimeout(1)
            try:
                connection.sendall(data)
                received = connection.recv(65536)
            except (ConnectionResetError, BrokenPipeError, TimeoutError):
                received = b""  # closed, or waiting for the rest
        assert received == b"" or received.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.0 4")), received[:200]
        assert get(service.address, "/healthz").status == 200


def json_posts(cluster):
    return [
        (cluster.coordinate_service.address, "/tracker"),
        (cluster.coordinate_service.address, "/forward"),
        (cluster.tracker_service.address, "/forward"),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_registrations_check_the_secret_the_size_and_the_shape(shared_cluster, method):
    for address, path in json_posts(shared_cluster):
        for headers in ({}, bearer("wrong"), {"Authorization": "Basic eDp5"}):
            answer = request(method, address, path, body={}, headers=headers)
            assert (answer.status, answer.problem) == (401, "bad-secret")
        for body in (b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"name":5}', b'{"name":"x"}', b"[" * 100_000):
            answer = request(method, address, path, body=body, headers=bearer(SECRET))
            assert (answer.status, answer.problem) == (400, "malformed-json"), body[:20]
        large = json.dumps({"name": "x" * (2 * MIB)}).encode()
        answer = request(method, address, path, body=large, headers=bearer(SECRET))
        assert (answer.status, answer.problem) == (413, "too-large")


def test_registrations_of_nonsense_are_refused(shared_cluster):
    address = shared_cluster.coordinate_service.address
    good = {"name": "n", "region": "", "urls": [{"url": "http://h:1"}], "peers": 0, "peersMax": 1, "swarms": [],
            "forwards": []}
    for change in (
        {"name": ""}, {"name": "x" * 200}, {"urls": []}, {"urls": [{"url": "ftp://h"}]}, {"urls": [{"url": "//h"}]},
        {"urls": [{"url": "http://h:99999"}]}, {"urls": [{"url": "http://h"}] * 17}, {"peers": 1e99},
    ):
        answer = request("POST", address, "/tracker", body={**good, **change}, headers=bearer(SECRET))
        assert answer.status == 400, change
    assert {tracker["name"] for tracker in shared_cluster.coordinate_service.debug()["trackers"]} == {"tracker"}


def test_numbers_at_their_limits_crash_nothing(shared_cluster):
    address = shared_cluster.coordinate_service.address
    most = 2**63 - 1
    load = {"viewers": most, "viewersMax": most, "egressBitsPerSecond": most, "egressBitsPerSecondMax": most,
            "streams": [{"stream": "live", "viewers": most}, {"stream": "live", "viewers": most}]}
    forward = {"id": "f" * 32, "name": "extreme", "region": "", "urls": [{"url": "http://h:1"}], "load": load}
    swarms = [{"stream": "live", "peers": most, "bytesFromPeers": 2**64 - 1, "bytesFromForwards": 2**64 - 1}] * 2
    tracker = {"name": "extreme", "region": "", "urls": [{"url": "http://h:1"}], "peers": most, "peersMax": most,
               "swarms": swarms, "forwards": [forward]}
    for path, body in (("/forward", forward), ("/tracker", tracker)):
        assert request("POST", address, path, body=body, headers=bearer(SECRET)).status in (201, 400)
        for look in ("/streams", "/streams/live", "/tracker?stream=live", "/debug", "/metrics", "/"):
            assert get(address, look).status in (200, 503), look
        request("DELETE", address, path, body=body, headers=bearer(SECRET))


def test_a_publisher_killed_within_a_chunk_leaves_the_stream_waiting(shared_cluster):
    sender = shared_cluster.ffmpeg(*h264_push(f"{shared_cluster.coordinate_service.url}/stream/cut"))
    shared_cluster.live("cut")
    viewer = shared_cluster.viewer("cut", "--verify", "--buffer", "500ms", "--duration", "6s")
    viewer.plays()
    sender.kill()
    final = viewer.final()
    assert final["decodeErrors"] == 0 and final["stalls"] == 0
    assert final["state"] == "waiting" and final["publisherGapMs"] > 500
    assert shared_cluster.streams()["live"]["state"] == "live"


def test_a_silent_publisher_may_be_replaced_and_is_closed(shared_cluster):
    address = shared_cluster.coordinate_service.address
    with connect(address, 20) as silent:
        silent.sendall(b"POST /stream/quiet HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        until(lambda: "quiet" in shared_cluster.streams(), 5, "it publishes")
        chunked = {"Transfer-Encoding": "chunked"}
        assert request("POST", address, "/stream/quiet", headers=chunked).status == 409
        started = time.monotonic()
        silent.recv(4096)
        assert 8 < time.monotonic() - started < 14  # 10 s


def test_junk_at_ingest_costs_no_memory(shared_cluster):
    service = shared_cluster.coordinate_service
    before = service.rss_bytes()
    generator = random.Random(7)
    for number in range(60):
        junk = generator.randbytes(generator.choice([1, 188, 4_000, 200_000]))
        # Beginnings that look right reach deeper.
        head = generator.choice([b"", b"FLV\x01\x05\x00\x00\x00\x09", b"\x1aE\xdf\xa3", b"\x00\x00\x01\xb3", b"\x00\x00\x00\x18ftypiso5"])
        try:
            answer = request("POST", service.address, f"/stream/junk-{number % 3}", body=head + junk)
            assert answer.status in (415, 409), answer.text
        except (ConnectionError, OSError):
            pass  # closed on a sender that would not listen
    assert get(service.address, "/healthz").status == 200
    assert service.rss_bytes() - before < 100 * MIB
    assert shared_cluster.live()


def test_a_viewer_that_never_reads_disturbs_nobody(shared_cluster):
    forward = shared_cluster.forward_service
    before = forward.rss_bytes()
    stuck = []
    for _ in range(50):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((forward.address.split(":")[0], int(forward.address.split(":")[1])))
        connection.sendall(b"GET /live/live.ts HTTP/1.1\r\nHost: x\r\n\r\n")
        stuck.append(connection)
    final = shared_cluster.viewer("live", "--verify", "--duration", "8s").final()
    assert (final["stalls"], final["decodeErrors"]) == (0, 0) and final["continuity"] >= 0.999
    assert forward.rss_bytes() - before < 100 * MIB
    for connection in stuck:
        connection.close()


def test_half_a_request_does_not_hold_a_connection_for_ever(shared_cluster):
    addresses = [shared_cluster.coordinate_service.address, shared_cluster.forward_service.address]
    halves = [connect(address, 45) for address in addresses]
    for half in halves:
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
    for half in halves:  # after 30 s
        half.recv(4096)  # raises TimeoutError when it is still open
        half.close()


def test_made_up_names_lock_no_real_stream_out(shared_cluster):
    """A flood of requests for streams that do not exist, and somebody else who asks for one that does."""
    forward = shared_cluster.forward()
    stop = threading.Event()

    def flood(thread):
        number = 0
        while not stop.is_set():
            number += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                get(forward.address, f"/live/made-up-{thread}-{number}.mp4")

    threads = [threading.Thread(target=flood, args=(thread,)) for thread in range(30)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: forward.debug()["refusals"].get("unknown-stream", 0) > 100, 15, "the flood is on")
        port = int(forward.address.rsplit(":", 1)[1])
        # The loopback network has more than one address to come from.
        with socket.create_connection(("127.0.0.1", port), 10, source_address=("127.0.0.2", 0)) as viewer:
            viewer.sendall(b"GET /live/live.mp4 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert viewer.recv(15).startswith(b"HTTP/1.1 200")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert "made-up" not in forward.text()
