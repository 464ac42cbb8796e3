"""Command lines: help, versions, exit codes, environment, signals."""

import signal

import pytest
from harness.cluster import SECRET
from harness.program import BIN, run
from harness.web import get

SERVICES = {
    "coordinate": ["--publish-open"],
    "tracker": ["--coordinate", "http://127.0.0.1:9", "--stun", "127.0.0.1:0"],
    "forward": ["--upstream", "http://127.0.0.1:9"],
}
WRONG = [
    ("coordinate serve --no-such-flag", "no-such-flag"),
    ("coordinate serve --listen nonsense", "listen"),
    ("coordinate serve --listen 127.0.0.1:0 --chunk 1h", "--chunk"),
    ("coordinate serve --listen 127.0.0.1:0 --registry redis://127.0.0.1:6379", "not built in"),
    ("coordinate serve --listen 127.0.0.1:0 --regions /nonexistent", "--regions"),
    ("coordinate serve --listen 127.0.0.1:0 --geo /nonexistent", "--geo"),
    ("coordinate serve --listen 127.0.0.1:0 --tls-cert /nonexistent --tls-key /nonexistent", "--tls-cert"),
    ("coordinate serve --listen 127.0.0.1:0 --tls-cert /etc/hosts", "--tls-key"),
    ("coordinate serve --listen 127.0.0.1:0 --publish-open --tls-cert /etc/hosts --tls-key /etc/hosts", "--tls-cert"),
    ("coordinate serve --listen 127.0.0.1:0 --publish-key nokey", "--publish-key"),
    ("coordinate serve --listen 127.0.0.1:0 --secret x", "--publish-open"),
    ("coordinate serve --listen 0.0.0.0:0 --publish-open", "--secret"),
    ("tracker serve --listen 0.0.0.0:0 --coordinate http://127.0.0.1:9", "--secret"),
    ("tracker serve --listen 127.0.0.1:0", "--coordinate"),
    ("tracker simulate --peers 0", "--peers"),
    ("tracker simulate --duration 10ms", "--duration"),
    ("tracker simulate --capacities 9:1", "--capacities"),
    ("tracker simulate --fail 2", "--fail"),
    ("tracker simulate --churn 5ms", "--churn"),
    ("tracker simulate --peers 2 --duration 1s --quiet --json /nonexistent/file", "/nonexistent"),
    ("tracker simulate --peers 2 --duration 1s --quiet --trace /nonexistent/file", "/nonexistent"),
    ("forward serve --listen 0.0.0.0:0 --upstream http://127.0.0.1:9", "--secret"),
    ("forward serve --listen 127.0.0.1:0", "--upstream"),
    ("forward serve --listen 127.0.0.1:0 --upstream nonsense", "--upstream"),
    ("forward serve --listen 127.0.0.1:0 --upstream http://127.0.0.1:9 --max-egress fast", "--max-egress"),
    ("client watch nonsense", "url"),
    ("client watch http://127.0.0.1:9/live --buffer 1ms", "--buffer"),
    ("client publish http://127.0.0.1:9/stream /nonexistent", "/nonexistent"),
    ("client frobnicate", "frobnicate"),
]


@pytest.mark.parametrize("program", ["coordinate", "tracker", "forward", "client"])
def test_help_and_version(program):
    version = run([BIN / program, "--version"])
    assert version.returncode == 0 and version.stdout.strip().count(".") == 2
    top = run([BIN / program, "--help"])
    assert top.returncode == 0 and "USAGE" in top.stdout
    commands = ["watch", "publish", "streams"] if program == "client" else ["serve"]
    for command in commands:
        assert command in top.stdout
        asked = run([BIN / program, command, "--help"])
        assert asked.returncode == 0 and "--log-level" in asked.stdout and asked.stderr == ""


@pytest.mark.parametrize("line, word", WRONG, ids=[line for line, _ in WRONG])
def test_bad_usage_is_status_2_and_one_line(line, word):
    program, *arguments = line.split()
    ended = run([BIN / program, *arguments])
    assert ended.returncode == 2, ended.stderr
    complaint = [text for text in ended.stderr.splitlines() if text.strip()]
    assert len(complaint) == 1 and word in complaint[0], ended.stderr
    assert ended.stdout == ""


def test_failures_while_running_are_status_1():
    ended = run([BIN / "client", "watch", "http://127.0.0.1:9/live", "--wait", "300ms"])
    assert ended.returncode == 1 and len(ended.stderr.strip().splitlines()) >= 1
    ended = run([BIN / "client", "streams", "http://127.0.0.1:9"])
    assert ended.returncode == 1


def test_an_address_in_use_is_said(cluster):
    cluster.coordinate()
    address = cluster.coordinate_service.address
    ended = run([BIN / "coordinate", "serve", "--listen", address])
    assert ended.returncode in (1, 2) and address.rsplit(":")[-1] in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_flags_come_from_the_environment_and_the_command_line_wins(cluster):
    environment = {"P2PLIVE_LISTEN": "127.0.0.1:0,[::1]:0", "P2PLIVE_LOG_FORMAT": "json", "P2PLIVE_PUBLISH_OPEN": "1"}
    service = cluster.run("environment", BIN / "coordinate", "serve", "--log-format", "text", env=environment)
    service.logged(r"info p2plive.coordinate: Listening address=127.0.0.1:\d+")
    service.logged(r"Listening address=\[::1\]:\d+")
    wrong = run([BIN / "coordinate", "serve", "--listen", "127.0.0.1:0"], env={"P2PLIVE_CHUNK": "never"})
    assert wrong.returncode == 2 and "--chunk" in wrong.stderr


def test_json_logs_are_json(cluster):
    import json

    service = cluster.run("json", BIN / "coordinate", "serve", "--listen", "127.0.0.1:0", "--log-format", "json")
    service.logged("Listening")
    for line in service.text().splitlines():
        assert {"level", "message"} <= json.loads(line).keys()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_services_with_status_0(cluster, number):
    for kind, flags in SERVICES.items():
        ingest = ["--ingest", "127.0.0.1:0"] if kind == "forward" else []
        service = cluster.service(kind, "--listen", "127.0.0.1:0", *ingest, *flags)
        assert service.stop(number) == 0
        assert "Stopping" in service.text()


def test_signals_end_services_with_viewers_within_the_drain(shared_cluster):
    forward = shared_cluster.forward("--drain", "1s", name="draining")
    player = shared_cluster.run("player", "curl", "-sN", "-o", "/dev/null", f"{forward.url}/live/live.ts")
    from harness.waiting import until

    until(lambda: get(forward.address, "/load").json["viewers"] == 1, 10, "the viewer is there")
    assert forward.stop(seconds=4) == 0
    player.wait(5)


def test_the_secret_is_never_logged(shared_cluster):
    for program in shared_cluster.programs:
        assert SECRET not in program.text()


def test_streams_are_listed(shared_cluster):
    listed = run([BIN / "client", "streams", shared_cluster.coordinate_service.url])
    assert listed.returncode == 0 and "live" in listed.stdout
    as_json = run([BIN / "client", "streams", shared_cluster.coordinate_service.url, "--json"])
    assert '"name"' in as_json.stdout


@pytest.mark.parametrize("words", ["watch http://127.0.0.1:9/live", "publish http://127.0.0.1:9/stream testsrc"])
def test_a_short_run_without_anything_is_a_failure(words):
    ended = run([BIN / "client", *words.split(), "--duration", "1s"])
    assert ended.returncode == 1 and "onnect" in ended.stderr.splitlines()[-1]
