"""/healthz, /metrics, /debug and /version of each service, and the JSON of the coordinate's lists."""

import re

import pytest
from harness.cluster import SECRET
from harness.web import bearer, get, request

SERVICES = ["coordinate", "tracker", "forward"]
SAMPLE = re.compile(r'^(p2plive_[a-z0-9_]+)(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$')


def service(cluster, kind):
    return getattr(cluster, f"{kind}_service")


@pytest.mark.parametrize("kind", SERVICES)
def test_health_and_version(shared_cluster, kind):
    health = get(service(shared_cluster, kind).address, "/healthz")
    assert (health.status, health.json["status"]) == (200, "ok")
    version = get(service(shared_cluster, kind).address, "/version")
    assert version.json["service"] == kind and version.json["version"]
    assert health.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("kind", SERVICES)
def test_every_line_of_the_metrics_is_valid(shared_cluster, kind):
    answer = get(service(shared_cluster, kind).address, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    declared, helped, sampled = {}, set(), set()
    for line in answer.text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, text = line.split(" ", 3)
            assert text and name not in helped
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, sort = line.split(" ")
            assert sort in ("counter", "gauge", "histogram")
            declared[name] = sort
        else:
            match = SAMPLE.match(line)
            assert match, line
            assert match.group(1) in declared, line
            assert line not in sampled
            sampled.add(line)
    assert helped == set(declared)
    for name, sort in declared.items():
        assert name.startswith(f"p2plive_{kind}_")
        assert (sort == "counter") == name.endswith("_total"), name


def test_metrics_tell_what_happens(shared_cluster):
    def value(kind, name):
        text = get(service(shared_cluster, kind).address, "/metrics").text
        return float(re.search(rf"^p2plive_{kind}_{name} (.*)$", text, re.M).group(1))

    viewer = shared_cluster.viewer("live", "--duration", "4s")
    viewer.plays()
    assert value("coordinate", "streams") >= 1 and value("coordinate", "publishers") >= 1
    assert value("coordinate", "relays") >= 1 and value("coordinate", "trackers") == 1
    assert value("forward", "viewers") >= 1 and value("forward", "egress_bytes_total") > 0
    assert value("tracker", "forwards") == 1 and value("tracker", "registered") == 1
    viewer.final()


@pytest.mark.parametrize("kind", SERVICES)
def test_debug_hides_addresses_tokens_and_keys_without_the_secret(shared_cluster, kind):
    address = service(shared_cluster, kind).address
    public, trusted = get(address, "/debug"), get(address, "/debug", headers=bearer(SECRET))
    assert public.status == trusted.status == 200
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", public.text.replace(public.json["version"], "")), public.text
    assert "http://" not in public.text and "token" not in public.text.lower()
    assert "127.0.0.1" in trusted.text
    for text in (public.text, trusted.text):
        assert SECRET not in text
    wrong = get(address, "/debug", headers=bearer("wrong"))
    assert wrong.json["state"].keys() == public.json["state"].keys() and "127.0.0.1" not in wrong.text


@pytest.mark.parametrize("kind", SERVICES)
def test_debug_is_a_page_for_a_browser(shared_cluster, kind):
    page = get(service(shared_cluster, kind).address, "/debug", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html") and kind in page.text


def test_the_lists_of_the_coordinate(shared_cluster):
    address = shared_cluster.coordinate_service.address
    (live,) = [stream for stream in get(address, "/streams").json["streams"] if stream["name"] == "live"]
    assert live["state"] == "live" and live["bitrate"] > 50_000 and live["startedAt"] > 1_600_000_000_000
    one = get(address, "/streams/live").json
    assert len(one["publicKey"]) == 44 and one["stripes"] == 2 and one["chunkMs"] == 200
    assert abs(get(address, "/time").json["now"] - __import__("time").time() * 1000) < 2000
    assert get(address, "/streams/nothing").problem == "unknown-stream"


def test_paths_and_methods_that_are_not(shared_cluster):
    for kind in SERVICES:
        address = service(shared_cluster, kind).address
        assert get(address, "/no/such/path").problem == "not-found"
        wrong = request("DELETE", address, "/healthz")
        assert wrong.problem == "method-not-allowed" and wrong.headers["allow"]
        assert request("HEAD", address, "/healthz").status == 200
        assert request("OPTIONS", address, "/healthz").status == 204
    forward = shared_cluster.forward_service.address
    assert get(forward, "/live/nothing.mp4").problem == "unknown-stream"
    assert get(forward, "/live/live.avi").problem == "not-found"
    assert get(forward, "/live/..%2f..%2fetc%2fpasswd.mp4").status in (400, 404)
