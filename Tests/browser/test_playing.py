"""A page plays: by itself, on other sites, with less than a browser usually has."""

import pytest
from harness.site import Site
from harness.viewing import NO_WEBRTC, Watching, watch


def test_a_page_plays_twenty_seconds(browser, swarm):
    viewer = watch(browser, swarm)
    viewer.plays()
    before = viewer.shown
    viewer.advances(20)
    after = viewer.shown
    # 15 frames a second; a busy machine may drop one here and there.
    assert after["frames"] - before["frames"] >= 0.9 * 15 * (after["mediaTime"] - before["mediaTime"])
    stats = viewer.has_played_smoothly()
    assert viewer.state == "playing" and stats["continuity"] == 1
    assert stats["badPieces"] == 0 and stats["startupMs"] > 0 and stats["framesShown"] > 0


def embedding(cluster):
    coordinate = cluster.coordinate_service.url
    return (
        "<!doctype html><title>Another site</title><style>p2p-live { width: 320px; height: 180px }</style>"
        f'<script type="module" src="{coordinate}/player.js"></script><p2p-live src="{coordinate}/live"></p2p-live>')


@pytest.fixture
def site():
    made = Site({})
    yield made
    made.stop()


def test_another_site_embeds_the_player(browser, shared_swarm, site):
    site.files["/"] = ("text/html", embedding(shared_swarm))
    viewer = Watching(browser, f"{site.url}/")
    viewer.plays()
    viewer.advances(3)
    stats = viewer.has_played_smoothly()
    assert stats["isWorker"] is True
    assert stats["peer"], "it is a viewer among others"


def test_a_site_that_forbids_workers_embeds_the_player(browser, shared_swarm, site):
    coordinate = shared_swarm.coordinate_service.url
    site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {coordinate}; style-src 'unsafe-inline'; connect-src *; media-src blob:; "
        "worker-src 'none'")
    site.files["/"] = ("text/html", embedding(shared_swarm))
    viewer = Watching(browser, f"{site.url}/")
    viewer.plays()
    viewer.advances(3)
    stats = viewer.has_played_smoothly()
    assert stats["isWorker"] is False and stats["peer"]
    # It may try, and be refused; nothing else.
    refused = [fault for fault in viewer.page.faults if "worker-src" in fault]
    assert viewer.page.faults == refused
    viewer.page.faults.clear()


@pytest.mark.parametrize("query, before", [("?p2p=0", ""), ("", NO_WEBRTC)], ids=["p2p=0", "no WebRTC"])
def test_forwards_alone_are_enough(browser, shared_swarm, query, before):
    other = watch(browser, shared_swarm)
    other.plays()
    viewer = watch(browser, shared_swarm, query, before=before)
    viewer.plays()
    viewer.advances(4)
    stats = viewer.has_played_smoothly()
    assert stats["bytesFromPeers"] == 0 and stats["bytesFromForwards"] > 0
    assert all("forward" in parent for parent in stats["parents"]), stats["parents"]
    assert stats["children"] == 0
    other.has_played_smoothly()


def test_plain_http_from_another_machine(browsers, host, cluster):
    """No secure context: no crypto.subtle, and the page checks signatures and hashes by itself."""
    cluster.swarming(address=host.gateway, bitrate="300k")
    browser = browsers.start(inside=host.inside)
    viewer = watch(browser, cluster)
    assert viewer.page.evaluate("!isSecureContext && !crypto.subtle")
    native = cluster.viewer("live", "--verify")
    native.plays()
    viewer.plays()
    viewer.advances(4)
    stats = viewer.has_played_smoothly()
    assert stats["badPieces"] == 0 and stats["chunksOnTime"] > 0
