"""Fixtures of the whole-cluster tests. Each test's logs are kept in artifacts/cluster/NAME and shown on failure."""

import re
import resource
import shutil

import pytest
from harness.cluster import TOP, Cluster
from harness.media import h264_push, owner_push
from harness.program import BIN

ARTIFACTS = TOP / "artifacts" / "cluster"


def pytest_configure(config):
    missing = [name for name in ("coordinate", "tracker", "forward", "client") if not (BIN / name).exists()]
    if missing:
        raise pytest.UsageError(f"bin/ has no {', '.join(missing)}: run make build first")
    # Idle connections cost a descriptor on both sides.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    for name in ("cluster", "shared_cluster", "main_job"):
        cluster = item.funcargs.get(name)
        for program in cluster.programs if isinstance(cluster, Cluster) else []:
            report.sections.append((f"log of {program.name}", program.log.read_text(errors="replace")[-3000:]))


def _folder(name):
    folder = ARTIFACTS / re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def cluster(request):
    """An empty cluster for one test."""
    made = Cluster(_folder(request.node.name))
    yield made
    made.stop()


@pytest.fixture
def folder(request):
    """A folder for one test's files."""
    return _folder(request.node.name + "-files")


@pytest.fixture(scope="module")
def shared_cluster(request):
    """Coordinate, tracker and forward with a stream called live (H.264 and AAC), for all tests of a module."""
    made = Cluster(_folder(request.module.__name__))
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
    made = Cluster(_folder("main-job"))
    try:
        made.coordinate()
        made.forward_service = made.forward(name="forward")
        made.publisher = made.ffmpeg(*owner_push(f"{made.coordinate_service.url}/stream"), name="publisher")
        made.live()
        made.forwards_known("forward")
        yield made
    finally:
        made.stop()
