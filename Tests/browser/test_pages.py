"""The coordinate's pages: what is live, the player with its panel, the picture of who feeds whom; and screenshots."""

import pytest
from harness.artifacts import ARTIFACTS
from harness.page import DESKTOP, PHONE
from harness.viewing import ELEMENT, watch

SCREENSHOTS = ARTIFACTS / "screenshots"
PANEL = f"{ELEMENT}.shadowRoot.querySelector('[part=panel]')"


def screenshots(page, name, ready="true"):
    """The page on a phone and on a desktop, in light and in dark; `ready` tells that it has drawn itself anew."""
    for screen_name, screen in (("phone", PHONE), ("desktop", DESKTOP)):
        for dark in (False, True):
            page.emulate(screen, dark)
            page.wait_for(f"innerWidth === {screen['width']} && ({ready})")
            # Two frames: layout and painting after the change.
            page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
            page.screenshot(SCREENSHOTS / f"{name}-{screen_name}-{'dark' if dark else 'light'}.png")


def test_the_home_page_lists_what_is_live(browser, shared_swarm):
    page = browser.open(f"{shared_swarm.coordinate_service.url}/")
    page.wait_for("document.querySelector('#streams a[href=\"/live\"]')?.innerText.includes('live')")
    # The thumbnail, decoded.
    page.wait_for("document.querySelector('#streams img')?.naturalWidth >= 160", 20)
    assert page.evaluate("document.querySelector('#empty').hidden")
    screenshots(page, "home")


def test_the_home_page_without_a_stream_tells_how_to_publish(browser, cluster):
    coordinate = cluster.coordinate()
    page = browser.open(f"{coordinate.url}/")
    page.wait_for("!document.querySelector('#empty').hidden")
    command = page.evaluate("document.querySelector('#command').innerText")
    assert "ffmpeg" in command and f"{coordinate.url}/stream/" in command
    screenshots(page, "home-empty")
    # A stream that begins appears by itself.
    cluster.publish_picture("300k")
    page.wait_for("document.querySelector('#streams a[href=\"/live\"]')", 20)


def test_the_player_and_its_panel(browser, shared_swarm):
    viewers = [watch(browser, shared_swarm) for _ in range(4)]
    for viewer in viewers:
        viewer.plays()
    viewer = viewers[0]
    viewer.advances(6)
    page = viewer.page
    screenshots(page, "watch", f"{ELEMENT}.video.readyState >= 2")
    page.press("d")
    page.wait_for(f"!{PANEL}.hidden")
    page.wait_for(f"{PANEL}.innerText.length > 200")
    screenshots(page, "watch-panel", f"!{PANEL}.hidden")
    page.press("Escape")
    page.wait_for(f"{PANEL}.hidden")
    viewer.has_played_smoothly()


def test_a_click_brings_sound(browser, shared_swarm):
    viewer = watch(browser, shared_swarm)
    viewer.plays()
    assert viewer.page.evaluate(f"{ELEMENT}.video.muted")
    viewer.page.press("m")
    viewer.page.wait_for(f"!{ELEMENT}.video.muted")
    viewer.plays()


def test_the_player_without_a_broadcaster(browser, cluster):
    cluster.coordinate()
    viewer = watch(browser, cluster)
    viewer.becomes("waiting", "unknown")
    screenshots(viewer.page, "waiting")


@pytest.mark.parametrize("path", ["/", "/live", "/watch/live", "/topology", "/topology?stream=live"])
def test_pages_stay_within_their_policy(browser, shared_swarm, path):
    page = browser.open(shared_swarm.coordinate_service.url + path)
    page.wait_for("document.readyState === 'complete' && document.title.length > 0 && document.body.innerText.length > 0")
    assert page.evaluate("[...document.querySelectorAll('script')].every((script) => script.src !== '')")
    # Nothing comes from anywhere else.
    assert page.evaluate("performance.getEntriesByType('resource').every((entry) => entry.name.startsWith('blob:')"
        " || new URL(entry.name).hostname === location.hostname)")


def test_the_topology_page_draws_who_feeds_whom(browser, shared_swarm):
    viewers = [watch(browser, shared_swarm) for _ in range(5)]
    for viewer in viewers:
        viewer.plays()
    page = browser.open(f"{shared_swarm.coordinate_service.url}/topology?stream=live")
    # The table beside the drawing counts all five in each tree, and the drawing is not one colour.
    for stripe in (1, 2):
        cells = f"[...document.querySelectorAll('#depths tr')].map((row) => Number(row.cells[{stripe}].innerText))"
        page.wait_for(f"{cells}.reduce((sum, count) => sum + count, 0) === 5", 20)
    drawn = """(() => {
        const canvas = document.querySelector('canvas'), context = canvas.getContext('2d');
        const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        return new Set(pixels).size;
    })()"""
    page.wait_for(f"{drawn} > 8", 10)
    screenshots(page, "topology", f"{drawn} > 8")
