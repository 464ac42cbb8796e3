#!/usr/bin/env python3
"""Viewers that feed each other: what a swarm in one process costs and how well it is served, beside what is aimed at."""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.cluster import Cluster  # noqa: E402


def rows(summary, buffer_ms, ceiling):
    """Name, figure, aim, and whether it is met."""
    yield "continuity", summary["continuity"], ">= 0.999", summary["continuity"] >= 0.999
    yield "continuity of the worst", summary["continuityMin"], "", True
    yield "offload", summary["offload"], f">= {ceiling - 0.10:.2f}", summary["offload"] >= ceiling - 0.10
    yield "media received / media", summary["payloadRatio"], "<= 1.02", summary["payloadRatio"] <= 1.02
    yield "manifests, headers / media", summary["overheadRatio"], "<= 0.05", summary["overheadRatio"] <= 0.05
    yield "startupMs p95", summary["startupMs"]["p95"], "<= 1500", summary["startupMs"]["p95"] <= 1500
    latency = summary["latencyMs"]["p95"]
    yield "latencyMs p95", latency, f"<= {buffer_ms + 50}", latency <= buffer_ms + 50
    yield "arrivalMs p95", summary["arrivalMs"]["p95"], "<= 700", summary["arrivalMs"]["p95"] <= 700
    per_end = summary["bytesPerLinkEnd"] / 1000
    yield "kB per end of a link", round(per_end), "<= 400", per_end <= 400
    yield "roots per stripe", summary["roots"], "", True
    yield "depth", summary["depthMax"], "", True
    yield "stalls (busy machines)", summary["stalls"], "", True
    yield "repairs", summary["repairs"], "", True
    yield "repairMs p95", summary["repairMs"].get("p95", "-"), "", True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=int, default=50)
    parser.add_argument("--bitrate", default="1M")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--flags", default="", help="more flags of client swarm, as one word")
    options = parser.parse_args()
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="p2plive-bench-")))
    try:
        cluster.swarming(bitrate=options.bitrate)
        print(f"{options.peers} viewers, {options.bitrate}bit/s, {options.seconds} s {options.flags}", flush=True)
        flags = ["--peers", str(options.peers), "--duration", f"{options.seconds}s", *options.flags.split()]
        summary = cluster.swarm("live", *flags).final(options.seconds + 60)
        limit = 2 if options.peers < 39 else 4 if options.peers < 1_000 else 8
        missed = 0
        for name, figure, aim, is_met in rows(summary, 3_000, 1 - limit / options.peers):
            missed += not is_met
            figure = round(figure, 4) if isinstance(figure, float) else figure
            print(f"  {name:<28} {figure!s:>12}  {aim:<10} {'' if is_met else 'MISSED'}")
        return 1 if missed else 0
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
