#!/usr/bin/env python3
"""Links between peers leave nothing behind: rounds of links opened, used and closed in two processes that stay.

In the later half of the rounds the resident memory may grow by 2 % and what is allocated by 256 bytes a link;
descriptors and threads stay the same. Where valgrind is installed, a shorter run under it must lose no block. Status 1
when something is left.
"""

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.probe import Probe, build, join  # noqa: E402

GROWTH_MAX, BYTES_PER_LINK_MAX = 0.02, 256
MESSAGES, SIZE = 20, 16_384


async def use(ends, link, at_once):
    """Opens a link, sends on it in both directions, and closes it from one of its ends."""
    async with at_once:
        await join(*ends, link=link)
        for one, other in (ends, ends[::-1]):
            await other.expect(MESSAGES, link)
            one.do("send", link=link, count=MESSAGES, size=SIZE)
            assert (await other.event("received", link, 120))["wrong"] == 0, "bytes were changed"
    closer, other = ends if link % 2 else ends[::-1]
    closer.do("close", link=link)
    await other.event("closed", link, 120)
    other.do("close", link=link)


async def idle(probe):
    """Its figures once nothing of any link is left."""
    for _ in range(600):
        figures = await probe.figures()
        if figures["links"] == 0:
            return figures
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{probe.name}: links are left: {figures}")


async def rounds(ends, count, links):
    """The figures of both ends after each round."""
    for number in range(count):
        at_once = asyncio.Semaphore(8)
        await asyncio.gather(*(use(ends, number * links + i + 1, at_once) for i in range(links)))
        yield [await idle(probe) for probe in ends]


async def resident(path, count, links):
    """Whether the figures of many rounds stay where they are."""
    ends = [await Probe.start(path, name, linksMax=2 * links) for name in ("offerer", "answerer")]
    seen = []
    async for figures in rounds(ends, count, links):
        seen.append(figures)
        print(f"round {len(seen):2}: " + "; ".join(
            f"{end['residentBytes'] / 2**20:.1f} MiB, {end['allocatedBytes'] / 1024:.0f} KiB allocated,"
            f" {end['descriptors']} descriptors, {end['threads']} threads"
            for end in figures), flush=True)
    for probe in ends:
        await probe.stop()
    good = True
    # The first half still fills caches and arenas.
    later = seen[count // 2 :]
    for index, probe in enumerate(ends):
        # The lower of the last two: an allocator keeps some pages, and returns them.
        resident = [round[index]["residentBytes"] for round in later]
        growth = min(resident[-2:]) / resident[0] - 1
        allocated = [round[index]["allocatedBytes"] for round in later]
        per_link = (allocated[-1] - allocated[0]) / (links * (len(later) - 1))
        kept = all(seen[-1][index][what] == later[0][index][what] for what in ("descriptors", "threads"))
        good = good and kept and growth < GROWTH_MAX and per_link < BYTES_PER_LINK_MAX
        print(f"{probe.name}: {100 * growth:+.2f} % in the last {len(later)} of {count} rounds of {links} links,"
              f" {per_link:+.0f} bytes allocated a link, descriptors and threads {'the same' if kept else 'CHANGED'}")
    return good


async def valgrind(path, count, links):
    """Whether valgrind finds no block lost at the end of each process."""
    if not shutil.which("valgrind"):
        print("valgrind is not installed (apt-get install valgrind): its part is left out")
        return True
    good = True
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "probe"
        script.write_text(
            "#!/bin/sh\nexec valgrind --leak-check=full --show-leak-kinds=definite,indirect"
            " --errors-for-leak-kinds=definite,indirect --num-callers=30"
            f" --log-file='{folder}/%p.log' '{path}'\n")
        script.chmod(0o755)
        ends = [await Probe.start(script, name, linksMax=2 * links) for name in ("offerer", "answerer")]
        async for _ in rounds(ends, count, links):
            pass
        for probe in ends:
            await probe.stop(seconds=120)
        for log in sorted(Path(folder).glob("*.log")):
            text = log.read_text()
            lost = dict(re.findall(r"(definitely|indirectly) lost: ([\d,]+) bytes", text))
            clean = "no leaks are possible" in text or lost == {"definitely": "0", "indirectly": "0"}
            errors = re.search(r"ERROR SUMMARY: (\d+) errors", text).group(1)
            print(f"valgrind, {count} rounds of {links} links: {lost or 'nothing'} lost, {errors} errors")
            if not clean or errors != "0":
                good = False
                print(text)
    return good


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="at least 4")
    parser.add_argument("--links", type=int, default=50, help="links in each round")
    options = parser.parse_args()
    if options.rounds < 4:
        parser.error("the halves need two rounds each: --rounds 4 or more")
    path = build()
    good = await resident(path, options.rounds, options.links)
    good = await valgrind(path, 2, 5) and good
    print("Nothing is left behind." if good else "SOMETHING IS LEFT BEHIND.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
