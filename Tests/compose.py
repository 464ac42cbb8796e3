#!/usr/bin/env python3
"""Starts docker-compose.yml with whatever engine there is and checks what it promises; skips where there is none.

Two regions of ten viewers; a viewer and a page on the host; three times the viewers in region a; kill of a forward, then of a tracker."""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.browser import PROGRAM, Browser  # noqa: E402
from harness.program import BIN, TOP  # noqa: E402
from harness.viewing import MEDIA, Watching  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.web import get  # noqa: E402

WATCHING = re.compile(r"Watching chunksDue=(\d+) continuity=([\d.e-]+) offload=([\d.e-]+)")
TRACKERS = {"a": "127.0.0.1:9090", "b": "127.0.0.1:9091"}
FORWARDS = {"a": "127.0.0.1:9998", "b": "127.0.0.1:9997"}
results = []


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long ten viewers each are watched (default: 60)")
    parser.add_argument("--file", action="append", default=[], help="another compose file on top")
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    parser.add_argument("--sizes", action="store_true", help="also say what the image weighs, and its largest parts")
    return parser.parse_args()


def say(text):
    print(text, flush=True)


class Compose:
    def __init__(self, files):
        self.flags = [word for file in ["docker-compose.yml", *files] for word in ("-f", str(file))]

    def __call__(self, *arguments, check=True):
        done = subprocess.run(
            ["docker", "compose", *self.flags, *arguments], cwd=TOP, capture_output=True, text=True, errors="replace")
        if check and done.returncode:
            raise RuntimeError(f"docker compose {' '.join(arguments)}: {(done.stdout + done.stderr)[-3000:]}")
        return done.stdout

    def watching(self, service):
        """Of each container of a service the chunks that were due, and those that came in time, so far."""
        told = {}
        for line in self("logs", "--no-color", service).splitlines():
            if found := WATCHING.search(line):
                due, continuity = int(found[1]), float(found[2])
                told[line.split("|")[0].strip()] = (due, due * continuity)
        return told


def metric(address, name):
    found = re.search(rf"^p2plive_{name} (\S+)$", get(address, "/metrics").text, re.M)
    return float(found[1]) if found else 0.0


def peers(region):
    return metric(TRACKERS[region], "tracker_peers")


def egress(seconds=10):
    """Bits a second of all forwards, the mean of some seconds."""
    def sent():
        return sum(metric(address, "forward_egress_bytes_total") for address in FORWARDS.values())

    before, began = sent(), time.monotonic()
    time.sleep(seconds)
    return (sent() - before) * 8 / (time.monotonic() - began)


def result(what, figure, is_good):
    results.append(is_good)
    say(f"{'ok  ' if is_good else 'FAIL'}  {what}: {figure}")


class Continuity:
    """The share of chunks that came in time since it was made, over all viewers of the services."""

    def __init__(self, compose, *services):
        self.compose, self.services = compose, services
        self.before = self.totals()

    def totals(self):
        return {name: told for service in self.services for name, told in self.compose.watching(service).items()}

    def since(self):
        """Waits for a line of every container that is newer than the condition it should tell of."""
        started = self.totals()
        until(lambda: all(told[0] > started[name][0] for name, told in self.totals().items() if name in started),
              30, "viewers tell how they fare", every=1)
        now = self.totals()
        due = sum(told[0] - self.before.get(name, (0, 0))[0] for name, told in now.items())
        played = sum(told[1] - self.before.get(name, (0, 0))[1] for name, told in now.items())
        return played / max(due, 1)


def ten_each(compose, seconds):
    until(lambda: peers("a") == 10 and peers("b") == 10, 60, "ten viewers in each region", every=0.5)
    continuity = Continuity(compose, "viewers", "viewers-b")
    wrong = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        wrong += peers("a") != 10 or peers("b") != 10
        time.sleep(1)
    share = continuity.since()
    result(f"continuity of 20 viewers over {seconds:.0f} s", f"{share:.5f}", share >= 0.999)
    joins = [int(metric(TRACKERS[region], "tracker_joins_total")) for region in "ab"]
    result("viewers at the tracker of their region", f"{joins} joins", wrong == 0 and joins == [10, 10])


def host_viewer():
    """A program on the host, as a browser there would: published ports, and links into the containers' network."""
    if not (BIN / "client").exists():
        say("skip  a viewer on the host: bin/client is not built")
        return
    watch = [BIN / "client", "watch", "http://localhost:8080/live", "--duration", "20s", "--stats", "-"]
    done = subprocess.run([str(word) for word in watch], capture_output=True, text=True, timeout=60)
    last = json.loads(done.stdout.splitlines()[-1])
    result("a viewer on the host takes from viewers in containers", f"offload {last['offload']:.2f}", last["offload"] > 0.3)
    result("its continuity", f"{last['continuity']:.5f}", last["continuity"] >= 0.999)


