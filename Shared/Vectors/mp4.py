"""Small fragmented MP4 headers and fragments, box by box (ISO/IEC 14496-12)."""

import struct


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full(kind, version, flags, *parts):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def track(number, handler, timescale, entry, width, height):
    header = struct.pack(">IIIII", 0, 0, number, 0, 0) + bytes(52) + struct.pack(">II", width << 16, height << 16)
    return box(
        "trak",
        full("tkhd", 0, 7, header),
        box(
            "mdia",
            full("mdhd", 0, 0, struct.pack(">IIIHH", 0, 0, timescale, 0x55C4, 0)),
            full("hdlr", 0, 0, struct.pack(">I4s12x", 0, handler.encode()), b"\0"),
            box("minf", box("stbl", full("stsd", 0, 0, struct.pack(">I", 1), entry))),
        ),
    )


def video_entry():
    configuration = box("avcC", bytes.fromhex("0164001fffe10000010000"))
    return box("avc1", bytes(24), struct.pack(">HH", 1280, 720), bytes(50), configuration)


def audio_entry():
    descriptors = bytes.fromhex("031600010004114015000000000000000000000005021190")
    return box("mp4a", bytes(28), full("esds", 0, 0, descriptors))


def init():
    extends = [full("trex", 0, 0, struct.pack(">IIIII", number, 1, 0, 0, 0)) for number in (1, 2)]
    return box("ftyp", b"iso6", bytes(4)) + box(
        "moov",
        track(1, "vide", 90_000, video_entry(), 1280, 720),
        track(2, "soun", 48_000, audio_entry(), 0, 0),
        box("mvex", *extends),
    )


def fragment(number, video_time, audio_time):
    """Six frames of 3,000 ticks, the first one a sync sample; nine audio frames of 1,024 ticks; version 1 times."""
    video = box(
        "traf",
        full("tfhd", 0, 0x20028, struct.pack(">III", 1, 3_000, 0x1010000)),
        full("tfdt", 1, 0, struct.pack(">Q", video_time)),
        full("trun", 0, 0x4, struct.pack(">II", 6, 0x2000000)),
    )
    audio = box(
        "traf",
        full("tfhd", 0, 0x20020, struct.pack(">II", 2, 0x2000000)),
        full("tfdt", 1, 0, struct.pack(">Q", audio_time)),
        full("trun", 0, 0x100, struct.pack(">I", 9), struct.pack(">I", 1_024) * 9),
    )
    header = full("mfhd", 0, 0, struct.pack(">I", number))
    return box("moof", header, video, audio) + box("mdat", b"media")
