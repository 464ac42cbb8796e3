"""ffmpeg pushes raw MPEG-1 video; viewers and ordinary players watch it through a forward."""

import json
import shutil

import pytest
from harness.program import BIN, run
from harness.waiting import until
from harness.web import read_some


def test_viewers_get_every_frame_in_time(main_job):
    viewers = [main_job.viewer("live", "--verify", "--duration", "15s") for _ in range(3)]
    for viewer in viewers:
        final = viewer.final()
        assert final["decodeErrors"] == 0
        assert final["continuity"] >= 0.999
        assert final["stalls"] == 0
        assert final["badPieces"] == 0
        assert final["framesDecoded"] >= 300
        assert final["bytesFromForwards"] > 50_000
        assert final["bytesFromPeers"] == 0


def test_a_small_buffer_gives_low_latency_and_a_quick_start(main_job):
    viewers = [main_job.viewer("live", "--verify", "--buffer", "300ms", "--duration", "8s") for _ in range(2)]
    for viewer in viewers:
        final = viewer.final()
        assert final["decodeErrors"] == 0
        assert final["latencyMs"]["p95"] <= 600
        assert final["startupMs"] <= 800


@pytest.mark.parametrize("form", ["mp4", "ts"])
def test_ffprobe_reads(main_job, form):
    url = f"{main_job.forward_service.url}/live/live.{form}"
    probe = run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", url])
    assert probe.returncode == 0 and probe.stderr == ""
    (video,) = json.loads(probe.stdout)["streams"]
    assert video["codec_name"] == "h264" and (video["width"], video["height"]) == (640, 480)


@pytest.mark.parametrize("form", ["mp4", "ts"])
def test_ffmpeg_decodes_without_a_complaint(main_job, form):
    url = f"{main_job.forward_service.url}/live/live.{form}"
    decoded = run(["ffmpeg", "-nostdin", "-v", "warning", "-xerror", "-i", url, "-t", "5", "-f", "null", "-"], 30)
    assert decoded.returncode == 0
    assert decoded.stderr == ""


@pytest.mark.parametrize("form", ["mp4", "ts"])
def test_mpv_plays(main_job, form):
    if shutil.which("mpv") is None:
        pytest.skip("mpv is not installed")
    url = f"{main_job.forward_service.url}/live/live.{form}"
    # mpv's --length would count from the stream's own start; a time limit and SIGINT end it like a person does.
    status = ["--msg-level=all=warn,statusline=status", "--term-status-msg=frame ${estimated-frame-number}"]
    player = ["mpv", "--no-config", "--vo=null", "--ao=null", "--terminal=yes", *status, url]
    played = run(["timeout", "-s", "INT", "6", *player], 15)
    assert "frame " in played.stdout + played.stderr, played.stderr
    assert "Failed" not in played.stderr and "rror" not in played.stderr, played.stderr


def test_curl_gets_a_file_that_plays(main_job, folder):
    for form in ("mp4", "ts"):
        file = folder / f"part.{form}"
        url = f"{main_job.forward_service.url}/live/live.{form}"
        fetched = run(["curl", "-sS", "--max-time", "4", "-o", file, url])
        assert fetched.returncode == 28, fetched.stderr  # the time limit, not an error
        decoded = run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-f", "null", "-"])
        assert decoded.returncode == 0
        # The last chunk of an MP4 may be cut short by curl's end.
        assert form == "mp4" or decoded.stderr == ""


def test_media_types_and_framing(main_job):
    for form, kind in (("mp4", "video/mp4"), ("ts", "video/mp2t")):
        head, body = read_some(main_job.forward_service.address, f"/live/live.{form}", 2000)
        assert " 200 " in head and f"content-type: {kind}" in head.lower()
        assert "transfer-encoding: chunked" in head.lower()
        assert (b"ftyp" in body) == (form == "mp4")


def test_client_writes_a_file_and_a_pipe(main_job, folder):
    file = folder / "watched.mp4"
    main_job.viewer("live", "--output", str(file), "--duration", "5s", "--buffer", "500ms").final()
    entries = ["-show_entries", "stream=start_time,nb_read_frames"]
    decoded = run(["ffprobe", "-v", "error", "-count_frames", *entries, file])
    assert decoded.returncode == 0 and decoded.stderr == ""
    assert float(decoded.stdout.split("start_time=")[1].split()[0]) < 1.5
    assert int(decoded.stdout.split("nb_read_frames=")[1].split()[0]) >= 60
    watch = f"{main_job.coordinate_service.url}/live --output - --duration 4s --buffer 500ms"
    piped = run(["sh", "-c", f"{BIN}/client watch {watch} | ffprobe -v error -show_entries stream=codec_name -"])
    assert "codec_name=h264" in piped.stdout, piped.stderr


def test_client_serves_local_players(main_job):
    watch = main_job.viewer("live", "--serve", "127.0.0.1:0", "--stats", "/dev/null", "--duration", "20s")
    urls = until(lambda: [line for line in watch.output().split() if line.startswith("http")] or None, 10, "its URLs")
    for path in ("/live.mp4", "/live.ts", "/index.m3u8"):
        url = next(url for url in urls if url.endswith(path))
        probe = run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", url], 20)
        assert "codec_name=h264" in probe.stdout, (path, probe.stderr)
    watch.kill()
