"""Clusters that the tests of a module share, and how tests are spread over processes."""

import pytest
from harness.artifacts import folder_of
from harness.cluster import Cluster
from harness.media import h264_push, owner_push


def pytest_collection_modifyitems(items):
    """Tests that share what a module made run in one process, the others wherever there is room."""
    for item in items:
        if any(made[-1].scope == "module" for made in item._fixtureinfo.name2fixturedefs.values()):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


@pytest.fixture(scope="module")
def shared_cluster(request):
    """Coordinate, tracker and forward with a stream called live (H.264 and AAC), for all tests of a module."""
    made = Cluster(folder_of(request.module.__name__))
    try:
        made.coordinate()
        made.tracker_service = made.tracker(name="tracker")
        made.forward_service = made.forward("--tracker", made.tracker_service.url, name="forward")
        url = f"{made.coordinate_service.url}/stream/live"
        made.publisher = made.ffmpeg(*h264_push(url, with_sound=True), name="publisher")
        made.live()
        made.forwards_known("forward")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def main_job(request):
    """The project's first use: raw MPEG-1 video from ffmpeg, a coordinate, a forward."""
    made = Cluster(folder_of("main-job"))
    try:
        made.coordinate()
        made.forward_service = made.forward(name="forward")
        made.publisher = made.ffmpeg(*owner_push(f"{made.coordinate_service.url}/stream"), name="publisher")
        made.live()
        made.forwards_known("forward")
        yield made
    finally:
        made.stop()
