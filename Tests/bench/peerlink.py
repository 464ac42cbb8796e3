#!/usr/bin/env python3
"""Links between peers: what many cost, how fast they are set up, and what traffic costs, between two probes on loopback."""

import argparse
import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.probe import Probe, build, join  # noqa: E402

SIZE = 16_384
MIB = 1 << 20


async def pair(path, **configuration):
    ends = [await Probe.start(path, name, linksMax=2_000, **configuration) for name in ("offerer", "answerer")]
    return ends


async def end(probes):
    for probe in probes:
        await probe.stop()


async def open_links(ends, count, at_a_time=8):
    """Opens links 1 to `count`; milliseconds of each from its offer to its open channel."""
    numbers, times = iter(range(1, count + 1)), []

    async def work():
        for number in numbers:
            times.append((await join(*ends, link=number))["ms"])

    await asyncio.gather(*(work() for _ in range(at_a_time)))
    return sorted(times)


async def idle(path, count, seconds):
    """Memory, descriptors and CPU of links that do nothing."""
    ends = await pair(path)
    base = await ends[0].figures()
    started = time.monotonic()
    times = await open_links(ends, count)
    opened = time.monotonic() - started
    busy = await ends[0].figures()
    # Connectivity checks go on for some seconds after the first pair works.
    await asyncio.sleep(8)
    first = [await probe.figures() for probe in ends]
    await asyncio.sleep(seconds)
    second = [await probe.figures() for probe in ends]
    cpu = [100 * (b["cpuSeconds"] - a["cpuSeconds"]) / seconds for a, b in zip(first, second)]
    set_up = 1000 * (busy["cpuSeconds"] - base["cpuSeconds"]) / count
    resident = (second[0]["residentBytes"] - base["residentBytes"]) / count / 1024
    for probe in ends:
        for number in range(1, count + 1):
            probe.do("close", link=number)
    await asyncio.sleep(2)
    left = await ends[0].figures()
    print(
        f"{count:5} links: set-up p50 {statistics.median(times):.0f} ms, p95 {times[int(0.95 * len(times))]:.0f} ms,"
        f" {count / opened:.0f}/s, {set_up:.1f} ms CPU a side; {resident:.0f} KiB a link, {second[0]['descriptors']}"
        f" descriptors, {second[0]['threads']} threads, idle {cpu[0]:.1f} % + {cpu[1]:.1f} % of a core;"
        f" after close {left['descriptors'] - base['descriptors']:+} descriptors"
    )
    await end(ends)


async def traffic(path, links, seconds, bits_per_second=None, count=None, **configuration):
    """CPU seconds per GB of payload in one direction."""
    ends = await pair(path, **configuration)
    await open_links(ends, links)
    count = count or int(bits_per_second * seconds / 8 / SIZE)
    before = [await probe.figures() for probe in ends]
    for number in range(1, links + 1):
        await ends[1].expect(count, number)
    started = time.monotonic()
    for number in range(1, links + 1):
        options = {"bitsPerSecond": bits_per_second} if bits_per_second else {}
        ends[0].do("send", link=number, count=count, size=SIZE, **options)
    received = [await ends[1].event("received", number, 600) for number in range(1, links + 1)]
    taken = time.monotonic() - started
    assert all(event["wrong"] == 0 for event in received), "bytes were changed"
    after = [await probe.figures() for probe in ends]
    payload = links * count * SIZE
    cpu = [(b["cpuSeconds"] - a["cpuSeconds"]) for a, b in zip(before, after)]
    rate = f"{links} x {bits_per_second / 1e6:g} Mbit/s" if bits_per_second else f"{links} as fast as it goes"
    path_text = ", ".join(f"{name} {value}" for name, value in configuration.items()) or "loopback"
    print(
        f"{rate:26} {path_text:24} {payload * 8e-6 / taken:7.1f} Mbit/s; CPU s/GB {cpu[0] / payload * 1e9:.1f} to send,"
        f" {cpu[1] / payload * 1e9:.1f} to receive ({100 * cpu[0] / taken:.1f} % + {100 * cpu[1] / taken:.1f} % of a core)"
    )
    await end(ends)


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, nargs="*", default=[100, 300], help="numbers of idle links")
    parser.add_argument("--seconds", type=float, default=10, help="seconds of each measurement")
    options = parser.parse_args()
    path = build()
    for count in options.links:
        await idle(path, count, options.seconds)
    await traffic(path, 1, options.seconds, count=6_000)
    await traffic(path, 4, options.seconds, bits_per_second=2e6)
    await traffic(path, 50, options.seconds, bits_per_second=1e6)
    await traffic(path, 1, options.seconds, count=200, delayMs=20, loss=0.01, seed=1)


if __name__ == "__main__":
    asyncio.run(main())
