#!/usr/bin/env python3
"""The cluster of docker-compose.yml without containers: two regions on this machine, as processes, until Ctrl-C.

Viewers of region b call the cluster from 127.2.0.1, those of region a from 127.1.0.1; the regions file tells them apart.
Whatever is killed stays dead, so that one can see what the others make of it."""

import argparse
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.cluster import Cluster  # noqa: E402
from harness.program import BIN  # noqa: E402
from harness.terminal import Stopped, address, follow, prepare, say  # noqa: E402

REGIONS = {
    "127.0.0.0/16": "a", "127.1.0.0/16": "a", "127.2.0.0/16": "b",
    "regions": {"a": {"latitude": 52.5, "longitude": 13.4}, "b": {"latitude": 48.9, "longitude": 2.4}},
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--duration", type=float, help="seconds to run (default: until Ctrl-C)")
    parser.add_argument("--peers", type=int, default=10, help="viewers of each `client swarm` (default: 10)")
    parser.add_argument("--viewers", type=int, default=1, help="swarms in region a (default: 1)")
    parser.add_argument("--free-ports", action="store_true", help="ports that the kernel chooses, not the usual ones")
    return parser.parse_args()


class Local:
    """The programs, in the order in which they were started."""

    def __init__(self, folder, options):
        self.cluster = Cluster(folder)
        self.options = options
        self.started = []

    def at(self, port, kind=socket.SOCK_STREAM):
        return "127.0.0.1:0" if self.options.free_ports else address(port, owner="cluster", kind=kind)

    def add(self, program, where=""):
        say(f"cluster     | {program.name} is process {program.pid}{f' at {where}' if where else ''}")
        follow(program, len(self.started))
        self.started.append(program)
        return program

    def services(self):
        regions = self.cluster.folder / "regions.json"
        regions.write_text(json.dumps(REGIONS))
        coordinate = self.cluster.coordinate(
            "--regions", regions, listen=self.at(8080), name="coordinate")
        self.add(coordinate, coordinate.url)
        trackers = []
        for region, port, stun in (("a", 9090, 3478), ("b", 9091, 3479)):
            tracker = self.cluster.tracker(
                "--region", region, "--stun", self.at(stun, socket.SOCK_DGRAM), listen=self.at(port),
                name=f"tracker-{region}")
            trackers += ["--tracker", self.add(tracker, tracker.url).url]
        first = self.cluster.forward(
            "--region", "a", *trackers, listen=self.at(9998), ingest=self.at(9999), name="forward-a")
        self.add(first, first.url)
        second = self.cluster.forward(
            "--region", "b", *trackers, upstream=[first.url, coordinate.url], listen=self.at(9997), ingest=self.at(9996),
            name="forward-b")
        self.add(second, second.url)
        self.cluster.forwards_known("forward-a", "forward-b")
        return coordinate

    def start(self):
        coordinate = self.services()
        self.add(self.cluster.run(
            "publisher", BIN / "client", "publish", f"{coordinate.url}/stream/live", "testsrc"))
        self.cluster.live(seconds=30)
        names = ["viewers" if number == 0 else f"viewers-{number + 1}" for number in range(self.options.viewers)]
        for name, source in [*((name, "127.1.0.1") for name in names), ("viewers-b", "127.2.0.1")]:
            self.add(self.cluster.run(
                name, BIN / "client", "swarm", f"{coordinate.url}/live", "--peers", self.options.peers,
                "--bind", source))
        say(f"\n  page {coordinate.url}/live    state {coordinate.url}/debug    Ctrl-C ends it\n")

    def watch(self):
        """Tells who ends, until the time is over or Ctrl-C."""
        began = time.monotonic()
        gone = set()
        while self.options.duration is None or time.monotonic() - began < self.options.duration:
            time.sleep(0.2)
            for program in self.started:
                if not program.is_running and program.name not in gone:
                    gone.add(program.name)
                    say(f"cluster     | {program.name} ended with {program.process.returncode}")

    def stop(self):
        """Ends all that still run, last started first, and returns whether all ended well."""
        is_well = True
        for program in reversed(self.started):
            if not program.is_running:
                continue
            try:
                status = program.stop(seconds=15)
            except AssertionError as error:
                say(f"cluster     | {error}")
                status = None
            is_well &= status == 0
            say(f"cluster     | {program.name} stopped" + ("" if status == 0 else f" with {status}"))
            if program.name.startswith("viewers"):
                self.tell(program)
        return is_well

    def tell(self, program):
        """The summary that `client swarm` prints at its end."""
        lines = [line for line in program.output().splitlines() if line.startswith("{")]
        if lines:
            told = json.loads(lines[-1])
            say(f"{program.name:<11} | " + " ".join(
                f"{name}={told.get(name)}" for name in ("joined", "continuity", "offload", "stalls", "chunksDue")))


def main():
    options = parse()
    prepare()
    folder = Path(tempfile.mkdtemp(prefix="p2plive-cluster-"))
    local = Local(folder, options)
    is_well = False
    try:
        try:
            local.start()
            local.watch()
        except Stopped:
            say("")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        is_well = local.stop()
    except (AssertionError, OSError, TimeoutError) as error:
        say(f"cluster     | {error}")
    finally:
        local.cluster.stop()
        if is_well:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"Logs are in {folder}")
    return 0 if is_well else 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Threads that follow logs need not be waited for.
    os._exit(status)
