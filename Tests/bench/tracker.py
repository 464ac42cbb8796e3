#!/usr/bin/env python3
"""A tracker with viewers by the ten thousand, without media: memory, joins and events, beside what is aimed at."""

import argparse
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.cluster import SECRET, Service  # noqa: E402
from harness.program import TOP, Program  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.web import get, request  # noqa: E402

KIB = 1024


class Coordinate(http.server.BaseHTTPRequestHandler):
    """As much of a coordinate as a tracker asks for: one stream that is live."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        stream = {
            "name": "live", "state": "live", "codecs": "", "width": 0, "height": 0, "bitrate": 0, "startedAt": 0,
            "sequence": 1, "viewers": 0, "publicKey": "", "chunkMs": 200, "stripes": 2,
        }
        body = json.dumps(stream).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


def serve_coordinate():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Coordinate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def build():
    """Builds the tools beside the programs; returns where they are."""
    scratch = os.environ.get("BUILD", ".build")
    flags = ["--disable-build-manifest-caching", "-c", "release", "--static-swift-stdlib", "--scratch-path", scratch]
    for product in ("tracker-load", "tracker-crowd"):
        command = ["swift", "build", *flags, "--package-path", "Tracker", "--product", product]
        subprocess.run(command, cwd=TOP, check=True, stdout=sys.stderr)
    return TOP / scratch / "release"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid):
    """Time that a process was ready and had no core: what others on the machine cost it."""
    waited = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        waited += int((task / "schedstat").read_text().split()[1])
    return waited / 1e9


class Table:
    """Lines with a figure, its aim, and whether it is met."""

    def __init__(self):
        self.missed = 0

    def row(self, name, figure, most=None, unit=""):
        is_met = most is None or figure <= most
        self.missed += not is_met
        aim = "" if most is None else f"<= {most:g}"
        print(f"  {name:<44} {figure:>10.2f} {unit:<5} {aim:<10} {'' if is_met else 'MISSED'}", flush=True)


def viewers(table, tools, folder, options, keep):
    """Viewers that join, listen, report, leave."""
    flags = ["--listen", "127.0.0.1:0", "--stun", "127.0.0.1:0", "--coordinate", serve_coordinate(), "--name", "bench"]
    tracker = Service("tracker", "tracker", ["--secret", SECRET, *flags], folder)
    try:
        command = [tools / "tracker-load", "--tracker", tracker.address, "--viewers", options.viewers, "--rate", options.rate]
        command += ["--hold", f"{options.hold}s", "--report", f"{options.report}s"]
        command += ["--keep-connections"] if keep else []
        empty, cpu, waited = tracker.rss_bytes(), cpu_seconds(tracker.pid), waited_seconds(tracker.pid)
        tool = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        connections = "one more connection each for it" if keep else "over connections that they share"
        print(f"{options.viewers} viewers, {options.rate} joins/s, a report every {options.report} s {connections}")
        for line in tool.stdout:
            phase = json.loads(line)
            used, cpu = cpu_seconds(tracker.pid) - cpu, cpu_seconds(tracker.pid)
            lost, waited = waited_seconds(tracker.pid) - waited, waited_seconds(tracker.pid)
            name = phase["phase"]
            show(table, name, phase)
            table.row(f"{name}: longest stall of the tracker", stall(tracker), None, "ms")
            table.row(f"{name}: CPU of the tracker", 100 * used / phase["seconds"], None, "%")
            table.row(f"{name}: it waited for a core", 100 * lost / phase["seconds"], None, "%")
            if phase["viewers"]:
                each = (tracker.rss_bytes() - empty) / phase["viewers"] / KIB
                table.row(f"{name}: memory of a viewer", each, 8, "KiB")
    finally:
        tracker.kill()


def crowd(table, tools, folder, options):
    """A hundred thousand viewers without connections: what is told of them, and who waits for it."""
    print(f"{options.crowd} viewers without connections")
    flags = ["--listen", "127.0.0.1:0", "--coordinate", serve_coordinate(), "--viewers", options.crowd, "--drain", "1s"]
    command = [tools / "tracker-crowd", "--secret", SECRET, *flags]
    program = Program("crowd", command, folder)
    try:
        program.address = program.logged(r"Listening address=(\S+)", 120).group(1)
        table.row("memory of a viewer", program.rss_bytes() / options.crowd / KIB, None, "KiB")
        root = get(program.address, "/debug/overlay?limit=1").json["nodes"][0]["id"]
        paths = {"/debug": 50, "/debug/overlay?limit=500": 50, f"/debug/overlay?limit=500&root={root}": 50}
        for path, most in {**paths, "/debug/overlay": 3_000}.items():
            times = [timed(program.address, path) for _ in range(5)]
            table.row(path.replace(root, "ID"), max(times), most, "ms")
        alone = joins(tools, program, options.crowd)
        table.row("meanwhile: join, the longest, nobody asks", alone["max"], None, "ms")
        table.row("longest stall of the tracker", stall(program), None, "ms")
        # A program of its own: Python would want more of the machine than the tracker.
        loop = f"while :; do curl -s -o /dev/null http://{program.address}/debug/overlay; done"
        asker = subprocess.Popen(["sh", "-c", loop])
        asked = joins(tools, program, options.crowd)
        asker.kill()
        table.row("meanwhile: join, the longest, all is told", asked["max"], alone["max"] + 20, "ms")
        table.row("longest stall of the tracker", stall(program), 20, "ms")
    finally:
        program.kill()


def timed(address, path):
    """Milliseconds of one answer, which must say how old it is."""
    wall, started = 1_000 * time.time(), time.monotonic()
    answer = request("GET", address, path, seconds=60)
    taken = 1_000 * (time.monotonic() - started)
    assert answer.status == 200 and wall - 1_000 <= answer.json["asOf"] <= wall + taken + 1, answer.status
    return taken


def joins(tools, tracker, crowd):
    """How long viewers took to join who did so meanwhile."""
    # Those of the time before are gone: five hundred who leave at once are another thing to measure.
    until(lambda: get(tracker.address, "/debug").json["state"]["peers"] == crowd, 20, "they have left")
    time.sleep(1)
    stall(tracker)
    flags = ["--viewers", "500", "--rate", "100", "--hold", "0", "--churn", "0"]
    command = [tools / "tracker-load", "--tracker", tracker.address, *flags]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[0])["joinMs"]


def stall(tracker):
    """The longest that the loop was late since it was asked last, in ms."""
    text = get(tracker.address, "/metrics").text
    return float(re.search(r"(?m)^\S*loop_lateness_ms (\S+)$", text).group(1))


def show(table, name, phase):
    listening = phase["viewers"] - phase["listening"]
    table.row(f"{name}: viewers without events", listening, 0 if name == "held" else None)
    for what, p99 in (("join", 50), ("listen", None), ("event", 20), ("report", None)):
        figures = phase[f"{what}Ms"]
        if figures["count"]:
            table.row(f"{name}: {what} p50 of {figures['count']}", figures["p50"], None, "ms")
            table.row(f"{name}: {what} p99", figures["p99"], p99, "ms")
    table.row(f"{name}: events missing", phase["eventsMissing"], 0)
    table.row(f"{name}: errors", sum(phase["errors"].values()), 0)
    for error, count in phase["errors"].items():
        print(f"    {error}: {count}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=500, help="joins a second")
    parser.add_argument("--hold", type=int, default=10, help="seconds between joins and churn")
    parser.add_argument("--report", type=int, default=5, help="seconds between reports of a viewer; 0 for none")
    parser.add_argument("--crowd", type=int, default=100_000, help="viewers without connections")
    parser.add_argument("--tools", type=Path, help="where the tools are, when they are built already")
    options = parser.parse_args()
    table = Table()
    tools = options.tools or build()
    with tempfile.TemporaryDirectory(prefix="p2plive-bench-") as folder:
        viewers(table, tools, Path(folder), options, keep=False)
        # Two descriptors for each, of which a process has 20,000 in many places.
        options.viewers = min(options.viewers, 9_000)
        viewers(table, tools, Path(folder), options, keep=True)
        crowd(table, tools, Path(folder), options)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
