"""peerlink-probe: one end of links between peers, told what to do in lines of JSON.

Commands (`do`): configure (addresses, linksMax, delayMs, loss, seed), offer (link, ordered), answer (link, sdp), accept
(link, sdp), candidate (link, candidate), expect (link, count), send (link, count, size, bitsPerSecond), closeChannel
(link), close (link), statistics (link), figures. Events: offer and answer (sdp), candidate, connecting, linkOpen, channel (label, ordered),
open, expecting, received (count, wrong, bytes), sent, channelClosed, closed (reason), statistics, figures, error (reason); with link and ms since
the link was made where that makes sense.
"""

import asyncio
import json
import subprocess

from .program import TOP, _in_child

PATTERN = bytes((31 * i + i // 256) % 256 for i in range(1 << 15))


def message(number, size):
    """What the probe sends and expects as message `number`."""
    start = number * 7 % 1024
    return number.to_bytes(4, "big") + PATTERN[start : start + size - 4]


def is_right(number, content):
    return content == message(number, len(content))


def build():
    """Builds the probe; returns its path."""
    made = subprocess.run([TOP / "Tests/tools/probe"], stdout=subprocess.PIPE, text=True, check=True, timeout=1200)
    return TOP / made.stdout.strip().splitlines()[-1]


class Probe:
    """A running probe."""

    def __init__(self, process, name):
        self.process = process
        self.name = name
        self.events = []
        self._queues = {}
        self._failure = None
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, path, name="probe", addresses=("127.0.0.1",), **configuration):
        process = await asyncio.create_subprocess_exec(
            path, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20, preexec_fn=_in_child
        )
        made = cls(process, name)
        made.do("configure", addresses=list(addresses), **configuration)
        return made

    def _queue(self, name, link):
        return self._queues.setdefault((name, link), asyncio.Queue())

    async def _read(self):
        while line := await self.process.stdout.readline():
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == "error":
                self._failure = event["reason"]
                for queue in self._queues.values():
                    queue.put_nowait(None)
            else:
                self._queue(event["event"], event.get("link", 0)).put_nowait(event)

    def do(self, what, **arguments):
        """Gives a command."""
        self.process.stdin.write((json.dumps({"do": what, **arguments}) + "\n").encode())

    async def event(self, name, link=0, seconds=30):
        """The next event of that name and link that was not returned before; raises on an error event or a late one."""
        if self._failure:
            raise AssertionError(f"{self.name}: {self._failure}")
        try:
            event = await asyncio.wait_for(self._queue(name, link).get(), seconds)
        except asyncio.TimeoutError:
            raise TimeoutError(f"{self.name}: no {name} of link {link}; last: {self.events[-3:]}") from None
        if event is None:
            raise AssertionError(f"{self.name}: {self._failure}")
        return event

    async def expect(self, count, link=0):
        """Makes it count messages from now on."""
        self.do("expect", link=link, count=count)
        await self.event("expecting", link)

    async def figures(self):
        """What the process costs now."""
        self.do("figures")
        return await self.event("figures")

    async def stop(self, seconds=10):
        """Ends it; kills it when it takes longer."""
        if self.process.returncode is None:
            self.process.stdin.close()
            try:
                await asyncio.wait_for(self.process.wait(), seconds)
            except asyncio.TimeoutError:
                self.process.kill()
                await self.process.wait()
        await self._reader


async def join(offerer, answerer, link=0, **options):
    """Connects two probes; returns the offerer's event of the open channel."""
    offerer.do("offer", link=link, **options)
    answerer.do("answer", link=link, sdp=(await offerer.event("offer", link))["sdp"])
    offerer.do("accept", link=link, sdp=(await answerer.event("answer", link))["sdp"])
    await answerer.event("channel", link)
    return await offerer.event("open", link)
