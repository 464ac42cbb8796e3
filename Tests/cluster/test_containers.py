"""Every container and codec combination that publishers send, one stream each at one coordinate, all at once."""

import json
import re

import pytest
from harness.media import ASK_FIRST, aac, h264, picture, sound
from harness.program import run

FRAGMENTED = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"]
MATROSKA = ["-f", "matroska", "-cluster_time_limit", "100", "-flush_packets", "1"]
B_FRAMES = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-pix_fmt", "yuv420p", "-g", "30"]

# name: (arguments of ffmpeg before the URL, kinds of tracks that viewers get)
PUBLISHERS = {
    "mpegts": ([*picture(), *sound(), *h264(), *aac(), "-f", "mpegts"], "va"),
    "flv": ([*picture(), *sound(), *h264(), *aac(), "-f", "flv"], "va"),
    "matroska": ([*picture(), *sound(), *h264(), *aac(), *MATROSKA], "va"),
    "fmp4": ([*picture(), *sound(), *h264(), *aac(), *FRAGMENTED], "va"),
    "video-only": ([*picture(), *h264(), "-f", "mpegts"], "v"),
    "audio-only": ([*sound(), *aac(), "-f", "mpegts"], "a"),
    "b-frames": ([*picture(), *B_FRAMES, "-f", "mpegts"], "v"),
    "mpeg2-mp2": ([*picture(), *sound(), "-c:v", "mpeg2video", "-c:a", "mp2", "-f", "mpegts"], "va"),
}


@pytest.fixture(scope="module")
def all_streams(request, shared_cluster):
    url = shared_cluster.coordinate_service.url
    for name, (arguments, _) in PUBLISHERS.items():
        shared_cluster.ffmpeg(*arguments, *ASK_FIRST, f"{url}/stream/{name}", name=f"push-{name}")
    for name in PUBLISHERS:
        shared_cluster.live(name, 30)
    # All watch at once: the runs overlap instead of adding up.
    shared_cluster.watching = {
        name: shared_cluster.viewer(name, "--verify", "--duration", "8s", name=f"watch-{name}") for name in PUBLISHERS
    }
    return shared_cluster


@pytest.mark.parametrize("name", PUBLISHERS)
def test_decodes_without_error(all_streams, name):
    final = all_streams.watching[name].final()
    assert final["decodeErrors"] == 0
    assert final["continuity"] >= 0.999
    assert final["framesDecoded"] >= 120
    assert final["stalls"] == 0


@pytest.mark.parametrize("name", PUBLISHERS)
def test_players_see_the_tracks(all_streams, name):
    url = f"{all_streams.forward_service.url}/live/{name}.mp4"
    probe = run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type,codec_name", "-of", "json", url], 30)
    assert probe.returncode == 0 and probe.stderr == ""
    codecs = {stream["codec_type"][0]: stream["codec_name"] for stream in json.loads(probe.stdout)["streams"]}
    wanted = {"v": "h264", "a": "aac"}
    assert codecs == {kind: wanted[kind] for kind in PUBLISHERS[name][1]}


def test_b_frames_keep_the_order_and_times_of_the_source(all_streams):
    url = f"{all_streams.forward_service.url}/live/b-frames.mp4"
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time,pict_type"]
    probe = run([*command, "-read_intervals", "%+3", "-of", "csv=p=0", url], 30)
    frames = re.findall(r"([0-9.]+),([IPB])", probe.stdout)
    times = [float(time) for time, _ in frames]
    steps = [round((b - a) * 1000) for a, b in zip(times, times[1:])]
    assert "B" in {kind for _, kind in frames}
    assert len(times) > 30 and all(32 <= step <= 35 for step in steps), steps


def test_the_list_tells_what_each_stream_is(all_streams):
    streams = all_streams.streams()
    for name, (_, tracks) in PUBLISHERS.items():
        stream = streams[name]
        assert ("avc1." in stream["codecs"]) == ("v" in tracks)
        assert ("mp4a.40.2" in stream["codecs"]) == ("a" in tracks)
        assert (stream["width"], stream["height"]) == ((320, 240) if "v" in tracks else (0, 0))
        assert stream["chunkMs"] == 200 and stream["stripes"] == 2
