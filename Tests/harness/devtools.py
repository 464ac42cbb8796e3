"""The DevTools protocol of Chromium over its pipe: JSON messages that end with a zero byte, on descriptors 3 and 4."""

import fcntl
import itertools
import json
import os
import threading


class DevToolsError(Exception):
    """The browser refused a command, did not answer in time, or is gone."""


class _Answer:
    def __init__(self):
        self.has_come = threading.Event()
        self.message = None


def _pipe():
    """Descriptors for reading and writing, above those that the browser wants to have."""
    made = os.pipe()
    raised = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 20) for descriptor in made]
    for descriptor in made:
        os.close(descriptor)
    return raised


class DevTools:
    """One connection; a thread reads. `session` names a page or worker that was attached to, None the browser."""

    def __init__(self):
        self._commands_read, self._commands = _pipe()
        self._events, self._events_written = _pipe()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._answers = {}
        self._handlers = {}
        self._is_closed = False

    def give_descriptors(self):
        """In the child that becomes the browser: puts its ends where it looks for them."""
        os.dup2(self._commands_read, 3)
        os.dup2(self._events_written, 4)

    def start(self):
        """Begins to read, once the browser has its ends."""
        os.close(self._commands_read)
        os.close(self._events_written)
        threading.Thread(target=self._read, daemon=True).start()

    def handle(self, session, handler):
        """Calls `handler(method, parameters)` for events of a session, on the thread that reads."""
        with self._lock:
            self._handlers[session] = handler

    def post(self, method, parameters=None, session=None, number=None):
        """Sends a command whose answer nobody waits for."""
        message = {"id": number or next(self._numbers), "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._commands, data) :]
            except OSError as error:
                raise DevToolsError(f"{method}: the browser is gone") from error

    def send(self, method, parameters=None, session=None, seconds=30):
        """Sends a command and returns its result. Not for handlers: they run on the thread that would bring it."""
        number, answer = next(self._numbers), _Answer()
        with self._lock:
            if self._is_closed:
                raise DevToolsError(f"{method}: the browser is gone")
            self._answers[number] = answer
        self.post(method, parameters, session, number)
        came = answer.has_come.wait(seconds)
        with self._lock:
            self._answers.pop(number, None)
        if not came:
            raise DevToolsError(f"{method} was not answered within {seconds} s")
        if answer.message is None:
            raise DevToolsError(f"{method}: the browser is gone")
        if "error" in answer.message:
            raise DevToolsError(f"{method}: {answer.message['error']['message']}")
        return answer.message["result"]

    def _read(self):
        rest = bytearray()
        with open(self._events, "rb", buffering=0) as source:
            while block := source.read(1 << 20):
                *whole, tail = (rest + block).split(b"\0")
                rest = bytearray(tail)
                for message in whole:
                    self._take(json.loads(message))
        with self._lock:
            self._is_closed = True
            waiting = list(self._answers.values())
        for answer in waiting:
            answer.has_come.set()

    def _take(self, message):
        with self._lock:
            answer = self._answers.get(message.get("id"))
            handler = self._handlers.get(message.get("sessionId"))
        if answer:
            answer.message = message
            answer.has_come.set()
        elif handler and "method" in message:
            handler(message["method"], message["params"])

    def close(self):
        os.close(self._commands)
