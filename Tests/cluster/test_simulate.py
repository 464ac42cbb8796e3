"""`tracker simulate`: the same run in every process, and what it writes."""

import json
from xml.dom import minidom

import pytest
from harness.program import BIN, run

SCENE = "--peers 60 --churn 30s --duration 25s --fail 30% --at 15s --nat-failures 10% --quiet".split()


@pytest.mark.parametrize("grain", ["pieces", "chunks"])
def test_two_processes_with_one_seed_write_the_same_trace(grain):
    traces = []
    for seed in (7, 7, 8):
        ended = run([BIN / "tracker", "simulate", *SCENE, "--grain", grain, "--seed", seed, "--trace", "-"], seconds=60)
        assert ended.returncode == 0, ended.stderr
        traces.append(ended.stdout)
    assert len(traces[0].splitlines()) > 200
    assert traces[0] == traces[1]
    assert traces[0] != traces[2]


def test_figures_and_pictures_are_written(tmp_path):
    plot = tmp_path / "plot.svg"
    ended = run([BIN / "tracker", "simulate", *SCENE, "--json", "-", "--svg", plot], seconds=60)
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout)
    assert figures["peers"] == 60 and figures["grain"] == "pieces" and figures["bufferMs"] == 3_000
    assert 0.5 < figures["continuity"] <= 1 and figures["departures"] > 20
    assert [sample["second"] for sample in figures["samples"]] == list(range(1, 26))
    assert min(sample["viewers"] for sample in figures["samples"][15:]) < 60
    drawn = minidom.parse(str(plot))
    assert len(drawn.getElementsByTagName("polyline")) == 6


def test_the_table_is_for_people():
    ended = run([BIN / "tracker", "simulate", "--peers", "5", "--duration", "5s", "--arrive", "0s", "--quiet"])
    assert ended.returncode == 0 and ended.stderr == ""
    assert "continuity" in ended.stdout and "digest" in ended.stdout


@pytest.mark.parametrize(
    "line",
    [
        "--peers 1 --duration 3s",
        "--peers 3 --duration 4s --fail 100% --at 2s",
        "--peers 20 --duration 6s --regions 64 --capacities mixed",
        "--peers 20 --duration 6s --capacities 0:1",
        "--peers 10 --duration 6s --bitrate 10000 --buffer 200ms",
        "--peers 10 --duration 6s --bitrate 100000000",
        "--peers 20 --duration 8s --churn 1s --graceful 1",
        "--peers 10 --duration 8s --nat-failures 1 --outage 2s --forward-outage 2s --at 3s --break 1",
    ],
)
@pytest.mark.parametrize("grain", ["pieces", "chunks"])
def test_odd_scenes_run_to_their_end(grain, line):
    ended = run([BIN / "tracker", "simulate", *line.split(), "--grain", grain, "--quiet"], seconds=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("viewers")
