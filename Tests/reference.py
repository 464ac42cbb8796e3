#!/usr/bin/env python3
"""Writes the lists of flags and metrics in docs/OPERATIONS.md anew, from what the programs of bin/ tell of themselves.

With --check it changes nothing and says whether the lists are as they should be."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.cluster import Cluster  # noqa: E402
from harness.program import BIN, TOP  # noqa: E402
from harness.waiting import until  # noqa: E402
from harness.web import get, request  # noqa: E402

DOCUMENT = TOP / "docs" / "OPERATIONS.md"
PROGRAMS = ["coordinate", "tracker", "forward", "client"]
SERVICES = PROGRAMS[:3]
# Titles of what several commands have in common, those shared by most first.
COMMON = [
    ("All services", ["coordinate serve", "tracker serve", "forward serve"]),
    ("All commands of the client", ["client watch", "client swarm", "client publish", "client streams"]),
    ("client watch and client swarm", ["client watch", "client swarm"]),
]


def commands():
    """By name, `client watch`, its flags: rows of (flag, default, what)."""
    found = {}
    for program in PROGRAMS:
        told = subprocess.run([BIN / program, "--experimental-dump-help"], capture_output=True, text=True, check=True)
        for command in json.loads(told.stdout)["command"]["subcommands"]:
            if command["commandName"] == "help" or not command.get("shouldDisplay", True):
                continue
            found[f"{program} {command['commandName']}"] = [
                row(argument) for argument in command["arguments"] if is_shown(argument)]
    return found


def is_shown(argument):
    return argument["shouldDisplay"] and argument["kind"] != "positional" and not (
        {"help", "version"} & {name["name"] for name in argument["names"]})


def row(argument):
    flag = f"`--{argument['preferredName']['name']}"
    if argument["kind"] == "option":
        flag += f" {argument['valueName'].replace('|', chr(92) + '|')}"
    default = argument.get("defaultValue")
    text = re.sub(r"\s+", " ", argument.get("abstract", "")).replace("|", "\\|")
    return flag + "`", f"`{default}`" if default and argument["kind"] == "option" else "", text


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join(lines + [f"| {' | '.join(cells)} |" for cells in rows])


def flags():
    left = commands()
    parts = []
    for title, names in COMMON:
        shared = [row for row in left[names[0]] if all(row in left[name] for name in names)]
        parts.append((title, shared))
        for name in names:
            left[name] = [row for row in left[name] if row not in shared]
    parts += sorted(left.items())
    return "\n\n".join(
        f"**{title}**\n\n" + table(["flag", "default", "what"], rows) for title, rows in parts if rows)


def provoke(coordinate, tracker, forward):
    """One refusal of each kind of service: a family without samples shows no labels."""
    request("POST", coordinate.address, "/stream/..", body=b"x")
    request("POST", tracker.address, "/peers", body=b"no JSON")
    get(forward.address, "/chunk/live/1")


def scraped(folder):
    """By service, its metrics: (name without prefix, kind, labels, help)."""
    cluster = Cluster(folder)
    try:
        coordinate = cluster.coordinate()
        tracker = cluster.tracker()
        services = {"coordinate": coordinate, "tracker": tracker, "forward": cluster.forward("--tracker", tracker.url)}
        provoke(*services.values())
        return {kind: families(kind, service.address) for kind, service in services.items()}
    finally:
        cluster.stop()


def families(kind, address):
    def look():
        text = get(address, "/metrics").text
        return text if re.search(r"_refusals_total\{", text) else None

    text = until(look, 10, f"the {kind} counts a refusal")
    found = {}
    for line in text.splitlines():
        if declared := re.match(rf"# (HELP|TYPE) p2plive_{kind}_(\S+) (.*)", line):
            found.setdefault(declared[2], {})[declared[1]] = declared[3]
        elif sample := re.match(rf"p2plive_{kind}_(\w+)\{{(.*)\}} ", line):
            found[sample[1]]["labels"] = ", ".join(re.findall(r"(\w+)=", sample[2]))
    return [(name, told["TYPE"], told.get("labels", ""), told["HELP"]) for name, told in found.items()]


def metrics():
    with tempfile.TemporaryDirectory(prefix="p2plive-reference-") as folder:
        left = scraped(Path(folder))
    shared = [family for family in left["coordinate"] if all(family in left[kind] for kind in SERVICES)]
    parts = [("SERVICE", shared)]
    parts += [(kind, [family for family in left[kind] if family not in shared]) for kind in SERVICES]
    return table(["metric", "kind", "labels", "what"], [
        (f"`p2plive_{kind}_{name}`", sort, labels, text) for kind, rows in parts for name, sort, labels, text in rows])


def put(text, name, content):
    begin, end = f"<!-- {name}: written by Tests/reference.py -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{DOCUMENT}: no place for the {name}")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; status 1 when something would change")
    options = parser.parse_args()
    old = DOCUMENT.read_text()
    new = put(put(old, "flags", flags()), "metrics", metrics())
    if not options.check:
        DOCUMENT.write_text(new)
        return 0
    wrong = [f"- {line}" for line in old.splitlines() if line not in new.splitlines()]
    wrong += [f"+ {line}" for line in new.splitlines() if line not in old.splitlines()]
    if new != old:
        print("docs/OPERATIONS.md lists other flags or metrics than the programs have (Tests/reference.py mends it):")
        print("\n".join(wrong))
    return 1 if new != old else 0


if __name__ == "__main__":
    sys.exit(main())
