#!/usr/bin/env python3
"""Writes seeds for every fuzz target from the vectors: `corpus.py DIRECTORY` fills DIRECTORY/TARGET/."""

import base64
import json
import pathlib
import struct
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "Shared" / "Vectors"


def load(name):
    return json.loads((VECTORS / name).read_text())


def signed_manifests():
    content = load("manifests.json")
    for case in content["cases"]:
        for stripe in case["stripes"]:
            yield bytes.fromhex(stripe["manifest"] + stripe["signature"])
    for case in content["refused"]:
        yield bytes.fromhex(case["manifest"]) + bytes(64)


def record_streams():
    content = load("records.json")
    single = [bytes.fromhex(case["record"]) for case in content["cases"] + content["refused"]]
    skipped = [bytes.fromhex(text) for text in content["skipped"]]
    for portion, record in enumerate(single + skipped):
        yield bytes([portion]) + record
    yield bytes([10]) + b"".join(single[: len(content["cases"])] + skipped)


def rebase_inputs():
    content = load("movies.json")
    for case in content["rebased"]:
        yield struct.pack(">qI", case["offset"], case["sequenceNumber"]) + bytes.fromhex(content["fragment"])


def token_inputs():
    content = load("tokens.json")
    for case in content["cases"] + content["refused"]:
        yield case["text"].encode()
        payload = case["text"].split(".")[0]
        yield base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


def record(kind, body):
    return struct.pack(">IB", len(body), kind) + body


