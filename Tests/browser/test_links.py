"""Links between a page and the native link layer, byte for byte, in both roles: what viewers of both kinds rest on."""

import asyncio
import json

import pytest
from harness.probe import Probe, build
from harness.site import Site

COUNT, SIZE = 500, 16_384

# The probe's messages (harness.probe), made and checked by a page.
PAGE = """
(() => {
    window.pattern = Uint8Array.from({ length: 1 << 15 }, (_, i) => (31 * i + Math.floor(i / 256)) % 256);
    window.message = (number, size) => {
        const start = number * 7 % 1024, made = new Uint8Array(size);
        new DataView(made.buffer).setUint32(0, number);
        made.set(pattern.subarray(start, start + size - 4), 4);
        return made;
    };
    window.numbers = new Set();
    window.wrong = 0;
    window.candidates = [];
    window.link = new RTCPeerConnection();
    window.use = (channel) => {
        window.channel = channel;
        channel.binaryType = 'arraybuffer';
        channel.onmessage = ({ data }) => {
            const got = new Uint8Array(data), number = new DataView(data).getUint32(0);
            const expected = message(number, got.length);
            if (got.length !== SIZE || numbers.has(number) || expected.some((byte, i) => byte !== got[i])) wrong += 1;
            numbers.add(number);
        };
    };
    link.ondatachannel = (event) => use(event.channel);
    link.onicecandidate = (event) => { if (event.candidate?.candidate) candidates.push(event.candidate.candidate); };
})()
""".replace("SIZE", str(SIZE))
SEND = """
(async () => {
    channel.bufferedAmountLowThreshold = 1 << 18;
    for (let number = 0; number < COUNT; number += 1) {
        if (channel.bufferedAmount > 1 << 20) await new Promise((go) => { channel.onbufferedamountlow = go; });
        channel.send(message(number, SIZE));
    }
})()
""".replace("SIZE", str(SIZE)).replace("COUNT", str(COUNT))
LOCAL = "link.create{}().then((made) => link.setLocalDescription(made)).then(() => link.localDescription.sdp)"


@pytest.fixture(scope="module")
def probe_path():
    return build()


@pytest.fixture
def page(browser):
    site = Site({"/": ("text/html", "<!doctype html><title>link</title>")})
    opened = browser.open(site.url)
    opened.evaluate(PAGE)
    yield opened
    site.stop()


async def meet(page, probe, offers):
    """Exchanges descriptions and candidates; the page's are names that only a browser can resolve."""
    if offers == "page":
        page.evaluate("use(link.createDataChannel('p2plive/1', { ordered: false }))")
        probe.do("answer", link=0, sdp=page.evaluate(LOCAL.format("Offer")))
        answer = json.dumps({"type": "answer", "sdp": (await probe.event("answer"))["sdp"]})
        page.evaluate(f"link.setRemoteDescription({answer})")
    else:
        probe.do("offer", link=0, ordered=False)
        offer = json.dumps({"type": "offer", "sdp": (await probe.event("offer"))["sdp"]})
        page.evaluate(f"link.setRemoteDescription({offer})")
        probe.do("accept", link=0, sdp=page.evaluate(LOCAL.format("Answer")))
    page.wait_for("link.iceGatheringState === 'complete'")
    for candidate in page.evaluate("candidates"):
        assert ".local" in candidate
        probe.do("candidate", link=0, candidate=candidate)
    await probe.event("channel" if offers == "page" else "open")


@pytest.mark.parametrize("offers", ["page", "probe"])
def test_a_page_and_the_native_link_layer(page, probe_path, offers):
    async def run():
        probe = await Probe.start(probe_path)
        try:
            await meet(page, probe, offers)
            page.wait_for("window.channel?.readyState === 'open'")
            await probe.expect(COUNT)
            page.evaluate(SEND)
            received = await probe.event("received")
            assert received["wrong"] == 0 and received["count"] == COUNT
            probe.do("send", link=0, count=COUNT, size=SIZE)
            page.wait_for(f"numbers.size === {COUNT}")
            assert page.evaluate("wrong") == 0
        finally:
            await probe.stop()

    asyncio.run(run())
