"""What operators are given: lists in the documentation, alert rules, a dashboard, a proxy's configuration, `make cluster`."""

import json
import os
import re
import shutil
import signal
import socket
import sys
import urllib.parse

import pytest
from alert_cases import CASES, document
from harness.cluster import LONG, TOP, free_port
from harness.program import BIN, run
from harness.terminal import address
from harness.waiting import stays, until
from harness.web import get, request

OBSERVE = TOP / "Shared" / "Deploy" / "observe"
PANELS = json.loads((OBSERVE / "web" / "dashboard.json").read_text())["panels"]


def test_every_flag_and_every_metric_is_in_the_documentation():
    checked = run([sys.executable, TOP / "Tests" / "reference.py", "--check"], 60)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_is_in_the_documentation_and_has_a_case():
    named = re.findall(r"- alert: (\w+)", (OBSERVE / "alerts.yml").read_text())
    assert sorted(named) == sorted(CASES)
    text = (TOP / "docs" / "OPERATIONS.md").read_text()
    assert [name for name in named if f"`{name}`" not in text] == []


def test_alerts_fire_when_they_should_and_not_otherwise(folder):
    shutil.copy(OBSERVE / "alerts.yml", folder)
    (folder / "cases.yml").write_text(json.dumps(document("alerts.yml")))
    checked = run(["promtool", "test", "rules", folder / "cases.yml"], 60)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture(scope="module")
def observed(shared_cluster):
    """The shared cluster with a viewer and one refusal of each kind, and our Prometheus, which sees it as it would any."""
    folder = shared_cluster.folder / "observe"
    folder.mkdir()
    services = {kind: getattr(shared_cluster, f"{kind}_service") for kind in ("coordinate", "tracker", "forward")}
    request("POST", services["coordinate"].address, "/stream/..", body=b"x")
    request("POST", services["tracker"].address, "/peers", body=b"no JSON")
    get(services["forward"].address, "/chunk/live/1")
    shared_cluster.viewer("live").plays()
    text = (OBSERVE / "prometheus.yml").read_text().replace("_interval: 5s", "_interval: 500ms")
    for name, kind in (("coordinate", "coordinate"), ("tracker-a", "tracker"), ("forward-a", "forward")):
        text = re.sub(rf'"{name}:\d+"', f'"{services[kind].address}"', text)
    (folder / "prometheus.yml").write_text(text)
    shutil.copy(OBSERVE / "alerts.yml", folder)
    address = f"127.0.0.1:{free_port()}"
    shared_cluster.run(
        "prometheus", "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={address}", f"--web.user-assets={OBSERVE}/web")

    def ask(path, **query):
        answer = get(address, f"/api/v1/{path}?{urllib.parse.urlencode(query)}")
        assert answer.status == 200, (query, answer.text)
        return answer.json["data"]

    def is_up():
        try:
            up = ask("query", query="count(up == 1)")["result"]
        except (OSError, AssertionError):
            return False  # not listening, or not ready
        return up and up[0]["value"][1] == "3"

    until(is_up, 20, "Prometheus sees the three services")
    ask.address = address
    return ask


def names(expression):
    """Metrics of an expression, each with its matchers; those chosen by a pattern once for each kind of service."""
    written = re.findall(r"(\w*p2plive_\w+)(\{[^}]*\})?", re.sub(r'"[^"]*"', lambda text: text[0].replace("p2plive", ""), expression))
    found = set(written)
    for pattern, matchers in re.findall(r'\{__name__=~"(p2plive_[^"]+)",?\s*([^}]*)\}', expression):
        words = re.search(r"\((.*)\)", pattern)[1].split("|")
        found |= {(re.sub(r"\(.*\)", word, pattern), "{%s}" % matchers if matchers else "") for word in words}
    return found


