"""One page of a browser: its JavaScript, what it complained of, its network, its clicks."""

import base64
import json
import threading

from .devtools import DevToolsError
from .waiting import until

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESKTOP = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}


class Page:
    """A page; `before` is JavaScript that runs in it before its own, `profile` one of `Browser.new_profile`."""

    def __init__(self, browser, before=None, profile=None):
        self.browser = browser
        self.devtools = browser.devtools
        self.url = None
        # What it logged, and what no page of ours may do: uncaught exceptions, breaches of a security policy.
        self.console, self.faults = [], []
        self.has_crashed = threading.Event()
        self.workers = {}
        target = {"url": "about:blank", "newWindow": True}
        if profile:
            target["browserContextId"] = profile
        self.target = self.devtools.send("Target.createTarget", target)["targetId"]
        attached = self.devtools.send("Target.attachToTarget", {"targetId": self.target, "flatten": True})
        self.session = attached["sessionId"]
        self.devtools.handle(self.session, self._take)
        for method in ("Page.enable", "Runtime.enable", "Log.enable", "Audits.enable", "Inspector.enable"):
            self.send(method)
        follow = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True}
        self.send("Target.setAutoAttach", follow)
        if before:
            self.send("Page.addScriptToEvaluateOnNewDocument", {"source": before})

    def send(self, method, parameters=None, seconds=30):
        return self.devtools.send(method, parameters, self.session, seconds)

    def _take(self, method, event):
        if method == "Runtime.consoleAPICalled":
            words = [str(word.get("value", word.get("description", ""))) for word in event["args"]]
            self.console.append(f"{event['type']}: {' '.join(words)}")
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded":
            entry = event["entry"]
            self.console.append(f"{entry['source']} {entry['level']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Audits.issueAdded":
            if event["issue"]["code"] == "ContentSecurityPolicyIssue":
                details = event["issue"]["details"]["contentSecurityPolicyIssueDetails"]
                self.faults.append(f"security policy: {json.dumps(details)}")
        elif method == "Inspector.targetCrashed":
            self.has_crashed.set()
        elif method == "Target.attachedToTarget":
            session = event["sessionId"]
            self.workers[session] = event["targetInfo"]["type"]
            self.devtools.handle(session, self._take)
            self.devtools.post("Runtime.enable", session=session)
        elif method == "Target.detachedFromTarget":
            self.workers.pop(event["sessionId"], None)

    def go(self, url):
        """Opens a URL and waits until the document is there."""
        self.url = url
        answer = self.send("Page.navigate", {"url": url})
        if answer.get("errorText"):
            raise DevToolsError(f"{url}: {answer['errorText']}")
        self.wait_for("document.readyState !== 'loading' && location.href !== 'about:blank'", 15)

    def evaluate(self, script, seconds=30):
        """The value of an expression, after its promise if it is one; an exception in it is one here."""
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True}
        answer = self.send("Runtime.evaluate", wanted, seconds)
        if details := answer.get("exceptionDetails"):
            raise DevToolsError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait_for(self, script, seconds=15):
        """Waits until an expression is true; returns its value, or true for what cannot be brought over."""
        last = None
        condition = f"(async () => {{ const value = await ({script}); return typeof value === 'object' ? !!value : value; }})()"

        def look():
            nonlocal last
            try:
                last = self.evaluate(condition)
            except DevToolsError as error:
                # The page may not be there yet.
                last = error
                return None
            return last

        try:
            return until(look, seconds, script, every=0.1)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; last: {last!r}\n{self.story()}") from None

    def story(self):
        """What it complained of, for whoever reads why a test failed."""
        return "\n".join([f"page {self.url}", *self.console[-20:], *(f"FAULT {fault}" for fault in self.faults)])

    def stays(self, script, seconds):
        """Checks that an expression is true all through `seconds`."""
        from .waiting import stays

        stays(lambda: self.evaluate(script), seconds, script)

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", {"format": "png"})["data"]))

    def emulate(self, screen=DESKTOP, dark=False):
        """A screen (`PHONE`, `DESKTOP`), and the scheme of colours that its user prefers."""
        self.send("Emulation.setDeviceMetricsOverride", screen)
        self.send("Emulation.setTouchEmulationEnabled", {"enabled": screen["mobile"]})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", {"features": [scheme]})

    def click(self, element):
        """Clicks into the middle of what an expression gives."""
        box = self.evaluate(
            f"(() => {{ const element = {element}; element.scrollIntoView({{ block: 'center' }});"
            " const box = element.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            where = {"type": kind, "x": box[0], "y": box[1], "button": "left", "clickCount": 1}
            self.send("Input.dispatchMouseEvent", where)

    def press(self, key):
        """Presses and releases a key: a letter, or a name such as Escape."""
        code = f"Key{key.upper()}" if len(key) == 1 and key.isalpha() else key
        number = {"Enter": 13, "Escape": 27, "Space": 32, " ": 32, "Tab": 9}.get(key, ord(key[0].upper()))
        for kind in ("keyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number}
            if len(key) == 1 and kind == "keyDown":
                event["text"] = key
            self.send("Input.dispatchKeyEvent", event)

    def hide(self):
        """Puts another tab in front of it; returns that one."""
        window = self.devtools.send("Browser.getWindowForTarget", {"targetId": self.target})["windowId"]
        self.devtools.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "minimized"}})
        self.wait_for("document.visibilityState === 'hidden'", 5)

    def show(self):
        window = self.devtools.send("Browser.getWindowForTarget", {"targetId": self.target})["windowId"]
        self.devtools.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}})
        self.devtools.send("Target.activateTarget", {"targetId": self.target})
        self.wait_for("document.visibilityState === 'visible'", 5)

    def crash(self):
        """Kills its renderer process, as running out of memory does."""
        self.devtools.post("Page.crash", session=self.session)
        assert self.has_crashed.wait(10), "the page did not crash"

    def metrics(self):
        """CPU seconds of its main thread since it was first asked (TaskDuration, ScriptDuration, …), heap, nodes."""
        self.send("Performance.enable", {"timeDomain": "threadTicks"})
        return {metric["name"]: metric["value"] for metric in self.send("Performance.getMetrics")["metrics"]}

    def heap_bytes(self):
        """JavaScript's heap after a collection, of the page and its workers."""
        total = 0
        for session in [self.session, *self.workers]:
            self.devtools.send("HeapProfiler.collectGarbage", session=session)
            total += self.devtools.send("Runtime.getHeapUsage", session=session)["usedSize"]
        return total

    def close(self):
        """Closes it as its user would: the page gets its pagehide."""
        self.devtools.send("Target.closeTarget", {"targetId": self.target})
