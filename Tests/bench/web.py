#!/usr/bin/env python3
"""The viewer in a browser: how soon a page shows its first frame, and what watching for long costs it."""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import network  # noqa: E402
from harness.browser import Browser  # noqa: E402
from harness.cluster import Cluster  # noqa: E402
from harness.viewing import watch  # noqa: E402

# Seconds between two looks at memory.
LOOK = 30
# When the first frame is on the screen, in milliseconds since the navigation began.
FIRST_FRAME = """
window.firstFrame = null;
(() => {
    const look = () => {
        const video = document.querySelector('p2p-live')?.video;
        if (video) video.requestVideoFrameCallback((now) => { window.firstFrame = now; });
        else setTimeout(look, 1);
    };
    look();
})();
"""
BUFFERED = "(() => { const { buffered } = document.querySelector('p2p-live').video; return buffered.length " \
    "? buffered.end(buffered.length - 1) - buffered.start(0) : 0; })()"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def show(title, rows):
    """Prints name, figure and aim of each row, and returns how many aims were missed."""
    print(title, flush=True)
    missed = 0
    for name, figure, aim, is_met in rows:
        missed += not is_met
        figure = round(figure, 3) if isinstance(figure, float) else figure
        print(f"  {name:<40} {figure!s:>16}  {aim:<10} {'' if is_met else 'MISSED'}", flush=True)
    return missed


def first_frames(browser, cluster, loads, is_cold):
    """Milliseconds from navigation to the first frame, of so many loads; cold ones in an empty profile each."""
    times = []
    profile = None
    for number in range(loads + (0 if is_cold else 1)):
        if is_cold or profile is None:
            profile = browser.new_profile()
        viewer = watch(browser, cluster, before=FIRST_FRAME, profile=profile)
        took = viewer.page.wait_for("window.firstFrame", 20)
        # The first load of a warm profile fills its cache.
        if is_cold or number > 0:
            times.append(took)
        viewer.page.close()
    return times


def starting(browser, cluster, options):
    rows = []
    for name, is_cold, aim in (("cold cache", True, 1_500), ("warm cache", False, 1_000)):
        times = first_frames(browser, cluster, options.loads, is_cold)
        p95 = percentile(times, 0.95)
        rows.append((f"first frame, {name}, p50 (ms)", round(statistics.median(times)), "", True))
        rows.append((f"first frame, {name}, p95 (ms)", round(p95), f"<= {aim}", p95 <= aim))
    return rows


def cpu_seconds(browser):
    """By type of process."""
    total = {}
    for process in browser.processes():
        total[process["type"]] = total.get(process["type"], 0) + process["cpuTime"]
    return total


def watching(browser, cluster, options):
    """One page for long. Memory is compared over the second half: until then its buffers fill."""
    viewer = watch(browser, cluster)
    viewer.plays(20)
    viewer.advances(20)
    began, cpu, tasks = time.monotonic(), cpu_seconds(browser), viewer.page.metrics()
    heaps, ranges = [], []
    while time.monotonic() - began < 60 * options.minutes:
        time.sleep(min(LOOK, 60 * options.minutes))
        heaps.append(viewer.page.heap_bytes() / 1e6)
        ranges.append(viewer.page.evaluate(BUFFERED))
        stats = viewer.stats
        print(
            f"  {time.monotonic() - began:6.0f} s: heap {heaps[-1]:.2f} MB, range {ranges[-1]:.1f} s, "
            f"stalls {stats['stalls']}, continuity {stats['continuity']}", flush=True)
    wall = time.monotonic() - began
    after, spent = viewer.page.metrics(), cpu_seconds(browser)
    main_thread = (after["TaskDuration"] - tasks["TaskDuration"]) / wall
    script = (after["ScriptDuration"] - tasks["ScriptDuration"]) / wall
    renderer = (spent["renderer"] - cpu["renderer"]) / wall
    half = heaps[len(heaps) // 2 :]
    growth = max(half) - half[0] if half else 0
    stats, shown = viewer.stats, viewer.shown
    return [
        ("frames shown", shown["frames"], "", True),
        ("frames dropped", stats.get("framesDropped", "-"), "", True),
        ("picture stood still, stalls", f"{len(shown['waiting'])}, {stats['stalls']}", "0, 0",
            not shown["waiting"] and stats["stalls"] == 0),
        ("continuity", stats["continuity"], ">= 0.999", stats["continuity"] >= 0.999),
        ("heap after collection, largest (MB)", max(heaps), "<= 60", max(heaps) <= 60),
        ("heap growth in the second half (MB)", growth, "<= 2", growth <= 2),
        ("SourceBuffer, longest range (s)", max(ranges), "<= 40", max(ranges) <= 40),
        ("main thread, share of a core", main_thread, "<= 0.10", main_thread <= 0.10),
        ("of which scripts", script, "", True),
        ("renderer, share of a core", renderer, "", True),
        ("whole browser, share of a core", (sum(spent.values()) - sum(cpu.values())) / wall, "", True),
        ("latencyMs p95", stats["latencyMs"].get("p95", "-"), "", True),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--bitrate", default="2M")
    parser.add_argument("--only", choices=["start", "watch"])
    options = parser.parse_args()
    network.enter()
    folder = Path(tempfile.mkdtemp(prefix="p2plive-bench-"))
    cluster, missed = Cluster(folder), 0
    try:
        cluster.swarming(bitrate=options.bitrate, picture=["--size", "1280x720"])
        for name, measure in (("start", starting), ("watch", watching)):
            if options.only in (None, name):
                browser = Browser(folder, name)
                try:
                    title = {
                        "start": f"{options.loads} loads of a page, {options.bitrate}bit/s",
                        "watch": f"one page for {options.minutes:g} min at {options.bitrate}bit/s, {browser.version}",
                    }[name]
                    missed += show(title, measure(browser, cluster, options))
                finally:
                    browser.stop()
    finally:
        cluster.stop()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
