#!/usr/bin/env python3
"""Start-up and latency of viewers that live off a forward alone: groups of 1 s, --buffer 300ms."""

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.cluster import Cluster  # noqa: E402
from harness.media import h264_push  # noqa: E402

VIEWERS = 20
SEED = 1


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(cluster):
    cluster.coordinate()
    cluster.forward()
    cluster.ffmpeg(*h264_push(f"{cluster.coordinate_service.url}/stream", size="640x360", with_sound=True))
    cluster.live()
    cluster.forwards_known("forward-1")
    # Spread over the groups: a viewer that comes just before a keyframe waits least.
    pauses = random.Random(SEED)
    lines = []
    for _ in range(VIEWERS // 4):
        viewers = []
        for _ in range(4):
            time.sleep(pauses.uniform(0, 0.4))
            viewers.append(cluster.viewer("live", "--verify", "--buffer", "300ms", "--duration", "6s"))
        lines += [viewer.final() for viewer in viewers]
        print(f"  {len(lines)} of {VIEWERS} viewers measured", flush=True)
    return lines


def main():
    folder = Path(tempfile.mkdtemp(prefix="p2plive-bench-"))
    cluster = Cluster(folder)
    try:
        lines = measure(cluster)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    startups = [line["startupMs"] for line in lines]
    print(f"{'':22}{'p50':>8}{'p95':>8}{'most':>8}")
    print(f"{'startupMs':22}{percentile(startups, 0.5):8}{percentile(startups, 0.95):8}{max(startups):8}")
    for name in ("p50", "p95"):
        values = [line["latencyMs"][name] for line in lines]
        print(f"{'latencyMs ' + name:22}{percentile(values, 0.5):8}{percentile(values, 0.95):8}{max(values):8}")
    print(f"continuity at least {min(line['continuity'] for line in lines)}, "
          f"decode errors {sum(line['decodeErrors'] for line in lines)}, stalls {sum(line['stalls'] for line in lines)}, "
          f"{VIEWERS} viewers, seed {SEED}")


if __name__ == "__main__":
    main()
