"""A cluster of real programs on loopback."""

import json
import signal
import socket

from .program import BIN, TOP, Program
from .waiting import until
from .web import bearer, get

SECRET = "a-secret-of-the-tests"


def free_port(host="127.0.0.1"):
    """A port that nothing listens on at the moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Service(Program):
    """coordinate, tracker or forward, with the addresses it logged."""

    def __init__(self, kind, name, flags, folder, env=None, wait=True):
        self.kind = kind
        super().__init__(name, [BIN / kind, "serve", *flags], folder, env)
        self.address = self.ingest = None
        if wait:
            self.started()

    def started(self):
        """Waits until it listens."""
        self.address = self.logged(r"Listening address=(\S+)").group(1)
        if self.kind == "forward":
            self.ingest = self.logged(r"Ingest address=(\S+)").group(1)
        return self

    @property
    def url(self):
        return f"http://{self.address}"

    def debug(self, secret=SECRET):
        return get(self.address, "/debug", headers=bearer(secret) if secret else None).json["state"]


class Viewer(Program):
    """`client watch`, with its statistics."""

    def lines(self):
        """Every complete line of statistics so far."""
        lines = self.output().split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def latest(self):
        lines = self.lines()
        return lines[-1] if lines else {}

    def plays(self, seconds=15, beyond=0):
        """Waits until it has released chunks beyond a sequence."""
        return until(
            lambda: (line := self.latest()).get("sequence", 0) > beyond and line, seconds, f"{self.name} plays"
        )

    def final(self, seconds=60):
        """Waits for its end and returns the last line."""
        status = self.wait(seconds)
        assert status == 0, f"{self.name} ended with {status}:\n{self.text()[-2000:]}"
        last = self.latest()
        assert last.get("final") is True, f"{self.name} wrote no final line"
        return last

    def ended(self, after=0):
        """Lets it watch on for so many seconds, stops it, and returns the last line."""
        return ended([self], after)[0]


# What viewers are told where a test waits for something while they watch: longer than all of its waits. It stops them then.
LONG = ["--duration", "300s"]


def ended(viewers, after=0):
    """Lets viewers watch on for so many seconds, stops all at the same time, and returns their last lines."""
    elapsed = lambda viewer: viewer.latest().get("elapsedMs", 0)  # noqa: E731
    goals = [elapsed(viewer) + 1_000 * after for viewer in viewers]
    until(
        lambda: all(elapsed(viewer) >= goal for viewer, goal in zip(viewers, goals, strict=True)), after + 30,
        f"they have watched on for {after} s", every=0.2)
    assert all(viewer.is_running for viewer in viewers)
    for viewer in viewers:
        viewer.process.send_signal(signal.SIGTERM)
    return [viewer.final(20) for viewer in viewers]


class Cluster:
    """Starts programs, remembers them, and ends all of them."""

    def __init__(self, folder):
        self.folder = folder
        self.programs = []
        self.coordinate_service = None
        self._counts = {}

    def _name(self, kind):
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}-{count}"

    def _remember(self, program):
        self.programs.append(program)
        return program

    def service(self, kind, *flags, name=None, env=None, wait=True):
        name = name or self._name(kind)
        return self._remember(Service(kind, name, ["--secret", SECRET, *flags], self.folder, env, wait))

    def coordinate(self, *flags, listen="127.0.0.1:0", open=True, **options):
        flags = ["--listen", listen, *(["--publish-open"] if open else []), *flags]
        service = self.service("coordinate", *flags, **options)
        self.coordinate_service = self.coordinate_service or service
        return service

    def tracker(self, *flags, coordinate=None, listen="127.0.0.1:0", name=None, **options):
        name = name or self._name("tracker")
        coordinate = coordinate or self.coordinate_service.url
        stun = [] if "--stun" in flags else ["--stun", "127.0.0.1:0"]
        flags = ["--listen", listen, "--coordinate", coordinate, "--name", name, *stun, *flags]
        return self.service("tracker", *flags, name=name, **options)

    def forward(self, *flags, upstream=None, listen="127.0.0.1:0", ingest="127.0.0.1:0", name=None, **options):
        name = name or self._name("forward")
        upstreams = upstream if isinstance(upstream, list) else [upstream or self.coordinate_service.url]
        flags = ["--listen", listen, "--ingest", ingest, "--name", name, *flags]
        for url in upstreams:
            flags += ["--upstream", url]
        return self.service("forward", *flags, name=name, **options)

    def run(self, name, *arguments, env=None):
        """Any other program."""
        return self._remember(Program(name, arguments, self.folder, env))

    def ffmpeg(self, *arguments, name=None):
        name = name or self._name("ffmpeg")
        return self.run(name, "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "warning", *arguments)

    def viewer(self, stream="live", *flags, coordinate=None, name=None):
        name = name or self._name("viewer")
        url = f"{coordinate or self.coordinate_service.url}/{stream}"
        return self._remember(
            Viewer(name, [BIN / "client", "watch", url, "--stats", "-", *flags], self.folder)
        )

    def swarm(self, stream="live", *flags, coordinate=None, name=None):
        """`client swarm`; ends with the summary as its last line of statistics."""
        name = name or self._name("swarm")
        url = f"{coordinate or self.coordinate_service.url}/{stream}"
        return self._remember(Viewer(name, [BIN / "client", "swarm", url, "--stats", "-", *flags], self.folder))

    def swarming(self, *, bitrate="500k", forwards=1, forward_flags=(), address="127.0.0.1", picture=()):
        """Coordinate, tracker, forwards and a test picture on `live`: what viewers need to feed each other."""
        self.coordinate(listen=f"{address}:0")
        stun = ["--stun", f"{address}:0"]
        tracker = self.tracker(*stun, name="tracker", listen=f"{address}:{free_port(address)}")
        made = [
            self.forward(
                "--tracker", tracker.url, *forward_flags, name=f"forward-{number + 1}", listen=f"{address}:0",
                ingest=f"{address}:0")
            for number in range(forwards)
        ]
        self.publish_picture(bitrate, picture)
        self.live(seconds=30)
        self.forwards_known(*[forward.name for forward in made])
        until(
            lambda: {forward["name"] for forward in tracker.debug()["forwards"]} >= {forward.name for forward in made},
            15, "the tracker knows the forwards")
        return tracker, made

    def publish_picture(self, bitrate="500k", flags=(), name="publisher"):
        """A test picture on `live`."""
        target = f"{self.coordinate_service.url}/stream/live"
        return self.run(name, BIN / "client", "publish", target, "testsrc", "--bitrate", bitrate, *flags)

    def restart(self, service, *more):
        """Starts a service again, on the addresses it had, with the flags it had."""
        flags = service.arguments[2:]
        for flag, address in (("--listen", service.address), ("--ingest", service.ingest)):
            if address:
                flags[flags.index(flag) + 1] = address
        again = Service(service.kind, service.name, [*flags, *more], self.folder)
        if service is self.coordinate_service:
            self.coordinate_service = again
        return self._remember(again)

    def streams(self):
        """What the coordinate lists, by name."""
        listed = get(self.coordinate_service.address, "/streams").json["streams"]
        return {stream["name"]: stream for stream in listed}

    def live(self, name="live", seconds=15):
        """Waits until a stream is live and has chunks."""

        def look():
            stream = self.streams().get(name, {})
            return stream if stream.get("state") == "live" and stream.get("sequence") else None

        return until(look, seconds, f"{name} is live")

    def forwards_known(self, *names, seconds=15):
        """Waits until the coordinate knows these forwards."""

        def look():
            known = {forward["name"] for forward in self.coordinate_service.debug()["forwards"]}
            return known >= set(names)

        return until(look, seconds, f"the coordinate knows {names}")

    def stop(self):
        for program in reversed(self.programs):
            program.kill()


__all__ = ["BIN", "SECRET", "TOP", "Cluster", "Program", "Service", "Viewer", "free_port"]