def host_page(compose):
    """A browser on the host: which links its page has to viewers in containers, and what they carried both ways."""
    if not shutil.which(PROGRAM):
        say(f"skip  a page on the host: there is no {PROGRAM}")
        return
    with tempfile.TemporaryDirectory(prefix="p2plive-compose-") as folder:
        browser = Browser(Path(folder))
        try:
            # The first viewer of all is a root, and feeds those who come after it.
            compose("stop", "viewers")
            until(lambda: peers("a") == 0, 30, "nobody watches in region a", every=0.2)
            page = Watching(browser, "http://localhost:8080/live")
            page.plays(30)
            compose("start", "viewers")

            def links(role, sent):
                return [link for link in page.stats.get("neighbours", []) if link[role] and link[sent] > MEDIA]

            def ways(found):
                kinds = ", ".join(sorted({link["kind"] or "not measured yet" for link in found}))
                return f"{len(found)} over data channels ({kinds})"

            until(lambda: links("feeds", "bytesOut"), 30, "the page feeds a viewer in a container")
            until(lambda: links("stripes", "bytesIn"), 30, "a viewer in a container feeds the page")
            page.advances(10)
            for what, found in (("that a page on the host feeds", links("feeds", "bytesOut")),
                                ("that feed it", links("stripes", "bytesIn"))):
                result(f"viewers in containers {what}", ways(found), len(found) > 0)
            stats = page.stats
            result("its picture", f"{stats['stalls']} stalls, {stats['chunksMissing']} chunks missing",
                   stats["stalls"] == 0 and stats["chunksMissing"] == 0)
            for fault in browser.faults():
                result("its console", fault, False)
        finally:
            browser.stop()


def streams_by_design():
    """What forwards should send, in streams: half a one for each stripe of a root, and one to the forward below."""
    return sum(metric(address, "tracker_roots") for address in TRACKERS.values()) / 2 + 1


def triple(compose):
    until(lambda: peers("a") == 10, 30, "ten viewers in region a", every=0.5)
    before, streams = egress(), streams_by_design()
    compose("up", "-d", "--no-recreate", "--scale", "viewers=3")
    until(lambda: peers("a") == 30, 60, "thirty viewers in region a", every=0.2)
    time.sleep(30)
    after, more = egress(), streams_by_design()
    # Thirty viewers hang on as many roots as ten. The second figure tells how much of a difference the roots make.
    result("egress of forwards with 30 + 10 viewers beside 10 + 10",
           f"{after / before:.2f} times ({before / 1e6:.2f} and {after / 1e6:.2f} Mbit/s); roots make {more / streams:.2f} of it",
           after / before <= 1.2)


def kill_forward(compose):
    continuity = Continuity(compose, "viewers", "viewers-b")
    # It stays dead: what comes after must do without it.
    compose("kill", "forward-a")
    time.sleep(15)
    share = continuity.since()
    result("continuity across kill of forward-a", f"{share:.5f}", share >= 0.999)


def kill_tracker(compose):
    continuity = Continuity(compose, "viewers", "viewers-b")
    compose("kill", "tracker-b")
    began = time.monotonic()
    until(lambda: peers("a") == 40, 90, "the viewers of tracker-b are at tracker-a", every=0.5)
    result("viewers of tracker-b are at tracker-a", f"after {time.monotonic() - began:.0f} s", True)
    time.sleep(10)
    share = continuity.since()
    result("continuity across kill of tracker-b", f"{share:.5f}", share >= 0.999)


def sizes():
    size = int(subprocess.check_output(["docker", "image", "inspect", "-f", "{{.Size}}", "p2plive"]))
    packed = subprocess.run("docker save p2plive | gzip -6 | wc -c", shell=True, capture_output=True, text=True, check=True)
    result("the image unpacked", f"{size / 1e6:.0f} MB", size <= 480e6)
    result("the image compressed", f"{int(packed.stdout) / 1e6:.0f} MB", int(packed.stdout) <= 180e6)
    listed = subprocess.check_output(
        ["docker", "run", "--rm", "p2plive", "sh", "-c",
         "dpkg-query -Wf '${Installed-Size} ${Package}\\n'; du -k /usr/local/bin/* /usr/local/share/p2plive | grep -v /web/"],
        text=True)
    parts = sorted(((int(line.split()[0]), line.split()[1]) for line in listed.splitlines()), reverse=True)
    say("      largest parts: " + ", ".join(f"{name} {kib * 1024 / 1e6:.0f} MB" for kib, name in parts[:5]))


def main():
    options = parse()
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode:
        say("make test-compose: skipped, for there is no Docker engine that answers (docker info)")
        return 0
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        say("make test-compose: skipped, for docker has no compose plugin (docker compose version)")
        return 0
    compose = Compose(options.file)
    try:
        say("docker compose up --build: the first time this takes some minutes")
        compose("up", "-d", "--build", "--wait", "--scale", "viewers=1")
        ten_each(compose, options.seconds)
        host_viewer()
        host_page(compose)
        triple(compose)
        kill_forward(compose)
        kill_tracker(compose)
        if options.sizes:
            sizes()
    except Exception as error:  # a page that crashes must not hide what the containers say
        result("what went wrong", error, False)
        say(compose("logs", "--no-color", "--tail", "20", check=False))
    finally:
        if not options.keep:
            compose("--profile", "*", "down", "-v", "--remove-orphans", check=False)
    say(f"{sum(results)} of {len(results)} as promised")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
