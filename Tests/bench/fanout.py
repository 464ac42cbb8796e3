#!/usr/bin/env python3
"""Fan-out of one forward on one core: its cost beside a bare epoll loop, many viewers, slow viewers, memory.

The server under test has core 0; the coordinate, the source and the load generator share core 1. The source is a forward
of its own: the forward under test hangs below it, and the yardstick takes the same fragments from it and passes over its
viewers as often as the forward does. Absolute figures move with the machine and its other work, so forward and yardstick
take turns and the ratio of each pair counts.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.cluster import Cluster, free_port  # noqa: E402
from harness.program import TOP, Program  # noqa: E402

HERE = Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE = 0, 1
PATH = "/live/{}.mp4"


def on_core(core, *words):
    return ["taskset", "-c", str(core), *words]


def pin(program, core):
    """Moves a running program with all its threads."""
    subprocess.run(["taskset", "-a", "-c", "-p", str(core), str(program.pid)], check=True, capture_output=True)


def compile_tools(folder):
    for name in ("viewers", "yardstick"):
        subprocess.run(["clang", "-O2", "-Wall", "-o", folder / name, HERE / f"{name}.c"], check=True)


def film(folder, megabits):
    """Ten seconds at a constant rate, groups of 1 s; played in a loop."""
    path = folder / f"{megabits}.mp4"
    rate = f"{megabits}M"
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", "10"]
        + ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "25"]
        + ["-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", f"{megabits * 200}k"]
        + ["-x264-params", "nal-hrd=cbr:force-cfr=1", path],
        check=True,
    )
    return path


class Bench:
    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.cluster = Cluster(folder)
        self.count = 0

    def start_sources(self):
        """Streams of 2 and 4 Mbit/s, and the forward that the yardstick takes them from."""
        cluster = self.cluster
        pin(cluster.coordinate(), LOAD_CORE)
        for megabits in (2, 4):
            name = f"rate{megabits}"
            publisher = cluster.ffmpeg(
                *["-re", "-stream_loop", "-1", "-i", film(self.folder, megabits), "-c", "copy", "-f", "flv"],
                *["-send_expect_100", "1", f"{cluster.coordinate_service.url}/stream/{name}"],
            )
            pin(publisher, LOAD_CORE)
            cluster.live(name)
        self.source = cluster.forward(name="source")
        pin(self.source, LOAD_CORE)

    def forward(self, *more):
        flags = ["--fan-out-threads", "1", "--pass-interval", f"{self.options.interval}ms", "--max-viewers", "20000"]
        forward = self.cluster.forward(*flags, *more, upstream=self.source.url)
        pin(forward, SERVER_CORE)
        return forward, int(forward.address.rsplit(":", 1)[1])

    def yardstick(self, stream):
        port = free_port()
        source_port = self.source.address.rsplit(":", 1)[1]
        words = [self.folder / "yardstick", port, source_port, PATH.format(stream), self.options.interval]
        program = self.cluster.run(f"yardstick-{self.count}", *on_core(SERVER_CORE, *words))
        program.logged("Listening")
        return program, port

    def viewers(self, server, port, stream, viewers, seconds, never_reading=0, warm_up=2.0):
        """One run of the load generator; its figures."""
        self.count += 1
        generator = Program(
            f"viewers-{self.count}",
            on_core(LOAD_CORE, self.folder / "viewers", "-p", port, "-u", PATH.format(stream), "-n", viewers)
            + ["-s", never_reading, "-w", warm_up, "-d", seconds, "-P", server.pid],
            self.folder,
        )
        try:
            status = generator.wait(120)
        finally:
            generator.kill()
        assert status == 0, generator.text()
        return json.loads(generator.output())


def cpu_per_gigabyte(run):
    return run["serverCpuSeconds"] / (run["bytes"] / 1e9)


def is_complete(run):
    return run["connected"] == run["viewers"] and not run["ended"] and not run["incomplete"] and not run["probeGaps"]


def told(run):
    """What the generator saw, in a few words."""
    words = f"{run['bytes'] * 8 / run['seconds'] / 1e9:.2f} Gbit/s, incomplete {run['incomplete']} of {run['reading']}"
    if run["ended"]:
        words += f", ended {run['ended']}"
    if run["probeGaps"]:
        words += f", gaps {run['probeGaps']}"
    return words if run["isQuiet"] else words + " (no moment of silence to count at)"


def pairs(bench):
    """Forward and yardstick in turn; the ratios."""
    options = bench.options
    print(f"\nCPU per GB: {options.pairs} pairs, {options.viewers} viewers × 2 Mbit/s, a pass every "
          f"{options.interval} ms, {options.seconds:.0f} s each")
    print(f"{'pair':>6}{'forward s/GB':>14}{'yardstick s/GB':>16}{'ratio':>8}")
    ratios = []
    complete = True
    for number in range(1, options.pairs + 1):
        cost = {}
        # Whoever goes first may find the machine quieter: they take turns in that too.
        for kind in ("forward", "yardstick") if number % 2 else ("yardstick", "forward"):
            server, port = bench.forward() if kind == "forward" else bench.yardstick("rate2")
            run = bench.viewers(server, port, "rate2", options.viewers, options.seconds)
            server.kill()
            cost[kind] = cpu_per_gigabyte(run)
            if not is_complete(run):
                complete = False
                print(f"       {kind}: {told(run)}")
        ratios.append(cost["forward"] / cost["yardstick"])
        print(f"{number:6}{cost['forward']:14.3f}{cost['yardstick']:16.3f}{ratios[-1]:8.2f}", flush=True)
    median = statistics.median(ratios)
    print(f"median ratio {median:.2f} ({min(ratios):.2f} to {max(ratios):.2f}); aim: at most 1.15, all viewers complete: "
          f"{'yes' if complete else 'NO'}")
    return {"ratios": ratios, "median": median, "complete": complete}


def many(bench):
    """2,000 viewers at once, and what each costs in memory."""
    print("\n2,000 viewers × 2 Mbit/s, 20 s")
    forward, port = bench.forward("--window", "10s")
    # Rings and stored chunks belong to the stream: one viewer lets them grow to their window and the ring's pages be
    # touched once around before memory is counted.
    first = bench.viewers(forward, port, "rate2", 1, 40, warm_up=0)
    run = bench.viewers(forward, port, "rate2", 2000, 20)
    grown = run["rssAfter"] - run["rssBefore"]
    sockets = run["socketMemoryMost"] - run["socketMemoryBefore"]
    print(f"{told(run)}; {run['serverCpuSeconds'] / run['seconds']:.0%} of a core, {cpu_per_gigabyte(run):.3f} s/GB; "
          f"all connected in {run['connectSeconds']:.2f} s; aim: nobody incomplete")
    print(f"forward RSS {run['rssBefore'] / 1e6:.1f} MB before, {run['rssAfter'] / 1e6:.1f} MB with them: "
          f"{grown / 2000 / 1024:.1f} KiB per viewer; aim: at most 8")
    print(f"kernel socket memory at its most, both ends: {sockets / 1e6:.1f} MB, {sockets / 2000 / 1024:.1f} KiB per viewer")
    forward.kill()
    return {"first": first, "run": run, "complete": is_complete(run), "rssPerViewer": grown / 2000}


def slow(bench):
    """30 of 200 viewers never read."""
    print("\n200 viewers × 4 Mbit/s, 30 of them never read, 25 s")
    forward, port = bench.forward()
    run = bench.viewers(forward, port, "rate4", 200, 25, never_reading=30)
    report = forward.debug()
    stream = report["streams"][0]
    kept = stream["bytesHeld"] + sum(form["ringBytes"] for form in stream["representations"])
    print(f"the other 170: {told(run)}; aim: nobody incomplete")
    print(f"forward RSS {run['rssBefore'] / 1e6:.1f} MB before the stream, {run['rssAfter'] / 1e6:.1f} MB after, of which the "
          f"stream's chunks and ring may take {kept / 1e6:.1f} MB; kernel socket memory at most "
          f"{run['socketMemoryMost'] / 1e6:.1f} MB; of the 30, {report['drops']} were dropped")
    forward.kill()
    return {"run": run, "complete": run["incomplete"] == 0 and run["probeGaps"] == 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=9, help="pairs of forward and yardstick (default: 9)")
    parser.add_argument("--viewers", type=int, default=2000, help="viewers of each pair (default: 2000)")
    parser.add_argument("--seconds", type=float, default=6, help="seconds measured of each run (default: 6)")
    parser.add_argument("--interval", type=int, default=20, help="pass interval in ms (default: 20)")
    parser.add_argument("--only", choices=["pairs", "many", "slow"], action="append", help="only these parts")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="p2plive-bench-"))
    bench = Bench(folder, options)
    results = {}
    try:
        compile_tools(folder)
        bench.start_sources()
        for part in (pairs, many, slow):
            if not options.only or part.__name__ in options.only:
                results[part.__name__] = part(bench)
    finally:
        bench.cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    artifact = TOP / "artifacts" / "bench" / "fanout.json"
    artifact.parent.mkdir(parents=True, exist_ok=True)
    artifact.write_text(json.dumps(results, indent=1))
    print(f"\nAll figures: {artifact.relative_to(TOP)}")
    return 0 if all(result["complete"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