def pattern(count):
    return bytes((31 * i + i // 256) % 256 for i in range(count))


def chunks():
    """Of each case: the manifest records of all stripes, the sequence, the bytes, and the length of a piece."""
    for case in load("manifests.json")["cases"]:
        fields = case["fields"]
        manifests = [record(3, bytes.fromhex(s["manifest"] + s["signature"])) for s in case["stripes"]]
        yield manifests, fields["sequence"], pattern(fields["chunkLength"]), fields["pieceSize"]


def relay_streams():
    hello = record(1, b"{}")
    for manifests, sequence, content, _ in chunks():
        yield bytes([100]) + hello + b"".join(manifests) + record(4, struct.pack(">Q", sequence) + content)
    kinds = [bytes.fromhex(case["record"]) for case in load("records.json")["cases"]]
    yield bytes([7]) + b"".join(kinds)


def peer_messages():
    content = load("messages.json")
    return [bytes.fromhex(case["message"]) for case in content["cases"] + content["refused"]]


def peer_dialogues():
    """What two neighbours say: each message behind its length, with the neighbour's bit on top."""

    def spoken(messages, neighbour):
        return b"".join(struct.pack(">H", neighbour << 15 | len(message)) + message for message in messages)

    short = [message for message in peer_messages() if len(message) < 2_000]
    yield spoken(short, 0) + spoken(short, 1)
    for manifests, sequence, content, size in chunks():
        told = [b"\5" + part[5:] for part in manifests]
        pieces = [
            b"\6" + struct.pack(">QH", sequence, index) + content[offset : offset + size]
            for index, offset in enumerate(range(0, len(content), size))
        ]
        yield spoken(told, 0) + spoken(pieces, 1)
        yield spoken(pieces[::-1], 0) + spoken(told, 1)


def h264_sets():
    # Baseline 320x240 and High 1280x720 as x264 writes them, in Annex B, and the first one in avcC.
    small = bytes.fromhex("6742c00dd9014107eb0110000003001000000303c0f142e4e0")
    large = bytes.fromhex("6764001facd9405005bb016a02020280000003008000001e478c18cb")
    picture = bytes.fromhex("68eb83cb22c0")
    start = bytes(3) + b"\x01"
    return [
        start + small + start + picture,
        start + large + start + picture + start + b"\x65\x88",
        b"\x01\x42\xc0\x0d\xff\xe1" + struct.pack(">H", len(small)) + small,
        small,
        large,
    ]


def containers():
    return [
        bytes.fromhex("000001b31400f013ffffe018"),  # MPEG-1 sequence header
        (b"G" + bytes(187)) * 3,
        b"FLV\x01\x05\x00\x00\x00\x09",
        bytes.fromhex("1a45dfa3a3428682 0142f78101".replace(" ", "")),
        bytes(3) + b"\x18ftypiso5\x00\x00\x02\x00iso5iso6",
        bytes.fromhex("fff150800bfffc"),
        b"OggS\x00\x02",
    ]


def stun_messages():
    request = struct.pack(">HHI", 1, 0, 0x2112A442) + bytes(range(12))
    # The responses of RFC 5769, sections 2.2 and 2.3.
    header, tail = "2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220", "80280004"
    ipv4 = "0101003c" + header + "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    ipv6 = "01010048" + header + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    ipv6 += "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    change = struct.pack(">HHI", 1, 8, 0x2112A442) + bytes(range(12)) + struct.pack(">HHI", 3, 4, 6)
    return [request, change, bytes.fromhex(ipv4 + tail + "c07d4c96"), bytes.fromhex(ipv6 + tail + "c8fb0b4c")]


CANDIDATES = (
    "candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host",
    "candidate:2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
    "candidate:3 1 udp 2113937151 6d2f0b9e-1b1c-4f9e-9d0a-0c9a1f0e8a11.local 51234 typ host generation 0",
    "candidate:4 1 tcp 1518157055 2001:db8::7 9 typ host tcptype active",
)


def session_description():
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"]
    lines += ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", *(f"a={c}" for c in CANDIDATES)]
    lines += ["a=end-of-candidates", "a=ice-ufrag:EsAw", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", "a=mid:0"]
    lines += ["a=fingerprint:sha-256 " + ":".join(f"{n:02X}" for n in range(32)), "a=setup:actpass"]
    lines += ["a=sctp-port:5000", "a=max-message-size:262144", ""]
    return "\r\n".join(lines).encode()


def documents():
    url = {"network": "10.0.0.0/8", "url": "http://127.0.0.1:9998"}
    load_report = {
        "viewers": 1, "viewersMax": 2, "egressBitsPerSecond": 3, "egressBitsPerSecondMax": 0,
        "streams": [{"stream": "live", "viewers": 1}],
    }  # fmt: skip
    forward = {"id": "0" * 32, "name": "f", "region": "", "urls": [url], "load": load_report}
    swarm = {"stream": "live", "peers": 1, "bytesFromPeers": 0, "bytesFromForwards": 2**64 - 1}
    tracker = {
        "name": "t", "region": "r", "urls": [url], "stun": None, "peers": 1, "peersMax": 2, "swarms": [swarm],
        "forwards": [forward],
    }  # fmt: skip
    nested = b"[" * 600 + b"]" * 600
    return [json.dumps(document).encode() for document in (forward, tracker)] + [nested, b'{"time": 1e400}']


def peer_documents():
    one, other = "00" * 16, "ff" * 16
    parents = [{"stripe": 0, "peer": one, "grandparent": other, "depth": 3}, {"stripe": 1, "forward": "any", "depth": 1}]
    resume = {"id": one, "token": "a.b", "role": 0, "depth": 2, "parents": parents}
    signal = {"to": one, "from": other, "link": "0123456789abcdef", "type": "offer", "sdp": "v=0\r\n"}
    stats = {"bytesFromPeers": 1, "bytesFromForwards": 2**64 - 1, "uploadBytes": 0, "continuity": 0.5}
    documents = [
        {"stream": "live", "capacity": 2, "nat": "cone", "transports": ["webrtc"], "version": 1, "resume": resume},
        {"id": one, "token": "t", "tokenExpiresAt": 1, "events": "/", "role": 1, "parents": parents, "children": [],
         "ice": [{"urls": ["stun:h:1"]}], "forwards": ["http://f"], "publicKey": ""},
        signal, {**signal, "type": "candidate", "candidate": ""},
        {"lost": [{"stripe": 0, "peer": one, "reason": "bye"}], "accused": [{"peer": other, "reason": "x"}],
         "parents": parents, "children": [one], "capacity": 3, "stats": stats},
        {**parents[0], "token": "t", "tokenExpiresAt": 1}, {"stripe": 0, "peer": one}, {"reason": "ended", "retryMs": 1},
    ]  # fmt: skip
    events = b"\xef\xbb\xbfid: 1\nevent: parent\ndata: {}\n\n: x\r\nid\r\ndata:a\rdata: b\r\r"
    return [json.dumps(document).encode() for document in documents] + [events]


def texts(*values):
    return [value.encode() for value in values]


def seeds():
    movies, runs = load("movies.json"), load("base64.json")["cases"]
    return {
        "manifest": signed_manifests(),
        "records": record_streams(),
        "mp4-init": [bytes.fromhex(movies["init"])],
        "mp4-fragment": [bytes.fromhex(movies["fragment"])],
        "rebase": rebase_inputs(),
        "token": token_inputs(),
        "key-file": [bytes(32), b"00" * 32 + b"\n", b"A" * 43 + b"=", b"A" * 43],
        "ip": texts("127.0.0.1", "10.0.0.0/8", "::1", "2001:db8::1/32", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "fd00::/9"),
        "stream-name": texts("live", "A.b_c-9", "time", "x" * 65),
        "relay": relay_streams(),
        "peer-message": peer_messages(),
        "peer-machine": peer_dialogues(),
        "container": containers(),
        "h264": h264_sets(),
        "percent": texts("/live/a%20b", "%zz", "%C3%A9", "%00", "a+b?c=d"),
        "url": texts(
            "http://127.0.0.1:8080", "https://[::1]/x?y", "10.0.0.0/8=http://h:1", "[::]:80", ":0", "localhost:9",
            "HTTP://0.0.0.0/", "http://u@h"
        ),
        "negotiation": texts("gzip, br;q=0.5, *;q=0", '"a", W/"b",*', "gzip;q=0.000 , deflate", '""'),
        "forwarded": texts("192.0.2.7, 10.0.0.2", "unknown", "::1,10.1.1.1\n198.51.100.1"),
        "quantity": texts("3s", "250ms", "1.5h", "0", "1e3", "800M", "2.5g", "inf", "-1"),
        "json": documents(),
        "peer": peer_documents(),
        "stun": stun_messages(),
        "sdp": [session_description()],
        "candidate": texts(*CANDIDATES),
        "dcep": [b"\2", bytes([3, 0x80, 1, 0, 0, 0, 0, 0, 0, 6, 0, 0]) + b"pieces", bytes([3, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]) + b"p"],
        "base64": texts(*(run["standard"] for run in runs), *(run["url"] for run in runs)),
    }


def main():
    directory = pathlib.Path(sys.argv[1])
    for target, inputs in seeds().items():
        folder = directory / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(inputs):
            (folder / f"seed-{number:03}").write_bytes(content)


if __name__ == "__main__":
    main()
