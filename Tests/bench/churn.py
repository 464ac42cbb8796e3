#!/usr/bin/env python3
"""Viewers that come and go, and half of them dying at once: what those who stay notice, beside what is aimed at."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.cluster import Cluster  # noqa: E402
from harness.waiting import until  # noqa: E402

PROCESSES = 4


def show(title, rows):
    """Prints name, figure and aim of each row, and returns how many aims were missed."""
    print(title, flush=True)
    missed = 0
    for name, figure, aim, is_met in rows:
        missed += not is_met
        figure = round(figure, 4) if isinstance(figure, float) else figure
        print(f"  {name:<34} {figure!s:>12}  {aim:<10} {'' if is_met else 'MISSED'}", flush=True)
    return missed


def coming_and_going(cluster, options):
    """All the time viewers leave, half of them without a word, and others take their places."""
    flags = ["--peers", str(options.peers), "--churn", options.churn, "--duration", f"{options.seconds}s"]
    final = cluster.swarm("live", *flags, *options.flags.split(), name="churn").final(options.seconds + 60)
    repairs = final["repairMs"]
    p99 = repairs.get("p99", 0)
    return [
        ("viewers that came", final["joined"], "", True),
        ("that left, that vanished", f"{final['left']}, {final['vanished']}", "", True),
        ("continuity", final["continuity"], ">= 0.999", final["continuity"] >= 0.999),
        ("continuity of the worst", final["continuityMin"], "", True),
        ("chunks late, missing", f"{final['chunksLate']}, {final['chunksMissing']}", "", True),
        ("offload", final["offload"], ">= 0.90", final["offload"] >= 0.90),
        ("repairs", final["repairs"], "", True),
        ("repairMs p50", repairs.get("p50", "-"), "", True),
        ("repairMs p99", p99, "<= 2000", p99 <= 2_000),
        ("startupMs p95", final["startupMs"].get("p95", "-"), "", True),
        ("arrivalMs p99", final["arrivalMs"].get("p99", "-"), "", True),
        ("depth", final["depthMax"], "", True),
        ("media received / media", final["payloadRatio"], "", True),
    ]


def half_at_once(cluster, tracker, options):
    """Two of four processes are killed."""
    each = options.peers // PROCESSES
    flags = ["--peers", str(each), "--arrive", "10/s", "--duration", "60s", *options.flags.split()]
    swarms = [cluster.swarm("live", *flags, name=f"quarter-{number + 1}") for number in range(PROCESSES)]

    def state():
        found = [swarm for swarm in tracker.debug()["swarms"] if swarm["peers"]]
        return found[0] if found else None

    until(lambda: (s := state()) and s["peers"] == each * PROCESSES, 60, "all have joined")
    until(lambda: all(s.latest().get("elapsedMs", 0) > 15_000 for s in swarms), 40, "they have settled")
    before = state()
    for swarm in swarms[:2]:
        swarm.kill()
    killed = time.monotonic()

    # The last moment at which a tree was too deep, or a viewer without a parent.
    took = 0.0
    while time.monotonic() - killed < 15:
        now = state()
        if any(s["depthMax"] > s["depthBound"] + 1 or s["orphans"] for s in now["stripes"]):
            took = time.monotonic() - killed
        time.sleep(0.05)
    after = state()
    finals = [swarm.final(120) for swarm in swarms[2:]]
    due = sum(final["chunksDue"] for final in finals)
    continuity = sum(final["continuity"] * final["chunksDue"] for final in finals) / max(due, 1)
    repair = max(final["repairMs"].get("p99", 0) for final in finals)
    return [
        ("viewers before, after", f"{before['peers']}, {after['peers']}", "", True),
        ("depth before, bound", str([(s["depthMax"], s["depthBound"]) for s in before["stripes"]]), "", True),
        ("depth after, bound", str([(s["depthMax"], s["depthBound"]) for s in after["stripes"]]), "", True),
        ("seconds to bound + 1", took, "<= 5", took <= 5),
        ("continuity of the survivors", continuity, ">= 0.999", continuity >= 0.999),
        ("continuity of the worst", min(final["continuityMin"] for final in finals), "", True),
        ("chunks late, missing", str([(f["chunksLate"], f["chunksMissing"]) for f in finals]), "", True),
        ("repairMs p99", repair, "<= 2000", repair <= 2_000),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=int, default=100)
    parser.add_argument("--bitrate", default="500k")
    parser.add_argument("--churn", default="60s", help="how long a viewer stays on average")
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--only", choices=["churn", "half"])
    parser.add_argument("--flags", default="", help="more flags of client swarm, as one word")
    options = parser.parse_args()
    missed = 0
    for part in [options.only] if options.only else ["churn", "half"]:
        cluster = Cluster(Path(tempfile.mkdtemp(prefix="p2plive-bench-")))
        try:
            tracker, _ = cluster.swarming(bitrate=options.bitrate)
            title = f"{options.peers} viewers, {options.bitrate}bit/s"
            if part == "churn":
                rows = coming_and_going(cluster, options)
                missed += show(f"{title}, each for {options.churn} on average, {options.seconds} s", rows)
            else:
                missed += show(f"{title} in {PROCESSES} processes, two killed", half_at_once(cluster, tracker, options))
        finally:
            cluster.stop()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
