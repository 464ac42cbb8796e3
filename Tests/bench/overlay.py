#!/usr/bin/env python3
"""What the overlay of a tracker takes and how good its trees are, beside what is aimed at (docs/OVERLAY.md)."""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TRACKER = Path(__file__).resolve().parents[2] / "bin/tracker"
SIZES = (100, 1_000, 100_000, 1_000_000)


def measure(peers, capacities="full"):
    """The words of a command that measures an overlay."""
    return ("measure", "--json", "--peers", str(peers), "--capacities", capacities)


@dataclass(frozen=True)
class Row:
    """One figure: what it is, the command whose JSON has it, where in there, and what it is aimed at."""

    title: str
    command: tuple
    # Names on the way to the number, with dots between; or a function of the whole object.
    figure: object
    limit: float
    unit: str = ""
    # Divides the number in the JSON.
    scale: float = 1
    at_least: bool = False

    def of(self, answers):
        if callable(self.figure):
            return statistics.median(self.figure(answer) for answer in answers) / self.scale
        return statistics.median(at(answer, self.figure) for answer in answers) / self.scale


def at(answer, path):
    for name in path.split("."):
        answer = answer[name]
    return answer


def above_bound(path):
    return lambda answer: at(answer, path)["max"] - at(answer, path)["bound"]


def ever_above_bound(answer):
    return answer["churn"]["depthMaxEver"] - answer["churn"]["depth"]["bound"]


def short(number):
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1_000}k" if number >= 1_000 else str(number)


def structure_rows():
    """Rows of the data structure alone."""
    for peers, join, leave, batch in ((100_000, 500, 1_200, 25), (1_000_000, 1_000, 2_000, 800)):
        command, name = measure(peers), short(peers)
        yield Row(f"join, mean, all of capacity 2, {name}", command, "join.mean", join / 1_000, "us", 1_000)
        yield Row(f"leave, mean, all of capacity 2, {name}", command, "leave.mean", leave / 1_000, "us", 1_000)
        if peers == 1_000_000:
            yield Row(f"leave, p99, all of capacity 2, {name}", command, "leave.p99", 4, "us", 1_000)
            yield Row(f"memory, all of capacity 2, {name}", command, "bytesPerPeer", 72, "B/peer")
            yield Row(f"rebuild, 2 % missing, {name}", command, "rebuild.milliseconds", 1.2, "s", 1_000)
        yield Row(f"half leave at once, {name}", command, "leaveBatch.milliseconds", batch, "ms")
    command = measure(1_000_000, "mixed")
    yield Row("leave, mean, mixed, 1M", command, "leave.mean", 4, "us", 1_000)
    yield Row("leave, p99.99, mixed, 1M", command, "leave.p9999", 1.5, "ms", 1_000_000)
    yield Row("memory, mixed, 1M", command, "bytesPerPeer", 72, "B/peer")
    for peers in SIZES:
        command, name = measure(peers), short(peers)
        yield Row(f"depth above the bound, ever in churn, {name}", command, ever_above_bound, 0)
        yield Row(f"depth above the bound, half gone, {name}", command, above_bound("leaveBatch.depth"), 1)
        yield Row(f"depth above the bound, a minute later, {name}", command, above_bound("leaveBatch.settledDepth"), 0)
        yield Row(f"links changed per leave, {name}", command, "churn.changesPerLeave", 2.6)
        yield Row(f"the same, 10 % of pairs broken, {name}", command, "churnWithBrokenPairs.changesPerLeave", 3.3)
        yield Row(f"links beyond K per join, {name}", command, "churn.extraChangesPerJoin", 1)
        yield Row(f"two distinct parents, {name}", command, "churn.distinctParents", 0.995, at_least=True)
    for peers in SIZES:
        command, name = measure(peers, "mixed"), short(peers)
        if peers > 100:
            # Of 100, those who can serve are by chance too few at times.
            yield Row(f"depth above the bound, ever, mixed, {name}", command, ever_above_bound, 0)
        yield Row(f"links changed per leave, mixed, {name}", command, "churn.changesPerLeave", 2.6)
        yield Row(f"the same, 10 % of pairs broken, mixed, {name}", command, "churnWithBrokenPairs.changesPerLeave", 3.3)


