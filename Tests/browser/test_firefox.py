"""The viewer in Firefox: the same page, in one swarm with native viewers and pages of Chromium."""

import pytest
from harness.artifacts import folder_of
from harness.firefox import Firefox
from harness.viewing import MEDIA, watch
from harness.waiting import until


@pytest.fixture
def firefox(request):
    """A Firefox; in the end it is gone, and its page has thrown nothing."""
    made = Firefox(folder_of(request.node.name + "-firefox"))
    yield made
    try:
        faults = made.faults()
    finally:
        made.stop()
    assert not faults, faults


def carried(viewer):
    """Whether media came over one of its links, and whether it went out over one."""
    links = viewer.stats.get("neighbours", [])
    return (
        any(link["stripes"] and link["bytesIn"] > MEDIA for link in links),
        any(link["feeds"] and link["bytesOut"] > MEDIA for link in links))


def has_done_well(viewer):
    stats = viewer.has_played_smoothly()
    assert viewer.state == "playing" and stats["isWorker"] is True and stats["badPieces"] == 0, stats
    assert stats["framesShown"] > 0 and stats["continuity"] == 1, stats
    viewer.page.screenshot(viewer.page.browser.program.log.parent / "page.png")
    return stats


def test_firefox_and_native_viewers_feed_each_other(firefox, swarm):
    # The first viewer of all is a root, and has room below it.
    viewer = watch(firefox, swarm)
    viewer.plays(30)
    natives = [swarm.viewer("live", "--verify") for _ in range(6)]
    for native in natives:
        native.plays()
    until(lambda: all(carried(viewer)), 30, "native viewers feed it and are fed by it")
    viewer.advances(5)
    assert has_done_well(viewer)["bytesFromPeers"] > 0
    for native in natives:
        line = native.latest()
        assert line["stalls"] == 0 and line["chunksMissing"] == 0 and line["badPieces"] == 0, line


def test_firefox_and_chromium_feed_each_other(firefox, browser, swarm):
    viewer = watch(firefox, swarm)
    viewer.plays(30)
    pages = []

    def both_ways():
        # Whether it has a child at once is chance; one more viewer takes the next place.
        if len(pages) < 6 and (not pages or pages[-1].shown["mediaTime"] > 3):
            pages.append(watch(browser, swarm))
            pages[-1].plays()
        return all(carried(viewer))

    until(both_ways, 45, "Chromium feeds Firefox and is fed by it")
    viewer.advances(5)
    has_done_well(viewer)
    for page in pages:
        page.has_played_smoothly()


def test_firefox_plays_from_the_forward_alone(firefox, shared_swarm):
    viewer = watch(firefox, shared_swarm, "?p2p=0")
    viewer.plays(30)
    viewer.advances(10)
    stats = has_done_well(viewer)
    assert stats["bytesFromPeers"] == 0 and stats["links"] == 0
