"""Links between peers against a second implementation of WebRTC data channels (aiortc), in both roles, on loopback."""

import asyncio

import aioice.ice
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from harness.probe import Probe, build, is_right, join, message

COUNT, SIZE = 2_000, 16_384


@pytest.fixture(scope="module")
def probe_path():
    return build()


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch):
    """aiortc leaves loopback out of its candidates; here there is nothing else."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


class Peer:
    """aiortc's end with one channel."""

    def __init__(self):
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = None
        self.numbers, self.wrong = set(), 0
        self.opened, self.closed, self.complete = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.connection.on("datachannel", self.adopt)

    def adopt(self, channel):
        self.channel = channel
        channel.on("message", self.receive)
        channel.on("open", self.opened.set)
        channel.on("close", self.closed.set)
        if channel.readyState == "open":
            self.opened.set()

    def receive(self, content):
        number = int.from_bytes(content[:4], "big")
        if len(content) != SIZE or number in self.numbers or not is_right(number, content):
            self.wrong += 1
        self.numbers.add(number)
        if len(self.numbers) == COUNT:
            self.complete.set()

    async def local(self, description):
        await self.connection.setLocalDescription(description)
        return self.connection.localDescription.sdp

    async def remote(self, kind, sdp):
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, kind))

    async def send_all(self):
        for number in range(COUNT):
            while self.channel.bufferedAmount > 1 << 20:
                await asyncio.sleep(0.005)
            self.channel.send(message(number, SIZE))


async def connected(probe, probe_offers):
    peer = Peer()
    if probe_offers:
        probe.do("offer", link=0)
        await peer.remote("offer", (await probe.event("offer"))["sdp"])
        probe.do("accept", link=0, sdp=await peer.local(await peer.connection.createAnswer()))
    else:
        peer.adopt(peer.connection.createDataChannel("pieces", ordered=False))
        probe.do("answer", link=0, sdp=await peer.local(await peer.connection.createOffer()))
        await peer.remote("answer", (await probe.event("answer"))["sdp"])
        assert (await probe.event("channel"))["ordered"] is False
    await asyncio.wait_for(peer.opened.wait(), 30)
    await probe.event("linkOpen")
    return peer


@pytest.mark.parametrize("probe_offers", [True, False], ids=["offers", "answers"])
@pytest.mark.parametrize("closes", ["probe", "aiortc"])
def test_aiortc_gets_and_sends_every_byte(probe_path, probe_offers, closes):
    async def run():
        probe = await Probe.start(probe_path)
        try:
            peer = await connected(probe, probe_offers)
            await probe.expect(COUNT)
            # One direction after the other: both at once overflow aiortc's socket, and it backs off for minutes.
            probe.do("send", link=0, count=COUNT, size=SIZE)
            await asyncio.wait_for(peer.complete.wait(), 120)
            await peer.send_all()
            received = await probe.event("received", seconds=120)
            assert (received["count"], received["wrong"], received["bytes"]) == (COUNT, 0, COUNT * SIZE)
            assert (len(peer.numbers), peer.wrong) == (COUNT, 0)
            if closes == "probe":
                probe.do("close", link=0)
                await asyncio.wait_for(peer.closed.wait(), 30)
            else:
                await peer.connection.close()
                assert (await probe.event("closed"))["reason"] == "closed by the peer"
            await peer.connection.close()
        finally:
            await probe.stop()

    asyncio.run(run())


@pytest.mark.parametrize("probe_closes", [True, False], ids=["probe", "aiortc"])
def test_one_channel_closes_and_both_see_it(probe_path, probe_closes):
    async def run():
        probe = await Probe.start(probe_path)
        try:
            peer = await connected(probe, True)
            await probe.event("open")
            if probe_closes:
                probe.do("closeChannel", link=0)
            else:
                peer.channel.close()
            await probe.event("channelClosed")
            await asyncio.wait_for(peer.closed.wait(), 30)
            assert peer.connection.connectionState == "connected"
            await peer.connection.close()
        finally:
            await probe.stop()

    asyncio.run(run())


def test_texts_and_empty_messages(probe_path):
    async def run():
        probe = await Probe.start(probe_path)
        try:
            peer = await connected(probe, True)
            await probe.expect(3)
            for content in ("", b"", "grün"):
                peer.channel.send(content)
            # None of them is a numbered message, and all arrive.
            received = await probe.event("received")
            assert (received["wrong"], received["bytes"]) == (3, 5)
            await peer.connection.close()
        finally:
            await probe.stop()

    asyncio.run(run())


def test_a_certificate_in_between_is_refused(probe_path):
    async def run():
        probe, peer = await Probe.start(probe_path), Peer()
        try:
            peer.adopt(peer.connection.createDataChannel("pieces"))
            sdp = await peer.local(await peer.connection.createOffer())
            name = "a=fingerprint:sha-256 "
            place = sdp.index(name) + len(name)
            sdp = sdp[:place] + ("0" if sdp[place] != "0" else "1") + sdp[place + 1 :]
            probe.do("answer", link=0, sdp=sdp)
            await peer.remote("answer", (await probe.event("answer"))["sdp"])
            assert "certificate" in (await probe.event("closed"))["reason"]
            assert not any(event["event"] == "linkOpen" for event in probe.events)
            await peer.connection.close()
        finally:
            await probe.stop()

    asyncio.run(run())


def test_a_peer_that_was_killed_is_missed(probe_path):
    async def run():
        offerer, answerer = await Probe.start(probe_path, "offerer"), await Probe.start(probe_path, "answerer")
        try:
            await join(offerer, answerer)
            answerer.process.kill()
            assert (await offerer.event("closed", seconds=30))["reason"] == "no path to the peer works"
        finally:
            await offerer.stop()
            await answerer.stop()

    asyncio.run(run())
