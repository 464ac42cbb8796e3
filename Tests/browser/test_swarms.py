"""Pages feed each other, and native viewers, and nobody notices when one goes."""

from harness.viewing import MEDIA, bytes_of, watch
from harness.waiting import until


def test_six_pages_feed_each_other_and_a_seventh_joins(browser, swarm):
    pages = [watch(browser, swarm) for _ in range(6)]
    for page in pages:
        page.plays()
    pages[-1].advances(10)
    peers, forwards = bytes_of(pages)
    pages[-1].advances(15)
    peers_later, forwards_later = bytes_of(pages)
    taken = peers_later - peers, forwards_later - forwards
    assert taken[0] / sum(taken) >= 0.55, taken
    pages.append(watch(browser, swarm))
    pages[-1].plays()
    pages[-1].advances(5)
    for page in pages:
        page.has_played_smoothly()
    assert len({page.peer for page in pages}) == 7


def carried(stats, others):
    """Whether media came from one of those viewers, and whether it went to one."""
    links = [link for link in stats.get("neighbours", []) if link["peer"] in others]
    return (
        any(link["stripes"] and link["bytesIn"] > MEDIA for link in links),
        any(link["feeds"] and link["bytesOut"] > MEDIA for link in links))


def test_pages_and_native_viewers_feed_each_other(browser, swarm):
    pages, natives = [], []
    for _ in range(4):
        natives.append(swarm.viewer("live", "--verify"))
        natives[-1].plays()
        pages.append(watch(browser, swarm))
        pages[-1].plays()
    known = {native.latest()["peer"] for native in natives}

    def look():
        directions = [carried(page.stats, known) for page in pages]
        return any(inward for inward, _ in directions) and any(outward for _, outward in directions)

    until(look, 30, "media goes from native viewers to pages and from pages to native viewers")
    pages[-1].advances(5)
    for page in pages:
        stats = page.has_played_smoothly()
        assert stats["badPieces"] == 0
    ours = {page.peer for page in pages}
    parents = [parent.get("peer") for native in natives for parent in native.latest()["parents"]]
    assert ours & set(parents), "a native viewer has a page for a parent"
    for native in natives:
        line = native.latest()
        assert line["stalls"] == 0 and line["chunksMissing"] == 0 and line["chunksLate"] == 0, line
        assert line["decodeErrors"] == 0 and line["badPieces"] == 0, line


def children_of(parent, pages):
    return [page for page in pages if any(link.get("peer") == parent.peer for link in page.stats["parents"])]


def test_a_page_that_crashes_costs_its_children_nothing(browser, swarm):
    pages = [watch(browser, swarm) for _ in range(6)]
    for page in pages:
        page.plays()
    pages[-1].advances(8)
    victim = until(lambda: next((page for page in pages if children_of(page, pages)), None), 20, "a page feeds others")
    children = children_of(victim, pages)
    repairs = sum(page.stats["repairs"] for page in children)
    gone = victim.peer
    victim.page.crash()
    pages.remove(victim)
    pages[-1].advances(8)
    for page in pages:
        stats = page.has_played_smoothly()
        assert all(parent.get("peer") != gone for parent in stats["parents"])
    assert sum(page.stats["repairs"] for page in children) > repairs


def test_a_page_drops_a_parent_that_sends_wrong_bytes(browser, swarm):
    pages = [watch(browser, swarm) for _ in range(4)]
    for page in pages:
        page.plays()
    # It declares that it can feed eight: that earns it a place with children.
    culprit = swarm.viewer("live", "--misbehave", "corrupt", "--log-level", "info")
    culprit.plays()
    peer = culprit.latest()["peer"]

    def has_child():
        return next((p for p in pages if any(link.get("peer") == peer for link in p.stats["parents"])), None)

    child = until(has_child, 15, "a page is fed by the culprit")
    until(lambda: child.stats["badPieces"] > 0, 15, "the page saw it")
    culprit.logged("Dismissed by the tracker reason=banned", seconds=15)
    child.advances(6)
    for page in pages:
        stats = page.has_played_smoothly()
        assert all(parent.get("peer") != peer for parent in stats["parents"])
