"""Programs that run side by side in one terminal: their logs, each line behind a name, and their ports."""

import re
import signal
import socket
import sys
import threading
import time

from .cluster import free_port
from .program import BIN

# 2026-01-31T12:00:00.000 info p2plive.forward: Listening address=…
LOG_LINE = re.compile(r"^\d{4}-\S+ (?P<level>\w+) p2plive\.\w+: (?P<text>.*)")
COLOURS = [36, 33, 32, 35, 34, 31, 96, 93]


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


def prepare():
    """Makes Ctrl-C and SIGTERM raise `Stopped`, and ends with a hint when there are no programs."""

    def stop(number, frame):
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    missing = [name for name in ("coordinate", "tracker", "forward", "client") if not (BIN / name).exists()]
    if missing:
        sys.exit(f"bin/ has no {', '.join(missing)}: run make build")


# Threads that follow logs print at the same time: a line and its end are two writes of `print`.
PRINTING = threading.Lock()


def say(text):
    with PRINTING:
        print(text, flush=True)


def address(port, host="127.0.0.1", owner="demo", kind=socket.SOCK_STREAM):
    """The usual port, or a free one when something listens there."""
    with socket.socket(type=kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return f"{host}:{port}"
        except OSError:
            chosen = free_port(host)
            say(f"{owner:<11} | port {port} is taken, using {chosen}")
            return f"{host}:{chosen}"


def follow(program, number=None):
    """Prints a program's log as it grows, each line behind its name; in a terminal with the colour of a number."""
    name = f"{program.name:<11}"
    if number is not None and sys.stdout.isatty():
        name = f"\x1b[{COLOURS[number % len(COLOURS)]}m{name}\x1b[0m"

    def copy():
        with open(program.log, errors="replace") as file:
            while True:
                line = file.readline()
                if line:
                    logged = LOG_LINE.match(line)
                    # What is no log line is a program's own progress.
                    if logged:
                        say(f"{name} | {logged['level']} {logged['text']}")
                elif not program.is_running:
                    return
                else:
                    time.sleep(0.1)

    threading.Thread(target=copy, daemon=True).start()
