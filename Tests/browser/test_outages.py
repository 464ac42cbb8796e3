"""What comes between a page and its stream: hidden tabs, a cable, services and publishers that go and come back."""

from harness.viewing import watch
from harness.waiting import stays, until


def test_a_hidden_tab_stays_a_viewer(browser, swarm):
    seen, hidden = watch(browser, swarm), watch(browser, swarm)
    for page in (seen, hidden):
        page.plays()
    peer = hidden.peer
    hidden.page.hide()
    seen.advances(20)
    stats = hidden.stats
    assert stats["stalls"] == 0 and stats["chunksMissing"] == 0 and stats["chunksLate"] == 0, stats
    assert stats["peer"] == peer, "it did not join again"
    hidden.page.show()
    hidden.plays()
    hidden.becomes("playing")
    seen.has_played_smoothly()
    assert {page.stats["peer"] for page in (seen, hidden)} == {seen.peer, peer}


def test_five_seconds_offline(browsers, host, cluster):
    cluster.swarming(address=host.gateway, bitrate="300k")
    native = cluster.viewer("live")
    native.plays()
    viewer = watch(browsers.start(inside=host.inside), cluster)
    viewer.plays()
    viewer.advances(5)
    host.unplug()
    viewer.page.wait_for("!navigator.onLine", 5)
    stays(lambda: not viewer.page.evaluate("navigator.onLine"), 5, "the page is offline")
    host.plug()
    viewer.page.wait_for("navigator.onLine", 5)
    viewer.advances(8, seconds=25)
    viewer.becomes("playing")
    assert native.latest()["stalls"] == 0


def test_the_only_forward_is_away_and_comes_back(browser, swarm):
    viewer = watch(browser, swarm)
    viewer.plays()
    swarm.forward_service.kill()
    until(lambda: viewer.state != "playing", 15, "the page noticed")
    swarm.restart(swarm.forward_service)
    viewer.plays(30)
    viewer.becomes("playing")
    viewer.advances(5)


def test_the_publisher_is_away_and_comes_back(browser, swarm):
    viewer = watch(browser, swarm)
    viewer.plays()
    next(program for program in swarm.programs if program.name == "publisher").kill()
    viewer.becomes("waiting", seconds=20)
    swarm.publish_picture("300k", name="publisher-again")
    viewer.plays(30)
    viewer.becomes("playing")
    viewer.advances(5)
    assert viewer.stats["chunksMissing"] == 0


def test_the_coordinate_is_killed_and_restarted(browser, swarm):
    viewer = watch(browser, swarm)
    viewer.plays()
    viewer.advances(3)
    before = viewer.stats["chunksOnTime"]
    swarm.coordinate_service.kill()
    swarm.restart(swarm.coordinate_service)
    swarm.live(seconds=20)
    viewer.plays(30)
    viewer.advances(10)
    viewer.becomes("playing")
    assert viewer.stats["chunksOnTime"] > before


def test_a_stream_that_is_not_there_yet(browser, cluster):
    cluster.coordinate()
    cluster.tracker()
    cluster.forward()
    cluster.forwards_known("forward-1")
    viewer = watch(browser, cluster)
    viewer.becomes("unknown", "waiting")
    cluster.publish_picture("300k")
    viewer.plays(20)
    viewer.becomes("playing")
