"""A page with a `<p2p-live>` element, and what its user sees."""

from .waiting import until

# More than greetings: bytes of a link that carried media.
MEDIA = 20_000

ELEMENT = "document.querySelector('p2p-live')"

# Counts what the browser itself shows: frames, how far the picture has come, and when it had nothing to show.
WATCHER = """
(() => {
    window.shown = { frames: 0, mediaTime: 0, position: 0, backwards: 0, setBack: 0, waiting: [], at: 0, firstAt: 0 };
    let watched = null;
    const count = (now, frame) => {
        if (shown.frames > 0 && frame.mediaTime <= shown.mediaTime) shown.backwards += 1;
        if (shown.frames > 0 && watched.currentTime < shown.position) shown.setBack += 1;
        shown.position = watched.currentTime;
        shown.frames += 1;
        shown.firstAt ||= now;
        shown.mediaTime = frame.mediaTime;
        shown.at = now;
        watched.requestVideoFrameCallback(count);
    };
    const look = () => {
        const video = document.querySelector('p2p-live')?.video;
        if (video && video !== watched) {
            watched = video;
            video.requestVideoFrameCallback(count);
            video.addEventListener('waiting', () => { if (shown.frames > 0) shown.waiting.push(performance.now()); });
        }
        setTimeout(look, watched ? 500 : 10);
    };
    look();
})();
"""

# A browser without links between peers.
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"


class Watching:
    """A page that watches a stream."""

    def __init__(self, browser, url, before="", **options):
        self.page = browser.open(url, before=WATCHER + before, **options)

    @property
    def stats(self):
        return self.page.evaluate(f"{ELEMENT}?.stats ?? null") or {}

    @property
    def state(self):
        return self.page.evaluate(f"{ELEMENT}?.state ?? null")

    @property
    def shown(self):
        """Frames shown, the media time of the last, when the first and the last were shown and when there was nothing to
        show (milliseconds since the navigation), and how often the picture went back."""
        return self.page.evaluate("window.shown")

    @property
    def peer(self):
        """Its id in the swarm; a page plays before it has one."""
        return until(lambda: self.stats.get("peer"), 10, "the page has a place at the tracker")

    def plays(self, seconds=15, frames=5):
        """Waits until frames are shown that were not there before."""
        beyond = self.shown["frames"] + frames
        try:
            return until(lambda: self.shown["frames"] >= beyond and self.stats, seconds, "frames are shown")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; {self.state}, {self.shown}, {self.stats}\n{self.page.story()}") from None

    def advances(self, media_seconds, seconds=None):
        """Waits until the picture has come so far; it may take half as long again."""
        goal = self.shown["mediaTime"] + media_seconds
        wait = seconds or 1.5 * media_seconds + 3
        until(lambda: self.shown["mediaTime"] >= goal, wait, f"the picture advances {media_seconds} s")

    def becomes(self, *states, seconds=15):
        until(lambda: self.state in states, seconds, f"the page says {' or '.join(states)}")

    def has_played_smoothly(self):
        """No stall, no chunk that came too late, and the picture never stood still."""
        stats, shown = self.stats, self.shown
        assert stats["stalls"] == 0 and stats["chunksMissing"] == 0 and stats["chunksLate"] == 0, stats
        assert shown["waiting"] == [] and shown["setBack"] == 0, (shown, stats)
        assert shown["backwards"] == 0 or self.page.browser.announces_frames, (shown, stats)
        return stats


def bytes_of(watchings):
    """What they got from peers and from forwards, together."""
    lines = [watching.stats for watching in watchings]
    return sum(line["bytesFromPeers"] for line in lines), sum(line["bytesFromForwards"] for line in lines)


def watch(browser, cluster, query="", **options):
    """The coordinate's own page of the stream live."""
    return Watching(browser, f"{cluster.coordinate_service.url}/live{query}", **options)
