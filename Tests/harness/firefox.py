"""Headless Firefox and its page, driven over Marionette, its own remote control: JSON with its length in front, over TCP."""

import base64
import json
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path

from .cluster import free_port
from .program import Program
from .waiting import until

PROGRAM = "firefox-esr"
PREFERENCES = {
    # Nothing of its own on the network.
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}

# Errors, no warnings, of pages and workers; what Firefox says of itself is not about us.
COMPLAINTS = """
return Services.console.getMessageArray().flatMap((message) => {
    if (!(message instanceof Ci.nsIScriptError) || message.flags & 1) return [];
    const { category, errorMessage, sourceName } = message;
    const isOurs = category.startsWith("CSP") || ["content javascript", "Web Worker"].includes(category);
    return isOurs ? [`${category}: ${errorMessage} (${sourceName})`] : [];
});
"""


class FirefoxError(Exception):
    """It refused what it was told, or a script of a page failed."""


class FirefoxPage:
    """Its only page; the same calls as those of `harness.page.Page`, as far as they are needed."""

    def __init__(self, browser, url, before):
        self.browser = browser
        self.url = url
        browser.command("WebDriver:Navigate", url=url)
        # There is no way to be there earlier: what happened before the page was loaded is not counted.
        if before:
            self.evaluate(f"({before.strip().removesuffix(';')}, null)")

    def evaluate(self, script):
        return self.browser.command("WebDriver:ExecuteScript", script=f"return ({script})", args=[])["value"]

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.browser.command("WebDriver:TakeScreenshot", full=False)["value"]))

    def story(self):
        return f"page {self.url}\n{self.browser.program.text()[-2_000:]}"


class Firefox:
    """A Firefox with an empty profile."""

    # It sometimes tells of a frame more than half a second before the picture is there, and then of those in between.
    announces_frames = True

    def __init__(self, folder, name="firefox"):
        self.profile = tempfile.mkdtemp(prefix="p2plive-firefox-")
        self.count = 0
        self.socket = None
        port = free_port()
        lines = [f'user_pref("{key}", {json.dumps(value)});\n' for key, value in
                 {**PREFERENCES, "marionette.port": port}.items()]
        Path(self.profile, "user.js").write_text("".join(lines))
        environment = {"HOME": self.profile, "MOZ_CRASHREPORTER_DISABLE": "1", "TZ": "UTC", "LANG": "C.UTF-8"}
        arguments = [PROGRAM, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile", self.profile, "about:blank"]
        self.program = Program(name, arguments, folder, environment)
        try:
            self.socket = until(lambda: self._connect(port), 60, "Firefox listens", every=0.1)
            self._receive()
            self.version = self.command("WebDriver:NewSession")["capabilities"]["browserVersion"]
        except Exception:
            self.stop()
            raise

    @staticmethod
    def _connect(port):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            return None

    def command(self, name, **parameters):
        self.count += 1
        message = json.dumps([0, self.count, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise FirefoxError(f"{name}: {error.get('message')}")
        return result

    def _receive(self):
        length = b""
        while not length.endswith(b":"):
            length += self._read(1)
        return json.loads(self._read(int(length[:-1])))

    def _read(self, count):
        data = b""
        while len(data) < count:
            portion = self.socket.recv(count - len(data))
            if not portion:
                raise FirefoxError(f"Firefox is gone:\n{self.program.text()[-2_000:]}")
            data += portion
        return data

    def open(self, url, before=""):
        return FirefoxPage(self, url, before)

    def faults(self):
        """What pages and their workers threw and nobody caught, and breaches of their security policy."""
        self.command("Marionette:SetContext", value="chrome")
        try:
            return self.command("WebDriver:ExecuteScript", script=COMPLAINTS, args=[])["value"]
        finally:
            self.command("Marionette:SetContext", value="content")

    def stop(self):
        """Ends all its processes and forgets its profile."""
        if self.socket:
            self.socket.close()
        try:
            os.killpg(self.program.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.program.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
