"""Clusters that the tests of a module share, and how tests are spread over processes."""

import pytest
from harness.artifacts import folder_of
from harness.cluster import Cluster
from harness.media import h264_push, owner_push
from xdist.scheduler import LoadScopeScheduling


# Files whose tests are long and have each a cluster of its own: they need not wait for each other.
SPREAD = {"test_misbehaviour.py", "test_restarts.py", "test_peers.py", "test_churn.py", "test_capacity.py"}


class Scheduling(LoadScopeScheduling):
    """Tests of a file run in one process, for they may share a cluster; those of `SPREAD` wherever there is room."""

    def _split_scope(self, nodeid):
        file = nodeid.split("::")[0]
        return nodeid if file.rsplit("/", 1)[-1] in SPREAD else file


def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log)


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
