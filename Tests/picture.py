#!/usr/bin/env python3
"""Draws a running cluster as docs/running.svg: what its viewers see, and the two trees in which they feed each other."""

import argparse
import base64
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.cluster import TOP, Cluster  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.web import get  # noqa: E402

WIDTH, HEIGHT, MARGIN = 1000, 470, 24
COLOURS = ["#2a7de1", "#e0702a"]
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 15px }
.back { fill: #fff; stroke: #ccd3da }
.viewer { fill: #fff; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .back, .viewer { fill: #16191d } .back { stroke: #39414a } }
"""


def frame(forward, folder):
    """A picture of the stream, as JPEG."""
    file = folder / "frame.jpg"
    subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", f"{forward.url}/live/live.mp4", "-frames:v", "1",
         "-vf", "scale=480:-2", "-q:v", "4", str(file)], check=True, timeout=30)
    return base64.b64encode(file.read_bytes()).decode()


def places(links, stripe):
    """Where each viewer of a stripe's tree is, as (column, depth) in units; leaves side by side, parents above their middle."""
    children = {}
    for link in links:
        if link["stripe"] == stripe:
            children.setdefault(link.get("from"), []).append(link["to"])
    found, next_column = {}, 0

    def put(viewer, depth):
        nonlocal next_column
        below = [put(child, depth + 1) for child in sorted(children.get(viewer, []))]
        if below:
            column = (below[0] + below[-1]) / 2
        else:
            column, next_column = next_column, next_column + 1
        found[viewer] = (column, depth)
        return column

    put(None, 0)
    return found, max(next_column - 1, 1)


def tree(links, stripe, numbers, left, top, width, height):
    found, columns = places(links, stripe)
    depths = max(depth for _, depth in found.values())

    def at(viewer):
        column, depth = found[viewer]
        return left + width * column / columns, top + height * depth / depths

    parts = []
    for link in links:
        if link["stripe"] == stripe:
            (x1, y1), (x2, y2) = at(link.get("from")), at(link["to"])
            middle = (y1 + y2) / 2
            parts.append(f'<path d="M{x1:.1f} {y1:.1f}C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}" '
                         f'fill="none" stroke="{COLOURS[stripe]}" stroke-width="1.5"/>')
    for viewer in found:
        x, y = at(viewer)
        if viewer is None:
            parts.append(f'<rect x="{x - 32:.1f}" y="{y - 12:.1f}" width="64" height="24" rx="5" fill="{COLOURS[stripe]}"/>'
                         f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" style="fill:#fff">forward</text>')
        else:
            parts.append(f'<circle class="viewer" cx="{x:.1f}" cy="{y:.1f}" r="11" stroke="{COLOURS[stripe]}"/>'
                         f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{numbers[viewer]}</text>')
    return "\n".join(parts)


def draw(picture, links, told):
    viewers = sorted({link["to"] for link in links})
    numbers = {viewer: number + 1 for number, viewer in enumerate(viewers)}
    left = 480 + 2 * MARGIN
    width = WIDTH - left - 2 * MARGIN
    words = [f"{told['peers']} viewers", f"{told['offload'] * 100:.0f} % of what they watch comes from viewers",
             f"{told['continuity'] * 100:.2f} % of the chunks in time", f"{told['latencyMs']['p50'] / 1000:.1f} s behind the camera"]
    lines = "\n".join(f'<text x="{MARGIN}" y="{MARGIN + 330 + 24 * row}">{escape(text)}</text>' for row, text in enumerate(words))
    trees = "\n".join(
        f'<text class="title" x="{left}" y="{MARGIN + 12 + 215 * stripe}">stripe {stripe}</text>'
        + tree(links, stripe, numbers, left + MARGIN, MARGIN + 30 + 215 * stripe, width, 150) for stripe in (0, 1))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>A running cluster: what viewers see, and the two trees in which they feed each other</title>
<style>{STYLE}</style>
<rect class="back" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>
<image x="{MARGIN}" y="{MARGIN}" width="480" height="270" href="data:image/jpeg;base64,{picture}"/>
<text class="title" x="{MARGIN}" y="{MARGIN + 300}">What every viewer sees</text>
{lines}
{trees}
</svg>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=12)
    parser.add_argument("--output", type=Path, default=TOP / "docs" / "running.svg")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="p2plive-picture-") as name:
        folder = Path(name)
        cluster = Cluster(folder)
        try:
            tracker, (forward,) = cluster.swarming(bitrate="1M")
            swarm = cluster.swarm("live", "--peers", options.viewers)
            until(lambda: swarm.latest().get("peers") == options.viewers, 30, "all watch")
            time.sleep(20)  # joins are over, and offload is judged from then on
            links = get(tracker.address, "/debug/overlay?stream=live").json["links"]
            options.output.write_text(draw(frame(forward, folder), links, swarm.latest()))
        finally:
            cluster.stop()
    print(f"{options.output}: {options.output.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
