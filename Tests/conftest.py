"""What tests of the real programs have in common. A test's logs are kept in artifacts/cluster/NAME, shown on failure."""

import resource

import pytest
from harness.artifacts import folder_of
from harness.cluster import Cluster
from harness.program import BIN


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
    for name in ("cluster", "shared_cluster", "shared_swarm", "main_job"):
        cluster = item.funcargs.get(name)
        for program in cluster.programs if isinstance(cluster, Cluster) else []:
            report.sections.append((f"log of {program.name}", program.log.read_text(errors="replace")[-3000:]))
    for browser in item.funcargs.get("browsers", []):
        for page in browser.pages:
            report.sections.append(("a page", page.story()))
    if firefox := item.funcargs.get("firefox"):
        report.sections.append(("log of Firefox", firefox.program.log.read_text(errors="replace")[-3000:]))


@pytest.fixture
def cluster(request):
    """An empty cluster for one test."""
    made = Cluster(folder_of(request.node.name))
    yield made
    made.stop()


@pytest.fixture
def folder(request):
    """A folder for one test's files."""
    return folder_of(request.node.name + "-files")
