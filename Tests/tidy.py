#!/usr/bin/env python3
"""Checks the house rules that a formatter does not know; prints each breach as FILE:LINE: what, and exits 1."""

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
LINES_MAX = 400
LINE_LENGTH_MAX = 120

# Modules without I/O, clock or C libraries, and all they may import.
PURE = {"CoreTypes", "MediaWire", "FragmentedMP4", "STUNCore", "TestPicture", "IngestCore", "AssignmentCore", "StreamCore", "WebCore"}
PURE |= {"ForwardCore", "PlayoutCore", "HLSCore", "PeerWire", "PeerCore", "OverlayCore", "SwarmCore", "SafetyNet", "SwarmSimulation"}
# The mathematics of the C library, and collections without side effects.
PURE_IMPORTS = PURE | {"Glibc", "HeapModule", "DequeModule"}

FORBIDDEN = [
    (re.compile(r"\btry!"), "try! outside tests"),
    (re.compile(r"\bas!\s"), "as! outside tests"),
    (re.compile(r"[\w)\]]!(?=[\s.,)\]?:;]|$)(?!=)"), "force unwrap outside tests"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "an open end belongs in an issue"),
    (re.compile(r"\bprint\(.*debug", re.I), "debug output"),
    (re.compile(r"^\s*(?:\w+ )?import Foundation$"), "Foundation, which brings 34 MB of ICU; FoundationEssentials does not"),
]
# Folders of the viewer in a browser without I/O, clock or randomness: what of a browser they must not use.
PURE_FOLDERS = {"wire", "crypto", "core"}
IMPURE = r"\b(document|window|navigator|fetch|setTimeout|setInterval|Worker|RTCPeerConnection|performance|Date|Math\.random)\b"
FORBIDDEN_IN_JS = [
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "an open end belongs in an issue"),
    (re.compile(r"\bconsole\."), "debug output"),
    (re.compile(r"^import .* from \"(?!\.\.?/)"), "a dependency"),
    (re.compile(r"^import .* as |^import \*|^export default|^export \{ ?\w"), "modules are joined by name into one"),
]
NEEDS_PROOF = re.compile(r"@unchecked Sendable|nonisolated\(unsafe\)")


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard", *patterns], cwd=TOP, capture_output=True, text=True, check=True)
    return [TOP / name for name in listed.stdout.split("\0") if name and (TOP / name).exists()]


def code_of(line):
    """The line without its string literals and comment."""
    without_strings = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
    return without_strings.split("//")[0]


def has_proof(lines, index):
    """A comment on the line, or in the block of lines right above it."""
    if "//" in lines[index]:
        return True
    above = index - 1
    # The proof of the first of several such lines in a row stands for all of them.
    while above >= 0 and (NEEDS_PROOF.search(lines[above]) or lines[above].lstrip().startswith("@")):
        if "//" in lines[above]:
            return True
        above -= 1
    return above >= 0 and lines[above].lstrip().startswith("//")


def module_of(path):
    parts = path.relative_to(TOP).parts
    return parts[parts.index("Sources") + 1] if "Sources" in parts else None


def check(path):
    lines = path.read_text().split("\n")
    in_tests = "Tests" in path.relative_to(TOP).parts
    if len(lines) - 1 > LINES_MAX:
        yield 1, f"{len(lines) - 1} lines, more than {LINES_MAX}: one idea each"
    if path.suffix != ".swift" or path.name == "Package.swift":
        return
    module = module_of(path)
    in_text = False
    for index, line in enumerate(lines):
        quotes = line.count('"""')
        if in_text or quotes % 2:
            in_text ^= quotes % 2 == 1
            continue
        code = code_of(line)
        if in_tests:
            continue
        for pattern, what in FORBIDDEN:
            text = line if "open end" in what else code
            if pattern.search(text):
                yield index + 1, what
        if NEEDS_PROOF.search(code) and not has_proof(lines, index):
            yield index + 1, f"{NEEDS_PROOF.search(code).group()} needs a comment right above that proves it safe"
        imported = re.match(r"\s*(?:@\w+ )?import (?:struct |class |enum |func )?(\w+)", code)
        if module in PURE and imported and imported.group(1) not in PURE_IMPORTS:
            yield index + 1, f"{module} has no I/O and imports {imported.group(1)}"


def check_js(path):
    """The rules for the viewer in a browser; its tests may do what they need."""
    lines = path.read_text().split("\n")
    parts = path.relative_to(TOP).parts
    if lines[0] != "// @ts-check":
        yield 1, "the first line is // @ts-check"
    is_pure = parts[:2] == ("Client", "Web") and parts[2] in PURE_FOLDERS
    for index, line in enumerate(lines):
        if len(line) > LINE_LENGTH_MAX:
            yield index + 1, f"{len(line)} characters, more than {LINE_LENGTH_MAX}"
        if "Tests" in parts:
            continue
        for pattern, what in FORBIDDEN_IN_JS:
            if pattern.search(line):
                yield index + 1, what
        code = re.sub(r'"[^"]*"|`[^`]*`', '""', line).split("//")[0]
        if is_pure and not line.lstrip().startswith(("*", "/*", "//")) and re.search(IMPURE, code):
            yield index + 1, f"{parts[2]} has no I/O, clock or randomness"
        if re.match(r"export (const|let|class|async|function)", line) and lines[index - 1] not in (" */", "};"):
            if not lines[index - 1].startswith("/** "):
                yield index + 1, "what is exported has a comment"


def check_js_names(paths):
    """Top-level names differ over all modules, so that they can be joined into one."""
    seen = {}
    declared = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", re.M)
    for path in paths:
        for name in declared.findall(path.read_text()):
            if name in seen:
                yield path, f"{name} is declared in {seen[name].name}, too: modules are joined into one"
            seen[name] = path


def main():
    breaches = 0
    web = [path for path in tracked("Client/Web/*.js") if "Tests" not in path.parts]
    for path, what in check_js_names(web):
        print(f"{path.relative_to(TOP)}:1: {what}")
        breaches += 1
    for path in tracked("*.swift", "*.py", "*.sh", "*.js", "*.c", "*.h"):
        for line, what in [*check(path), *(check_js(path) if path.suffix == ".js" else [])]:
            print(f"{path.relative_to(TOP)}:{line}: {what}")
            breaches += 1
    allowed = {"CoOrdinate", "Tracker", "Forward", "Client", "Shared", "docs", "Tests", "docker-compose.yml"}
    allowed |= {"Makefile", "README.md", "LICENSE"}
    for name in sorted({path.relative_to(TOP).parts[0] for path in tracked()}):
        if name not in allowed and not name.startswith("."):
            print(f"{name}: does not belong at the top")
            breaches += 1
    print("House rules: " + (f"{breaches} breaches" if breaches else "kept"))
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
