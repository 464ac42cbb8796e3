#!/usr/bin/env python3
"""The demo: a cluster on this machine with a test picture and viewers, where to watch it, and a table at the end."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.cluster import Cluster  # noqa: E402
from harness.program import BIN  # noqa: E402
from harness.terminal import Stopped, address, follow, prepare, say  # noqa: E402
from harness.web import get  # noqa: E402

COLUMNS = [
    ("viewer", lambda line: line["name"]),
    ("continuity", lambda line: f"{int(line['continuity'] * 10000) / 100:.2f} %"),
    ("decodeErrors", lambda line: line.get("decodeErrors", "-")),
    ("framesDecoded", lambda line: line.get("framesDecoded", "-")),
    ("startupMs", lambda line: line.get("startupMs", "-")),
    ("latencyMs p50", lambda line: line["latencyMs"].get("p50", "-")),
    ("p95", lambda line: line["latencyMs"].get("p95", "-")),
    ("stalls", lambda line: line["stalls"]),
    ("offload", lambda line: f"{line['offload'] * 100:.0f} %"),
    ("children", lambda line: line["children"]),
    ("uploadBytes", lambda line: line["uploadBytes"]),
]



def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, help="seconds to run (default: until Ctrl-C)")
    parser.add_argument("--viewers", type=int, default=8, help="viewers to run (default: 8)")
    parser.add_argument("--buffer", default="1s", help="buffer of the viewers (default: 1s)")
    return parser.parse_args()


def start(cluster, options):
    """Services, publisher, viewers; returns the viewers."""
    coordinate = cluster.coordinate(listen=address(8080), name="coordinate")
    follow(coordinate)
    tracker = cluster.tracker(listen=address(9090), name="tracker")
    follow(tracker)
    forward = cluster.forward(
        "--tracker", tracker.url, listen=address(9998), ingest=address(9999), name="forward")
    follow(forward)
    target = f"{coordinate.url}/stream/live"
    say(f"publisher   | client publish {target} testsrc")
    follow(cluster.run("publisher", BIN / "client", "publish", target, "testsrc"))
    cluster.live(seconds=30)
    cluster.forwards_known("forward")
    flags = ["--verify", "--buffer", options.buffer, "--log-level", "warning"]
    viewers = [cluster.viewer("live", *flags, name=f"viewer-{number + 1}") for number in range(options.viewers)]
    for viewer in viewers:
        follow(viewer)
    tell_where(coordinate, tracker, forward)
    return tracker, viewers


def tell_where(coordinate, tracker, forward):
    say(f"""
  Watch it
    page      {coordinate.url}/live
    MP4       {forward.url}/live/live.mp4
    MPEG-TS   {forward.url}/live/live.ts
    mpv       mpv --profile=low-latency {forward.url}/live/live.mp4
    ffplay    ffplay -fflags nobuffer {forward.url}/live/live.mp4
    client    bin/client watch {coordinate.url}/live --verify
    state     {coordinate.url}/debug   {tracker.url}/debug   {forward.url}/debug
    trees     {tracker.url}/debug/overlay?stream=live
""")


def table(rows):
    texts = [[name for name, _ in COLUMNS]] + [[str(value(row)) for _, value in COLUMNS] for row in rows]
    widths = [max(len(row[index]) for row in texts) for index in range(len(COLUMNS))]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(row, widths)) for row in texts)


def offload(lines):
    """The share of media bytes that came from viewers."""
    peers = sum(line["bytesFromPeers"] for line in lines)
    return peers / max(1, peers + sum(line["bytesFromForwards"] for line in lines))


def trees(tracker, viewers):
    """Who feeds whom, as the tracker sees it: a tree for each stripe."""
    drawing = get(tracker.address, "/debug/overlay?stream=live").json
    names = {viewer.latest().get("peer"): viewer.name for viewer in viewers}
    lines = []

    def draw(stripe, parent, indent):
        for link in drawing["links"]:
            if link["stripe"] == stripe and link.get("from") == parent:
                lines.append(f"  {indent}{names.get(link['to'], link['to'][:8])}")
                draw(stripe, link["to"], indent + "    ")

    for stripe in sorted({link["stripe"] for link in drawing["links"]}):
        lines.append(f"  stripe {stripe}: forward")
        draw(stripe, None, "    ")
    return "\n".join(lines)


def watch(cluster, viewers, duration):
    """A line a second until the time is over or Ctrl-C."""
    started = time.monotonic()
    while duration is None or time.monotonic() - started < duration:
        time.sleep(1)
        lines = [line for line in (viewer.latest() for viewer in viewers) if line]
        stream = cluster.streams().get("live", {})
        if not lines:
            continue
        latency = max((line["latencyMs"].get("p95") or 0) for line in lines)
        say(
            f"{time.monotonic() - started:5.0f} s     | {stream.get('state', 'gone')} {stream.get('bitrate', 0) // 1000}"
            f" kbit/s, {len(lines)} viewers, continuity at least {min(line['continuity'] for line in lines) * 100:.2f} %,"
            f" latency p95 at most {latency} ms, {sum(line.get('framesDecoded') or 0 for line in lines)} frames decoded,"
            f" {sum(line.get('decodeErrors') or 0 for line in lines)} errors, offload {offload(lines) * 100:.0f} %"
        )
        dead = [viewer.name for viewer in viewers if not viewer.is_running]
        if dead:
            raise RuntimeError(f"{', '.join(dead)} ended: see {viewers[0].log.parent}")


def finish(viewers):
    """Ends the viewers and returns their last lines."""
    for viewer in viewers:
        if viewer.is_running:
            viewer.process.send_signal(signal.SIGTERM)
    rows = []
    for viewer in viewers:
        try:
            rows.append({"name": viewer.name, **viewer.final(15)})
        except (AssertionError, OSError, ValueError) as error:
            say(f"demo        | {error}")
    return rows


def verdict(rows, options):
    good = [row for row in rows if row.get("decodeErrors") == 0 and row["continuity"] >= 0.999 and row["framesDecoded"]]
    if len(good) == options.viewers:
        say(f"\nAll {options.viewers} viewers saw every picture in time; they fed each other {offload(rows) * 100:.0f} % of it.")
        return 0
    say(f"\n{options.viewers - len(good)} of {options.viewers} viewers had decode errors or a continuity below 0.999.")
    return 1


def main():
    options = parse()
    prepare()
    folder = Path(tempfile.mkdtemp(prefix="p2plive-demo-"))
    cluster = Cluster(folder)
    tracker, viewers = None, []
    keep = True
    try:
        try:
            tracker, viewers = start(cluster, options)
            if options.duration is None:
                say("Ctrl-C ends the demo.")
            watch(cluster, viewers, options.duration)
        except Stopped:
            say("")
        if not viewers:
            return 1
        say("\n" + trees(tracker, viewers))
        rows = finish(viewers)
        say("\n" + table(rows))
        status = verdict(rows, options)
        keep = status != 0
        return status
    except (AssertionError, OSError, RuntimeError) as error:
        say(f"demo        | {error}")
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        cluster.stop()
        if keep:
            say(f"Logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Threads that follow logs need not be waited for.
    os._exit(status)
