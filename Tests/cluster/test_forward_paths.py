"""What a forward gives out beside /live: stripes, chunks, inits, relays; and for whom."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.cluster import SECRET
from harness.media import picture
from harness.waiting import until
from harness.web import bearer, connect, exchange, get, read_some


@pytest.fixture(scope="module")
def token(shared_cluster):
    return get(shared_cluster.coordinate_service.address, "/tracker?stream=live").json["token"]


@pytest.fixture(scope="module")
def held(shared_cluster):
    """A sequence that the forward holds."""
    shared_cluster.run("player", "curl", "-sN", "-o", "/dev/null", f"{shared_cluster.forward_service.url}/live/live.ts")

    def newest():
        streams = shared_cluster.forward_service.debug()["streams"]
        return next((stream["newestSequence"] for stream in streams if stream["stream"] == "live"), 0)

    return until(newest, 10, "the forward holds chunks")


def records(body):
    """(kind, body) of each record of PROTOCOL.md section 4."""
    found = []
    while len(body) >= 5:
        length, kind = int.from_bytes(body[:4], "big"), body[4]
        if len(body) < 5 + length:
            break
        found.append((kind, body[5 : 5 + length]))
        body = body[5 + length :]
    return found


def test_a_chunk_comes_with_its_manifests(shared_cluster, token, held):
    answer = get(shared_cluster.forward_service.address, f"/chunk/live/{held}?token={token}&why=start")
    assert answer.status == 200
    kinds = [kind for kind, _ in records(answer.body)]
    assert kinds == [3, 3, 4]
    chunk = records(answer.body)[2][1]
    assert int.from_bytes(chunk[:8], "big") == held and chunk[12:16] == b"moof"


def test_a_piece_comes_with_its_manifest(shared_cluster, token, held):
    answer = get(shared_cluster.forward_service.address, f"/chunk/live/{held}/0", headers=bearer(token))
    (manifest, _), (piece, body) = records(answer.body)
    assert (manifest, piece) == (3, 5)
    assert int.from_bytes(body[:8], "big") == held and int.from_bytes(body[8:10], "big") == 0


def test_an_init_is_found_by_its_hash(shared_cluster, token, held):
    answer = get(shared_cluster.forward_service.address, f"/chunk/live/{held}", headers=bearer(token))
    manifest = records(answer.body)[0][1]
    # version, flags, stripe, stripeCount, nameLength, "live", sequence, previousSequence, session, initHash
    start = 5 + 4 + 3 * 8
    digits = manifest[start : start + 16].hex()
    found = get(shared_cluster.forward_service.address, f"/init/live/{digits}")
    assert found.status == 200 and found.body[4:8] == b"ftyp"
    assert get(shared_cluster.forward_service.address, "/init/live/" + "0" * 32).problem == "unknown-init"
    assert get(shared_cluster.forward_service.address, "/init/live/nonsense").problem == "bad-hash"


@pytest.mark.parametrize("path", ["/chunk/live/1", "/chunk/live/1/0", "/stripe/live/0", "/stripe/live/0+1"])
def test_tokens_are_demanded(shared_cluster, token, path):
    address = shared_cluster.forward_service.address
    payload, tag = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(tag + "=" * (-len(tag) % 4)))
    raw[0] ^= 1
    forged = f"{payload}." + base64.urlsafe_b64encode(raw).decode().rstrip("=")
    for bad in ("", "junk", "a.b", "." * 200, forged, token + "x", "A" * 3000):
        assert get(address, f"{path}?token={bad}").problem == "bad-token", bad
    # A token is for one stream.
    other = path.replace("/live", "/other")
    assert get(address, f"{other}?token={token}").problem == "bad-token"


def test_bad_numbers_are_said(shared_cluster, token):
    address = shared_cluster.forward_service.address
    for path, problem in {
        "/chunk/live/x": "bad-sequence",
        "/chunk/live/-1": "bad-sequence",
        f"/chunk/live/{2**64}": "bad-sequence",
        f"/chunk/live/{2**53}": "bad-sequence",
        "/chunk/live/1": "unknown-chunk",
        "/chunk/live/1/70000": "bad-piece",
        "/stripe/live/9": "bad-stripe",
        "/stripe/live/0+0": "bad-stripe",
        "/stripe/live/1+0": "bad-stripe",
        "/stripe/live/": "not-found",
        "/stripe/live/7": "unknown-stripe",
        "/stripe/live/0?from=x": "bad-sequence",
    }.items():
        assert get(address, path, headers=bearer(token)).problem == problem, path


def test_relays_are_for_services(shared_cluster, token):
    for service in (shared_cluster.coordinate_service, shared_cluster.forward_service):
        assert get(service.address, "/relay/live").problem == "bad-secret"
        assert get(service.address, "/relay/live", headers=bearer(token)).problem == "bad-secret"
        assert get(service.address, "/relay/nothing", headers=bearer(SECRET)).problem == "unknown-stream"
        own = service.debug()["instance"]
        looped = get(service.address, "/relay/live", headers={**bearer(SECRET), "P2plive-Path": f"0,{own}"})
        assert (looped.status, looped.problem) == (508, "relay-loop")


def test_a_stripe_begins_with_hello_init_and_manifest(shared_cluster, token, held):
    head, body = read_some(shared_cluster.forward_service.address, f"/stripe/live/0+1?token={token}", 20_000)
    assert " 200 " in head
    plain = b""
    while b"\r\n" in body:
        size, _, rest = body.partition(b"\r\n")
        count = int(size, 16)
        if len(rest) < count + 2:
            break
        plain, body = plain + rest[:count], rest[count + 2 :]
    kinds = [kind for kind, _ in records(plain)]
    assert kinds[:4] == [1, 2, 3, 3] and set(kinds[4:]) <= {2, 3, 5, 6, 7}


def test_over_capacity_is_said(shared_cluster):
    small = shared_cluster.forward("--max-viewers", "1", name="small")
    first = shared_cluster.run("first", "curl", "-sN", "-o", "/dev/null", f"{small.url}/live/live.ts")
    until(lambda: get(small.address, "/load").json["viewers"] == 1, 10, "one viewer")
    refused = get(small.address, "/live/live.ts")
    assert (refused.status, refused.problem) == (503, "over-capacity") and refused.headers["retry-after"]
    first.kill()
    until(lambda: get(small.address, "/load").json["viewers"] == 0, 10, "the viewer is gone")
    small.stop()


def test_http_1_0_gets_an_unchunked_stream(shared_cluster, folder):
    from harness.program import run

    forward = shared_cluster.forward_service
    with __import__("socket").create_connection(forward.address.split(":")) as connection:
        connection.sendall(b"GET /live/live.mp4 HTTP/1.0\r\n\r\n")
        first = connection.recv(4096)
    assert first.startswith(b"HTTP/1.") and b"chunked" not in first.lower()
    file = folder / "old.mp4"
    run(["curl", "-0", "-sS", "--max-time", "3", "-o", file, f"{forward.url}/live/live.mp4"])
    probe = run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", file])
    assert "codec_name=h264" in probe.stdout and "codec_name=aac" in probe.stdout
    head = exchange(forward.address, b"HEAD /live/live.mp4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 200 " in head and head.endswith(b"\r\n\r\n")


def test_the_egress_limit_holds_when_viewers_come_together(shared_cluster, held):
    full = shared_cluster.forward("--max-egress", "1M")

    def status(_):
        with connect(full.address) as viewer:
            viewer.sendall(b"GET /live/live.mp4 HTTP/1.1\r\nHost: x\r\n\r\n")
            first = viewer.recv(15)
            # Nobody leaves before everybody has been answered.
            answered.wait(20)
            return int(first.split()[1])

    answered = threading.Barrier(20)
    # One first, so that the forward knows the stream's rate.
    read_some(full.address, "/live/live.mp4", 1)
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(status, range(20)))
    # 500 kbit/s of picture and 64 of sound.
    assert 1 <= statuses.count(200) <= 2 and statuses.count(503) == 20 - statuses.count(200)


def test_codecs_that_a_form_cannot_carry_are_said(shared_cluster):
    url = f"{shared_cluster.coordinate_service.url}/stream/vp9"
    vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-b:v", "200k"]
    shared_cluster.ffmpeg(
        *picture("160x120", 15), *vp9, *["-f", "webm", "-cluster_time_limit", "100", "-flush_packets", "1"], url
    )
    shared_cluster.live("vp9", 30)
    answer = get(shared_cluster.forward_service.address, "/live/vp9.ts")
    assert (answer.status, answer.problem) == (415, "unsupported-codec")
    head, _ = read_some(shared_cluster.forward_service.address, "/live/vp9.mp4", 1000)
    assert " 200 " in head
