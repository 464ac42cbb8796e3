"""Headless Chromium with a profile of its own, and its pages."""

import base64
import os
import shutil
import signal
import subprocess
import tempfile

from .devtools import DevTools, DevToolsError
from .page import Page
from .program import _in_child

PROGRAM = "chromium"
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--disable-dev-shm-usage",
    # Nothing of its own on the network.
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-breakpad", "--password-store=basic", "--remote-debugging-pipe",
]


class Browser:
    """A browser; `inside` is the beginning of a command line that runs it elsewhere (`network.Host.inside`)."""

    # What it tells of frames (requestVideoFrameCallback) is of those it shows.
    announces_frames = False

    def __init__(self, folder, name="chromium", flags=(), inside=()):
        folder.mkdir(parents=True, exist_ok=True)
        self.pages = []
        self.log = folder / f"{name}.log"
        self.profile = tempfile.mkdtemp(prefix="p2plive-chromium-")
        self.devtools = DevTools()
        arguments = [*inside, PROGRAM, *FLAGS, f"--user-data-dir={self.profile}", *flags, "about:blank"]

        def prepare():
            _in_child()
            self.devtools.give_descriptors()

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(3, 4), preexec_fn=prepare,
                env={**os.environ, "HOME": self.profile, "TZ": "UTC", "LANG": "C.UTF-8"})
        self.devtools.start()
        try:
            self.version = self.devtools.send("Browser.getVersion")["product"]
        except DevToolsError:
            self.stop()
            raise AssertionError(f"Chromium did not start:\n{self.log.read_text(errors='replace')[-2000:]}") from None

    def open(self, url, **options):
        """A page in a window of its own; options as those of `Page`."""
        page = Page(self, **options)
        self.pages.append(page)
        page.go(url)
        return page

    def new_profile(self):
        """An empty profile, for `open(…, profile=)`: no cache, no storage."""
        return self.devtools.send("Target.createBrowserContext")["browserContextId"]

    def processes(self):
        """Each process's type and the CPU time that it has used, in seconds."""
        return self.devtools.send("SystemInfo.getProcessInfo")["processInfo"]

    def faults(self):
        """What no page of ours may do, on any page."""
        return [f"{page.url}: {fault}" for page in self.pages for fault in page.faults]

    def stop(self):
        """Ends all its processes and forgets its profile."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.devtools.close()
        shutil.rmtree(self.profile, ignore_errors=True)


__all__ = ["Browser", "DevToolsError", "Page", "base64"]
