"""What viewers of a swarm may take from a forward beside its roots: a pool, so that a stalled subtree never stampedes."""

import threading
from contextlib import ExitStack

import pytest
from harness.cluster import SECRET
from harness.tokens import ROOT, token
from harness.waiting import until
from harness.web import connect, get


@pytest.fixture(scope="module")
def forward(shared_cluster):
    """A forward of its own, whose pool nobody else uses. No tracker tells of a swarm: it has 8 units."""
    made = shared_cluster.forward(name="net")
    yield made
    made.stop()


@pytest.fixture
def opened():
    """Ends what a test has opened."""
    with ExitStack() as stack:
        yield stack


def stripes(forward, opened, text, why="owner", which="0+1", version="1.1"):
    """An endless answer: the connection and the status of its head."""
    connection = opened.enter_context(connect(forward.address))
    path = f"/stripe/live/{which}?why={why}&token={text}"
    connection.sendall(f"GET {path} HTTP/{version}\r\nHost: test\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    return connection, int(head.split()[1])


def pool(forward):
    return next(stream["pool"] for stream in forward.debug()["streams"] if stream["stream"] == "live")


def used(forward):
    return sum(pool(forward)["unitsUsed"].values())


def fill(forward, opened, why):
    """Viewers that take both stripes until one is refused."""
    count = 0
    while stripes(forward, opened, token(SECRET), why)[1] == 200:
        count += 1
        assert count < 50
    return count


def test_each_need_has_its_share_and_roots_their_place(forward, opened):
    assert fill(forward, opened, "descendant") == 2
    assert fill(forward, opened, "start") == 1
    assert fill(forward, opened, "owner") == 1
    assert pool(forward) == {"peers": 0, "units": 8, "unitsUsed": {"descendant": 4, "start": 2, "owner": 2}}
    refused = get(forward.address, f"/stripe/live/0?why=owner&token={token(SECRET)}")
    assert (refused.status, refused.problem, refused.headers["retry-after"]) == (429, "pool-exhausted", "1")
    assert stripes(forward, opened, token(SECRET, ROOT), "root")[1] == 200
    held = next(stream["newestSequence"] for stream in forward.debug()["streams"])
    refused = get(forward.address, f"/chunk/live/{held}?why=owner&token={token(SECRET)}")
    assert (refused.status, refused.problem) == (429, "pool-exhausted")
    assert get(forward.address, f"/chunk/live/{held}?why=root&token={token(SECRET, ROOT)}").status == 200
    opened.close()
    until(lambda: used(forward) == 0, 10, "what vanished viewers had comes back")


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_new_answer_of_a_viewer_ends_its_old_one(forward, opened, version):
    text = token(SECRET)
    first, status = stripes(forward, opened, text, version=version)
    assert (status, used(forward)) == (200, 2)
    ended = threading.Event()

    def drain():
        try:
            while first.recv(65536):
                pass
        except ConnectionResetError:
            pass
        ended.set()

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    second, status = stripes(forward, opened, text, which="1", version=version)
    assert status == 200 and ended.wait(10)
    assert used(forward) == 1
    assert second.recv(1)
    opened.close()
    until(lambda: used(forward) == 0, 10, "its place comes back")


def test_reasons_are_checked(forward):
    for kind, why, expected in [
        (2, "root", (403, "not-a-root")),
        (1, "thirst", (400, "bad-why")),
        (2, "thirst", (400, "bad-why")),
        (3, "", (400, "bad-why")),
    ]:
        for path in ("/stripe/live/0", "/chunk/live/1"):
            answer = get(forward.address, f"{path}?why={why}&token={token(SECRET, kind)}")
            assert (answer.status, answer.problem) == expected, (kind, why, path)


def test_the_metrics_tell_who_took_what(forward, opened):
    def value(name, why):
        lines = get(forward.address, "/metrics").text.splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f'p2plive_forward_{name}{{why="{why}"}}'))

    before = value("stripes_total", "descendant"), value("pool_refusals_total", "descendant")
    assert fill(forward, opened, "descendant") == 2
    assert value("pool_units_used", "descendant") == 4
    after = value("stripes_total", "descendant"), value("pool_refusals_total", "descendant")
    assert (after[0] - before[0], after[1] - before[1]) == (2, 1)