def test_what_rules_and_panels_ask_for_is_there(observed):
    rules = [rule for group in until(lambda: observed("rules")["groups"], 5, "rules") for rule in group["rules"]]
    assert len(rules) == len(CASES)
    expressions = {rule["name"]: rule["query"] for rule in rules}
    expressions |= {f"{panel['title']} {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]}
    missing = []
    for title, expression in expressions.items():
        found = names(expression)
        assert found or "up{" in expression, (title, expression)
        for name, matchers in sorted(found):
            # Reasons and classes that nobody gave a reason for yet are there by their label.
            labels = re.findall(r"(\w+)(?:=~?)", matchers) + [
                label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")]
            series = observed("series", **{"match[]": name})
            if not series:
                missing.append((title, name))
            for label in labels:
                if not any(label in one for one in series):
                    missing.append((title, name, label))
        observed("query", query=expression)
    assert missing == []
    until(lambda: all(rule["health"] == "ok" for group in observed("rules")["groups"] for rule in group["rules"]), 10,
          "every rule was evaluated")
    firing = {alert["labels"]["alertname"] for alert in observed("alerts")["alerts"] if alert["state"] == "firing"}
    assert firing <= {"ServiceDown"}, firing  # the places of region b are empty here


def test_the_dashboard_is_served_beside_its_data(observed):
    page = get(observed.address, "/user/dashboard.html")
    assert page.status == 200 and 'src="dashboard.js"' in page.text
    assert get(observed.address, "/user/dashboard.js").status == 200
    assert get(observed.address, "/user/dashboard.json").json["panels"] == PANELS


def make_certificate(folder, *names):
    certificate, key = folder / "proxy.pem", folder / "proxy.key"
    made = run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=proxy", "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
                "-keyout", key, "-out", certificate])
    assert made.returncode == 0, made.stderr
    return certificate, key


def test_a_cluster_behind_the_proxy_of_the_example(cluster, folder):
    """TLS ends at nginx. Names below localhost mean loopback to whoever follows RFC 6761, as libcurl does."""
    port = free_port()
    hosts = {name: f"{name}.localhost" for name in ("live", "tracker", "forward")}
    url = {name: f"https://{host}:{port}" for name, host in hosts.items()}
    certificate, key = make_certificate(folder, *hosts.values())
    (folder / "regions.json").write_text(json.dumps({"127.3.0.0/16": "b", "127.0.0.0/16": "a"}))
    behind = ["--trusted-proxy", "127.0.0.1/32"]
    coordinate = cluster.coordinate(*behind, "--regions", folder / "regions.json")
    tracker = cluster.tracker(*behind, "--public-url", url["tracker"], "--region", "a")
    forward = cluster.forward(*behind, "--public-url", url["forward"], "--tracker", tracker.url)
    text = (TOP / "Shared" / "Deploy" / "nginx.conf").read_text()
    for old, new in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl", ".example.org;": ".localhost;",
        "/etc/ssl/example.org.pem": certificate, "/etc/ssl/private/example.org.key": key,
        "127.0.0.1:8080": coordinate.address, "127.0.0.1:9090": tracker.address, "127.0.0.1:9998": forward.address,
    }.items():
        assert old in text
        text = text.replace(old, str(new))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
        f" fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{text}\n}}\n")
    os.chmod(folder, 0o755)
    cluster.run("nginx", "/usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf")
    curl = ["curl", "-sS", "--cacert", certificate]
    until(lambda: run([*curl, f"{url['live']}/healthz"]).returncode == 0, 10, "nginx answers")
    # ffmpeg knows no names below localhost; who gives an address gets the first server of the file.
    cluster.run(
        "publisher", "ffmpeg", "-nostdin", "-loglevel", "warning", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30", "-f", "mpegts", "-tls_verify", "0",
        f"https://127.0.0.1:{port}/stream/live")
    cluster.live(seconds=30)
    assigned = json.loads(run([*curl, "--interface", "127.3.0.1", f"{url['live']}/tracker?stream=live"]).stdout)
    assert assigned["region"] == "b" and assigned["tracker"]["url"] == url["tracker"]
    assert assigned["forwards"] == [url["forward"]]
    swarm = cluster.swarm(
        "live", "--peers", "4", "--tls-ca", certificate, *LONG, name="swarm", coordinate=url["live"])
    peers = until(lambda: (now := tracker.debug()["peers"]) == 4 and now, 10, "four viewers have joined")
    # Events come one by one: none of the four is without, and nobody is lost for want of pings.
    until(lambda: re.search(r"^p2plive_tracker_peers_without_events 0$", get(tracker.address, "/metrics").text, re.M), 5,
          "all hear their events")
    stays(lambda: tracker.debug()["peers"] == peers, 4, "they stay")
    final = swarm.ended(after=3)
    assert final["continuity"] >= 0.999 and final["bytesFromPeers"] > 0, final
    media = run([*curl, "--max-time", "3", "-o", folder / "through.mp4", f"{url['forward']}/live/live.mp4"], 10)
    assert media.returncode == 28 and (folder / "through.mp4").stat().st_size > 50_000


