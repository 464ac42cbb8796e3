"""What the coordinate gives to browsers: pages, the viewer's modules, pictures; and what pages of any origin may ask services."""

import gzip
import json
import re
import subprocess

import pytest
from harness.cluster import TOP, Cluster
from harness.media import aac, h264, sound
from harness.swarm import Peer
from harness.waiting import until
from harness.web import exchange, get, request

PAGES = {"/": "home", "/live": "watch", "/watch/live": "watch", "/not-yet": "watch", "/topology": "topology"}
RED = ["-re", "-f", "lavfi", "-i", "color=red:size=1280x720:rate=15"]


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A coordinate with a small viewer of the test's own, beside streams with a picture, without one, and none."""
    folder = tmp_path_factory.mktemp("web")
    for name, text in {
        "player.js": 'export * from "./element/Element.js";\n',
        "element/Element.js": 'import { Manifest } from "../wire/Manifest.js";\nexport class Element {}\n',
        "wire/Manifest.js": "export class Manifest {}\n" * 50,
        "pages/style.css": "body { color: red; }\n" * 20,
        "Tests/secret.test.js": "not for browsers",
        "package.json": "{}",
        **{f"pages/{page}.html": f"<!doctype html><title>{page}</title><link rel=stylesheet href=/player/pages/style.css>"
           for page in ("home", "watch", "topology")},
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    made = Cluster(TOP / "artifacts" / "cluster" / "test_web_files")
    try:
        made.coordinate("--web", folder)
        made.tracker_service = made.tracker(name="tracker")
        made.forward_service = made.forward("--tracker", made.tracker_service.url, name="forward")
        url = made.coordinate_service.url
        made.ffmpeg(*RED, *h264(), "-f", "mpegts", f"{url}/stream/live")
        made.ffmpeg(*sound(), *aac(), "-f", "mpegts", f"{url}/stream/sound")
        made.live()
        made.live("sound")
        made.forwards_known("forward")
        made.address = made.coordinate_service.address
        yield made
    finally:
        made.stop()


def version(web):
    return re.search(r"/player/([0-9a-f]{16})/", get(web.address, "/").text).group(1)


def test_pages_can_do_no_harm_and_are_asked_for_again(web):
    for path, title in PAGES.items():
        page = get(web.address, path)
        assert page.status == 200 and f"<title>{title}</title>" in page.text, path
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["x-content-type-options"] == "nosniff" and page.headers["referrer-policy"] == "no-referrer"
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';") and "unsafe" not in policy
        assert ("frame-ancestors 'none'" in policy) == (title != "watch")
        again = get(web.address, path, headers={"If-None-Match": page.headers["etag"]})
        assert (again.status, again.body) == (304, b"") and again.headers["etag"] == page.headers["etag"]
        assert request("HEAD", web.address, path).headers["etag"] == page.headers["etag"]


def test_a_304_has_no_body_on_the_wire(web):
    whole = get(web.address, "/player.js")
    tag = whole.headers["etag"]
    asked = f"GET /player.js HTTP/1.1\r\nHost: x\r\nIf-None-Match: {tag}\r\n"
    answer = exchange(web.address, f"{asked}\r\n{asked}Connection: close\r\n\r\n".encode())
    assert answer.count(b"HTTP/1.1 304 ") == 2 and answer.endswith(b"\r\n\r\n") and b"import" not in answer
    assert answer.count(f"Content-Length: {len(whole.body)}\r\n".encode()) == 2


def test_the_viewer_comes_in_one_step_and_is_kept(web):
    entry = get(web.address, "/player.js")
    name = version(web)
    assert entry.text == f'export * from "./player/{name}/player.js";\n' and entry.headers["cache-control"] == "no-cache"
    whole = get(web.address, f"/player/{name}/player.js")
    assert "class Element" in whole.text and "class Manifest" in whole.text and "import " not in whole.text
    for module in [f"./player/{name}/element/Element.js", f"./player/{name}/wire/Manifest.js"]:
        kept = get(web.address, module[1:])
        assert kept.status == 200 and kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert kept.headers["content-type"] == "text/javascript; charset=utf-8"
        assert kept.headers["cross-origin-resource-policy"] == "cross-origin"
        assert kept.headers["access-control-allow-origin"] == "*"
        plain = get(web.address, module[1:].replace(f"/{name}", ""))
        assert plain.body == kept.body and plain.headers["cache-control"] == "no-cache"


def test_text_is_compressed_for_who_takes_it(web):
    path = f"/player/{version(web)}/wire/Manifest.js"
    plain = get(web.address, path)
    small = get(web.address, path, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body and small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert small.headers["etag"] != plain.headers["etag"]
    refused = get(web.address, path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers and refused.body == plain.body


@pytest.mark.parametrize(
    "path",
    ["/player/../player.js", "/player/../../../etc/passwd", "/player/%2e%2e/%2e%2e/etc/passwd", "/player/..%2fplayer.js",
     "/player/wire/../wire/Manifest.js", "/player//etc/passwd", "/player/%2fetc%2fpasswd", "/player/wire/Manifest.js%00",
     "/player/%00", "/player/Tests/secret.test.js", "/player/package.json", "/player/pages/home.html", "/player/",
     "/player", "/player/wire", "/player/%ff.js", "/player/wire/Manifest.js/", "/../player.js", "/%2e%2e/etc/passwd",
     "/.", "/..", "/stream", "/streams/", "/watch/", "/watch/stream", "/a%20b", "/a%00", "/%3Cscript%3E", "//", "/x" * 40])
def test_nothing_else_is_given_out(web, path):
    answer = get(web.address, path)
    assert answer.status in (400, 404, 405) and answer.problem, (path, answer.status)
    assert "root:" not in answer.text and "not for browsers" not in answer.text


def test_a_picture_shows_what_the_stream_shows(web, folder):
    answer = until(lambda: (a := get(web.address, "/streams/live/thumbnail.jpg")).status == 200 and a, 10, "a picture")
    assert answer.headers["content-type"] == "image/jpeg" and answer.headers["cache-control"] == "max-age=5"
    file = folder / "thumbnail.jpg"
    file.write_bytes(answer.body)
    probe = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "json", file]
    (stream,) = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["streams"]
    assert stream == {"codec_name": "mjpeg", "width": 480, "height": 270}
    decode = ["ffmpeg", "-v", "error", "-i", file, "-vf", "scale=1:1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    red, green, blue = subprocess.run(decode, capture_output=True, check=True).stdout
    assert red > 240 and green < 15 and blue < 15
    tag = {"If-None-Match": answer.headers["etag"]}
    assert get(web.address, "/streams/live/thumbnail.jpg", headers=tag).status == 304
    assert get(web.address, "/streams/sound/thumbnail.jpg").problem == "no-picture"
    assert get(web.address, "/streams/nothing/thumbnail.jpg").problem == "unknown-stream"


def test_where_to_find_what_to_draw(web):
    viewer = Peer(web.tracker_service.address)
    try:
        look = lambda: (t := get(web.address, "/topology/live").json)["trackers"][0].get("swarm", {}).get("peers") and t  # noqa: E731
        told = until(look, 10, "the coordinate knows the swarm")
        (tracker,) = told["trackers"]
        assert tracker["url"] == web.tracker_service.url and tracker["swarm"]["roots"] == 1 and tracker["alive"] is True
        (forward,) = told["forwards"]
        assert forward["url"] == web.forward_service.url and forward["trackers"] == ["tracker"]
        assert told["stream"]["name"] == "live" and not told["truncated"]
        overlay = get(tracker["url"].removeprefix("http://"), "/debug/overlay?stream=live&limit=500").json
        assert [node["id"] for node in overlay["nodes"]] == [viewer.id] and overlay["swarm"]["joins"] == 1
    finally:
        viewer.leave()
    assert get(web.address, "/topology/nothing").problem == "unknown-stream"
    assert get(web.address, "/topology/streams").problem == "bad-name"


def services(web):
    return [web.address, web.tracker_service.address, web.forward_service.address]


def test_preflights_allow_what_pages_send(web):
    asked = {
        "Origin": "http://elsewhere", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }
    for address in services(web):
        for path in ("/peers", "/peers/0/report", "/stripe/live/0", "/streams", "/player.js", "/"):
            answer = request("OPTIONS", address, path, headers=asked)
            assert answer.status == 204 and answer.headers["access-control-allow-origin"] == "*"
            allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
            assert {"authorization", "content-type", "last-event-id"} <= set(allowed)
            assert {"GET", "POST", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))
            assert answer.headers["access-control-max-age"] == "7200"
            near = {**asked, "Access-Control-Request-Private-Network": "true"}
            near = request("OPTIONS", address, path, headers=near).headers
            assert near["access-control-allow-private-network"] == "true"
        exposed = get(address, "/version").headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "Retry-After"} <= set(exposed)


def test_long_heads_of_browsers_and_proxies_are_read(web):
    def lines(length):
        return {f"X-Line-{number}": "y" * length for number in range(25)}

    def size(lines):
        return sum(len(name) + len(value) + 4 for name, value in lines.items())

    assert 7_000 < size(lines(270)) < 7_168 and 2_000 < size(lines(68)) < 2_048
    for address in services(web):
        # A tracker keeps a connection for each viewer, and is asked by programs and pages only.
        is_tracker = address == web.tracker_service.address
        assert get(address, "/version", headers=lines(68 if is_tracker else 270)).status == 200
    # Only the coordinate's own pages are asked for with cookies.
    assert get(web.address, "/live", headers={"Cookie": "c=" + "y" * 7_000}).status == 200
    for address in services(web):
        assert get(address, "/version", headers={"X": "y" * 40_000}).status == 431


def test_a_page_leaves_with_a_beacon(web):
    viewer = Peer(web.tracker_service.address)
    beacon = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "http://elsewhere"}
    path = f"/peers/{viewer.id}/leave?token={viewer.token}"
    answer = request("POST", web.tracker_service.address, path, body=b"", headers=beacon)
    assert answer.status == 204 and answer.headers["access-control-allow-origin"] == "*"
    assert viewer.has_ended.wait(10)


def test_a_coordinate_without_the_viewer_says_so_and_serves_the_rest(cluster, tmp_path):
    service = cluster.coordinate("--web", tmp_path)
    service.logged("Files of the viewer for browsers are missing")
    for path in ("/", "/live", "/topology", "/player.js"):
        assert get(service.address, path).problem == "no-web-files"
    assert get(service.address, "/streams").status == 200


def test_a_folder_that_is_none_is_a_mistake(cluster, tmp_path):
    service = cluster.coordinate("--web", tmp_path / "none", wait=False)
    assert service.wait(10) == 2 and "--web: cannot read" in service.text()
