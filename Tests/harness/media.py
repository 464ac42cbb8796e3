"""ffmpeg command lines that publish test pictures."""

# Makes ffmpeg wait for the answer before it sends: a refusal is then printed instead of "Broken pipe".
ASK_FIRST = ["-send_expect_100", "1"]


def picture(size="320x240", rate=30):
    """A moving test picture in real time."""
    return ["-re", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]


def sound():
    """A tone in real time."""
    return ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]


def h264(bitrate="500k", group=30, more=()):
    """H.264 that starts at once and has a keyframe every `group` frames."""
    return [
        *["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"],
        *["-b:v", bitrate, "-g", str(group), *more],
    ]


def aac():
    return ["-c:a", "aac", "-b:a", "64k", "-ac", "2"]


def owner_push(url, size="640x480", seconds=None):
    """The project's first use: a camera, here a test picture, as raw MPEG-1 video."""
    return [
        *["-re", "-f", "lavfi", "-i", f"testsrc=size={size}:rate=30"],
        *(["-t", str(seconds)] if seconds else []),
        *["-f", "mpeg1video", "-b:v", "100K", "-r", "30", *ASK_FIRST, url],
    ]


def h264_push(url, container="mpegts", size="320x240", seconds=None, with_sound=False):
    """A cheap publisher that needs no transcoding."""
    return [
        *picture(size),
        *(sound() if with_sound else []),
        *(["-t", str(seconds)] if seconds else []),
        *h264(),
        *(aac() if with_sound else []),
        *["-f", container, *ASK_FIRST, url],
    ]
