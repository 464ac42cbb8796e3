#!/usr/bin/env python3
"""Writes seeds for every fuzz target from the vectors: `corpus.py DIRECTORY` fills DIRECTORY/TARGET/."""

import base64
import json
import pathlib
import struct
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Vectors"


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