class TwoRegions:
    """`make cluster`, read as a person would."""

    def __init__(self, cluster, *flags):
        self.program = cluster.run("cluster", sys.executable, "-u", TOP / "Tests" / "local_cluster.py", "--free-ports", *flags)
        until(lambda: "Ctrl-C ends it" in self.text or not self.program.is_running, 60, "the cluster runs")
        told = re.findall(r"^cluster +\| (\S+) is process (\d+)(?: at http://(\S+))?", self.text, re.M)
        self.pids = {name: int(pid) for name, pid, _ in told}
        self.addresses = {name: address for name, _, address in told if address}

    @property
    def text(self):
        return self.program.output()

    def value(self, service, metric):
        """What the only line of a metric says."""
        found = re.search(rf"^{metric} (\S+)$", get(self.addresses[service], "/metrics").text, re.M)
        return float(found[1])

    def peers(self, tracker):
        return self.value(tracker, "p2plive_tracker_peers")

    def ends_well(self):
        """Ends it as Ctrl-C does; everything must end well."""
        status = self.program.stop(signal.SIGTERM, 40)
        assert status == 0, f"ended with {status}:\n{self.text[-4000:]}"


def test_two_regions_as_processes_and_the_death_of_a_tracker_and_of_a_forward(cluster):
    two = TwoRegions(cluster, "--peers", "5")
    assert list(two.pids) == [
        "coordinate", "tracker-a", "tracker-b", "forward-a", "forward-b", "publisher", "viewers", "viewers-b"]
    until(lambda: two.peers("tracker-a") == 5 and two.peers("tracker-b") == 5, 20, "five viewers in each region")
    stays(lambda: two.peers("tracker-a") == 5, 2, "nobody of region b is at tracker-a while tracker-b lives")
    # One forward pulls from the other, which makes it no viewer.
    until(lambda: get(two.addresses["coordinate"], "/streams/live").json["viewers"] == 10, 10, "ten viewers are counted")
    stays(lambda: get(two.addresses["coordinate"], "/streams/live").json["viewers"] == 10, 3, "and not eleven")
    os.kill(two.pids["forward-a"], signal.SIGKILL)
    os.kill(two.pids["tracker-b"], signal.SIGKILL)
    until(lambda: two.peers("tracker-a") == 10, 30, "the viewers of tracker-b are at tracker-a")
    stays(lambda: two.peers("tracker-a") == 10, 3, "they stay")
    two.ends_well()
    # It says that somebody was killed.
    text = two.text
    for name in ("forward-a", "tracker-b"):
        assert f"{name} ended with -9" in text
    stopped = re.findall(r"^cluster +\| (\S+) stopped$", text, re.M)
    assert stopped == ["viewers-b", "viewers", "publisher", "forward-b", "tracker-a", "coordinate"], text[-4000:]
    told = dict(re.findall(r"^(viewers\S*) +\| joined=\d+ continuity=([\d.e-]+)", text, re.M))
    assert len(told) == 2 and all(float(share) >= 0.999 for share in told.values()), told
    assert not any(os.path.exists(f"/proc/{pid}") for pid in two.pids.values())


def test_three_times_the_viewers_hang_on_as_many_roots(cluster):
    two = TwoRegions(cluster)
    roots = lambda: two.value("tracker-a", "p2plive_tracker_roots")  # noqa: E731
    until(lambda: two.peers("tracker-a") == 10 and roots() == 4, 30, "two of ten viewers are roots of each stripe")
    more = [
        cluster.run(
            f"more-{number}", BIN / "client", "swarm", f"http://{two.addresses['coordinate']}/live", "--peers", "10",
            "--bind", "127.1.0.1")
        for number in range(2)
    ]
    until(lambda: two.peers("tracker-a") == 30 and roots() == 4, 40, "as many of thirty")
    stays(lambda: roots() == 4, 5, "it stays so")
    assert two.peers("tracker-b") == 10
    for swarm in more:
        assert swarm.stop(seconds=20) == 0
    two.ends_well()


def test_a_port_that_is_taken_is_moved_and_said(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        moved = address(port, owner="cluster")
    assert moved != f"127.0.0.1:{port}"
    assert f"port {port} is taken, using {moved.rsplit(':', 1)[1]}" in capsys.readouterr().out
