"""Browsers and clusters in a network of their own."""

import pytest
from harness import network
from harness.artifacts import folder_of
from harness.browser import Browser
from harness.cluster import Cluster

# A picture that is cheap to make and to show: what is tested is how it comes.
PICTURE = ["--size", "320x180", "--fps", "15"]


def pytest_configure(config):
    try:
        network.enter()
    except OSError as error:
        raise pytest.UsageError(
            f"The tests of the browser viewer make a network namespace of their own ({error}): run them as root, in a "
            "container with --cap-add SYS_ADMIN, or where users may make namespaces") from None


class Browsers(list):
    """The browsers of a test."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def start(self, **options):
        self.append(Browser(self.folder, name=f"chromium-{len(self) + 1}", **options))
        return self[-1]


@pytest.fixture
def browsers(request):
    """Starts browsers; in the end all are gone, and no page has thrown or broken its security policy."""
    made = Browsers(folder_of(request.node.name + "-browsers"))
    yield made
    try:
        faults = [fault for browser in made for fault in browser.faults()]
    finally:
        for browser in made:
            browser.stop()
    assert not faults, faults


@pytest.fixture
def browser(browsers):
    return browsers.start()


@pytest.fixture
def host():
    """Another machine on the same network."""
    made = network.Host()
    yield made
    made.stop()


@pytest.fixture
def swarm(cluster):
    """Coordinate, tracker, one forward and a test picture called live, for one test."""
    cluster.tracker_service, (cluster.forward_service,) = cluster.swarming(bitrate="300k", picture=PICTURE)
    return cluster


@pytest.fixture(scope="module")
def shared_swarm(request):
    """The same for all tests of a module that leave it as it was."""
    made = Cluster(folder_of(request.module.__name__))
    try:
        made.tracker_service, (made.forward_service,) = made.swarming(bitrate="300k", picture=PICTURE)
        yield made
    finally:
        made.stop()