# Rows of whole swarms over time: continuity, repair, gaps, egress.
def simulate(peers, buffer, *words):
    """The words of a command that simulates a swarm whose viewers stay ten minutes; a tenth of the pairs cannot connect."""
    return ("simulate", "--json", "-", "--quiet", "--peers", str(peers), "--buffer", buffer, "--churn", "600s",
            "--nat-failures", "0.1", *words)


def simulated_rows():
    for buffer, least in (("5s", 0.9999), ("3s", 0.9999)):
        calm = ("--arrive", "60s", "--duration", "150s")
        event = (*calm, "--at", "100s")
        scenes = (
            ("churn, 100k", simulate(100_000, buffer, *calm), least),
            ("flash crowd, 0 to 100k in 60 s", simulate(100_000, buffer, "--arrive", "60s", "--duration", "90s"), least),
            ("30 % gone at once, 100k", simulate(100_000, buffer, *event, "--fail", "30%"), least),
            ("50 % gone at once, 100k", simulate(100_000, buffer, *event, "--fail", "50%"), least),
            ("50 % of links break, 50k", simulate(50_000, buffer, *event, "--break", "50%"), least),
            ("tracker down 30 s, 20k", simulate(20_000, buffer, *event, "--outage", "30s"), 0.9995),
        )
        for title, command, limit in scenes:
            yield Row(f"continuity, {title}, {buffer}", command, "continuity", limit, at_least=True)
        churn = scenes[0][1]
        yield Row(f"repair p50, churn, {buffer}", churn, "repairMsP50", 1.0, "s", 1_000)
        yield Row(f"repair p99, churn, {buffer}", churn, "repairMsP99", 2.0, "s", 1_000)
        yield Row(f"data gap p50, churn, {buffer}", churn, "gapMsP50", 0.8, "s", 1_000)
        yield Row(f"data gap p99, churn, {buffer}", churn, "gapMsP99", 1.5, "s", 1_000)
        yield Row(f"stripes from forwards, churn, mean, {buffer}", churn, "forwardUnitsMean", 2 * 32 + 4)
        yield Row(f"stripes from forwards, churn, peak, {buffer}", churn, "forwardUnitsPeak", 2 * 32 + 50)
        gone = scenes[3][1]
        yield Row(f"stripes from forwards, half gone, peak, {buffer}", gone, "forwardUnitsPeak", 2 * 32 + 500)
        yield Row(f"two distinct live parents, {buffer}", churn, "twoParents", 0.995, at_least=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only rows whose command contains this, as 'peers 100000 '")
    parser.add_argument("--runs", type=int, default=1, help="runs of each command, of which the median counts")
    options = parser.parse_args()
    rows = [*structure_rows(), *simulated_rows()]
    rows = [row for row in rows if options.only in " ".join(row.command) + " "]
    answers = {}
    for command in dict.fromkeys(row.command for row in rows):
        print("tracker", *command, flush=True)
        answers[command] = [
            json.loads(subprocess.run([TRACKER, *command], capture_output=True, text=True, check=True).stdout)
            for _ in range(options.runs)
        ]
    missed = 0
    print(f"  {'':<52} {'aimed at':>14} {'reached':>10}")
    for row in rows:
        figure = row.of(answers[row.command])
        is_met = figure >= row.limit if row.at_least else figure <= row.limit
        missed += not is_met
        aim = f"{'>=' if row.at_least else '<='} {row.limit:g} {row.unit}".rstrip()
        print(f"  {row.title:<52} {aim:>14} {figure:>10.4g}  {'yes' if is_met else 'NO'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
