"""One child process with its log."""

import os
import re
import resource
import signal
import subprocess
from pathlib import Path

from .waiting import until

TOP = Path(__file__).resolve().parents[2]
BIN = TOP / "bin"


def _in_child():
    """Dies with its parent, so that a killed test run leaves nothing behind."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    # Ctrl-C is for the parent, which ends its children in order.
    os.setpgid(0, 0)


class Program:
    """A running process; its stderr is in `log`, its stdout in `out`."""

    def __init__(self, name, arguments, folder, env=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.arguments = [str(argument) for argument in arguments]
        self.log = folder / f"{name}.log"
        self.out = folder / f"{name}.out"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("P2PLIVE_")}
        environment.update(env or {})
        # A restarted program goes on in the same file; what it said before counts no more.
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._out_start = self.out.stat().st_size if self.out.exists() else 0
        with open(self.log, "ab") as log, open(self.out, "ab") as out:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=environment, preexec_fn=_in_child
            )

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_running(self):
        return self.process.poll() is None

    def text(self):
        """What it logged since its start."""
        with open(self.log, "rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def output(self):
        """What it printed since its start."""
        with open(self.out, "rb") as file:
            file.seek(self._out_start)
            return file.read().decode(errors="replace")

    def logged(self, pattern, seconds=15):
        """Waits for a log line that matches; returns the match."""

        def look():
            found = re.search(pattern, self.text())
            if found is None and not self.is_running:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.text()[-2000:]}")
            return found

        return until(look, seconds, f"{self.name} logs {pattern!r}")

    def wait(self, seconds):
        """Waits for its end; returns the exit status."""
        return self.process.wait(timeout=seconds)

    def stop(self, number=signal.SIGTERM, seconds=10):
        """Ends it by a signal; returns the exit status."""
        if self.is_running:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not end within {seconds} s of signal {number}") from None

    def kill(self):
        """kill -9."""
        if self.is_running:
            self.process.kill()
        self.process.wait()

    def rss_bytes(self):
        """Resident memory."""
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def descriptor_count(self):
        """Open file descriptors."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))


def run(arguments, seconds=20, env=None, **options):
    """Runs a command to its end; returns its CompletedProcess with text output."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("P2PLIVE_")}
    environment.update(env or {})
    return subprocess.run(
        [str(argument) for argument in arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        env=environment,
        **options,
    )
