"""Which tracker a viewer is sent to: by network, by place, by load; and whom X-Forwarded-For is believed from."""

import json

import pytest
from harness.cluster import SECRET
from harness.media import h264_push
from harness.waiting import until
from harness.web import bearer, get, request

PLACES = {
    "berlin": {"latitude": 52.5, "longitude": 13.4},
    "paris": {"latitude": 48.9, "longitude": 2.4},
    "tokyo": {"latitude": 35.7, "longitude": 139.7},
}


def assigned(cluster, source=None, headers=None, address=None):
    answer = get(address or cluster.coordinate_service.address, "/tracker", source=source, headers=headers)
    return answer.json["tracker"]["name"] if answer.status == 200 else answer.status


def heartbeat(cluster, name, region, url, peers=0, method="POST"):
    """A tracker that is only a heartbeat: what the coordinate hears is all it knows."""
    body = {"name": name, "region": region, "urls": [{"url": url}], "peers": peers, "peersMax": 100, "swarms": [],
            "forwards": []}
    return request(method, cluster.coordinate_service.address, "/tracker", body=body, headers=bearer(SECRET))


@pytest.fixture
def regions(cluster, folder):
    rules = {
        "127.0.0.0/24": "berlin", "127.0.0.128/25": "paris", "127.0.0.200/32": "tokyo", "::1/128": "tokyo",
        "regions": PLACES,
    }
    file = folder / "regions.json"
    file.write_text(json.dumps(rules))
    flags = ["--regions", file, "--listen", "[::1]:0", "--trusted-proxy", "127.0.0.77/32"]
    cluster.coordinate(*flags)
    cluster.ipv6 = cluster.coordinate_service.logged(r"Listening address=(\[::1\]\S+)").group(1)
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream"))
    cluster.live()
    cluster.regions_file = file
    return cluster


def register_all(cluster, names=("berlin", "paris", "tokyo")):
    for name in names:
        assert heartbeat(cluster, name, name, f"http://{name}.example:9090").status == 201


def test_the_longest_network_wins_in_both_families(regions):
    register_all(regions)
    assert assigned(regions, "127.0.0.5") == "berlin"
    assert assigned(regions, "127.0.0.129") == "paris"
    assert assigned(regions, "127.0.0.200") == "tokyo"
    assert assigned(regions, address=regions.ipv6) == "tokyo"


def test_only_a_trusted_proxy_says_where_a_viewer_is(regions):
    register_all(regions)
    claim = {"X-Forwarded-For": "127.0.0.200"}
    assert assigned(regions, "127.0.0.5", claim) == "berlin"
    assert assigned(regions, "127.0.0.77", claim) == "tokyo"
    # What stands before the proxy's own entry is the client's word.
    assert assigned(regions, "127.0.0.77", {"X-Forwarded-For": "127.0.0.200, 127.0.0.130"}) == "paris"
    assert assigned(regions, "127.0.0.77", {"X-Forwarded-For": "::1"}) == "tokyo"
    assert assigned(regions, "127.0.0.77", {"X-Forwarded-For": "junk"}) == "berlin"


def test_a_dead_region_falls_to_the_next_nearest(regions):
    register_all(regions, ["paris", "tokyo"])
    assert assigned(regions, "127.0.0.5") == "paris"
    leaving = heartbeat(regions, "paris", "paris", "http://paris.example:9090", method="DELETE")
    assert leaving.status == 204
    assert assigned(regions, "127.0.0.5") == "tokyo"
    until(lambda: assigned(regions, "127.0.0.5") == 503, 8, "nobody is left", every=0.2)
    answer = get(regions.coordinate_service.address, "/tracker")
    assert answer.json["forwards"] == [] and "tracker" not in answer.json and answer.headers["retry-after"]


def test_load_decides_within_a_region(regions):
    heartbeat(regions, "berlin-1", "berlin", "http://one.example:9090", peers=50)
    heartbeat(regions, "berlin-2", "berlin", "http://two.example:9090", peers=10)
    assert assigned(regions, "127.0.0.5") == "berlin-2"
    assert heartbeat(regions, "berlin-2", "berlin", "http://two.example:9090", peers=90, method="PUT").status == 200
    assert assigned(regions, "127.0.0.5") == "berlin-1"
    # Full ones are left out.
    heartbeat(regions, "berlin-1", "berlin", "http://one.example:9090", peers=100, method="PUT")
    heartbeat(regions, "berlin-2", "berlin", "http://two.example:9090", peers=100, method="PUT")
    assert assigned(regions, "127.0.0.5") == 503


def test_a_changed_file_is_read_on_hangup_and_a_broken_one_is_not(regions):
    import signal

    register_all(regions)
    regions.regions_file.write_text(json.dumps({"127.0.0.0/8": "tokyo", "regions": PLACES}))
    regions.coordinate_service.process.send_signal(signal.SIGHUP)
    until(lambda: assigned(regions, "127.0.0.5") == "tokyo", 5, "the new rules hold")
    regions.regions_file.write_text('{"no network": "berlin"}')
    regions.coordinate_service.process.send_signal(signal.SIGHUP)
    regions.coordinate_service.logged("What was in use stays in use.*no network")
    assert assigned(regions, "127.0.0.5") == "tokyo"


def test_plain_text_is_host_and_port(regions):
    register_all(regions)
    answer = get(regions.coordinate_service.address, "/tracker", source="127.0.0.5", headers={"Accept": "text/plain"})
    assert answer.text.strip() == "berlin.example:9090"


def test_places_come_from_a_maxmind_database(cluster, folder):
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City", float_type="f64")
    for network, place in {"127.0.1.0/24": "berlin", "127.0.2.0/24": "tokyo", "127.0.3.0/24": "paris"}.items():
        writer.insert_network(IPSet([network]), {"location": PLACES[place]})
    file = folder / "places.mmdb"
    writer.to_db_file(str(file))
    cluster.coordinate("--geo", file)
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream"))
    cluster.live()
    # Trackers are where their URLs are.
    for region, host in {"germany": "127.0.1.9", "japan": "127.0.2.9"}.items():
        assert heartbeat(cluster, region, region, f"http://{host}:9090").status == 201
    assert assigned(cluster, "127.0.1.5") == "germany"
    assert assigned(cluster, "127.0.2.5") == "japan"
    assert assigned(cluster, "127.0.3.5") == "germany"  # Paris is nearer to Berlin
    assert assigned(cluster, "127.0.9.9") in ("germany", "japan")  # in no database


def test_a_real_tracker_brings_its_forwards(shared_cluster):
    answer = until(
        lambda: (a := get(shared_cluster.coordinate_service.address, "/tracker?stream=live")).status == 200
        and a.json["forwards"] and a.json, 10, "an assignment with a forward",
    )
    assert answer["tracker"]["url"] == shared_cluster.tracker_service.url
    assert answer["forwards"] == [shared_cluster.forward_service.url]
    assert answer["token"] and answer["tokenExpiresAt"]
    assert get(shared_cluster.coordinate_service.address, "/tracker?stream=nothing").status == 404
    assert get(shared_cluster.coordinate_service.address, "/tracker?stream=..").status == 400
