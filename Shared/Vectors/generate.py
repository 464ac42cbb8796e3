#!/usr/bin/env python3
"""Writes the test vectors beside this file: `python3 Shared/Vectors/generate.py`. Needs the package `cryptography`.

The vectors are part of the protocol: a change of one that exists is a change of the format and needs a new version.
"""

import hashlib
import json
import pathlib
import struct

import mp4
import wire

HERE = pathlib.Path(__file__).resolve().parent
INTEGER_MAX = 2**53 - 1
SECRET = "correct horse battery staple"


def write(name, content):
    (HERE / name).write_text(json.dumps(content, indent=2) + "\n")


def chunk_fields(**changes):
    fields = {
        "stream": "live",
        "flags": 0,
        "stripeCount": 2,
        "sequence": 1_700_000_000_001,
        "previousSequence": 1_700_000_000_000,
        "session": 1_700_000_000_000,
        "initHash": wire.short_hash(b"init").hex(),
        "publishedAt": 1_700_000_000_200,
        "decodeTime": 90_000,
        "duration": 18_000,
        "chunkLength": 5_000,
        "pieceSize": 1_024,
    }
    fields.update(changes)
    return fields


def manifest_cases():
    return [
        ("an ordinary chunk", chunk_fields()),
        ("a chunk that starts a group, after a jump", chunk_fields(flags=3, chunkLength=20_000, pieceSize=1_250)),
        ("a chunk of one byte: one stripe has no piece", chunk_fields(chunkLength=1)),
        ("one short piece whose size equals the chunk", chunk_fields(chunkLength=700, pieceSize=700)),
        ("a stream of one stripe", chunk_fields(stripeCount=1)),
        ("eight stripes", chunk_fields(stripeCount=8, chunkLength=30_000)),
        ("the first chunk ever", chunk_fields(sequence=1, previousSequence=0, session=0, publishedAt=0, decodeTime=0)),
        (
            "the largest numbers",
            chunk_fields(
                stream="A" * 60 + "._-9", flags=255, sequence=INTEGER_MAX, previousSequence=INTEGER_MAX - 1,
                session=INTEGER_MAX, publishedAt=INTEGER_MAX, decodeTime=INTEGER_MAX, duration=2**32 - 1,
                pieceSize=16_384, chunkLength=40_000,
            ),
        ),
    ]


def with_bytes(body, offset, replacement):
    return body[:offset] + replacement + body[offset + len(replacement) :]


def manifests():
    seed = wire.derive(SECRET, "sign live")
    cases = []
    for name, fields in manifest_cases():
        stripes = []
        for stripe in range(fields["stripeCount"]):
            body = wire.manifest(fields, stripe)
            stripes.append({"manifest": body.hex(), "signature": wire.sign(seed, body).hex()})
        cases.append({"name": name, "fields": fields, "stripes": stripes})
    good = wire.manifest(chunk_fields(), 0)  # The name has 4 bytes: sequence at 9, chunkLength at 69, hashCount at 75.
    refused = {
        "version 0": with_bytes(good, 0, b"\0"),
        "version 2": with_bytes(good, 0, b"\2"),
        "stripe not below stripeCount": with_bytes(good, 2, b"\2"),
        "no stripes": with_bytes(good, 3, b"\0"),
        "nine stripes": with_bytes(good, 3, b"\x09"),
        "empty name": good[:4] + b"\0" + good[9:],
        "a character that names must not have": with_bytes(good, 5, b"/"),
        "a reserved name": with_bytes(good, 5, b"time"),
        "sequence 0": with_bytes(good, 9, bytes(8)),
        "sequence 2^53": with_bytes(good, 9, struct.pack(">Q", 2**53)),
        "previousSequence equal to sequence": with_bytes(good, 17, good[9:17]),
        "session 2^53": with_bytes(good, 25, struct.pack(">Q", 2**53)),
        "publishedAt 2^53": with_bytes(good, 49, struct.pack(">Q", 2**53)),
        "decodeTime 2^53": with_bytes(good, 57, struct.pack(">Q", 2**53)),
        "chunkLength 0": with_bytes(good, 69, bytes(4)),
        "chunkLength above 4 MiB": with_bytes(good, 69, struct.pack(">I", 4 * 2**20 + 1)),
        "pieceSize 0": with_bytes(good, 73, bytes(2)),
        "pieceSize 1023 of a longer chunk": with_bytes(good, 73, struct.pack(">H", 1_023)),
        "pieceSize 16385": with_bytes(good, 73, struct.pack(">H", 16_385)),
        "one hash too many": with_bytes(good, 75, struct.pack(">H", 3)) + bytes(16),
        "one hash too few": with_bytes(good, 75, struct.pack(">H", 1))[:-16],
        "cut short": good[:-1],
    }
    write(
        "manifests.json",
        {
            "about": "Byte i of each chunk is (31 i + floor(i / 256)) mod 256; the name of stripe k is its place.",
            "seed": seed.hex(),
            "publicKey": wire.public_key(seed).hex(),
            "cases": cases,
            "refused": [{"name": name, "manifest": body.hex()} for name, body in refused.items()],
        },
    )


def records():
    seed = wire.derive(SECRET, "sign live")
    body = wire.manifest(chunk_fields(), 1)
    sequence = struct.pack(">Q", 1_700_000_000_001)
    cases = [
        ("hello", 1, b'{"version":1}'),
        ("initSegment", 2, wire.short_hash(b"init") + b"init"),
        ("manifest", 3, body + wire.sign(seed, body)),
        ("chunk", 4, sequence + wire.pattern(300)),
        ("piece", 5, sequence + struct.pack(">H", 4) + wire.pattern(50)),
        ("state", 6, b"\1"),
        ("state", 6, b"\2"),
        ("state", 6, b"\3"),
        ("ping", 7, struct.pack(">Q", 1_700_000_000_200)),
        ("hello", 1, b""),
    ]
    refused = {
        "a body above 8 MiB, of unknown kind": struct.pack(">IB", 8 * 2**20 + 1, 99),
        "a hello above 64 KiB": struct.pack(">IB", 64 * 2**10 + 1, 1),
        "an init above 1 MiB": struct.pack(">IB", 16 + 2**20 + 1, 2),
        "a chunk above 4 MiB": struct.pack(">IB", 8 + 4 * 2**20 + 1, 4),
        "a piece above 16 KiB": struct.pack(">IB", 10 + 16 * 2**10 + 1, 5),
        "an init without bytes": wire.record(2, bytes(16)),
        "a chunk without bytes": wire.record(4, sequence),
        "a chunk with sequence 0": wire.record(4, bytes(8) + b"x"),
        "a piece without bytes": wire.record(5, sequence + bytes(2)),
        "a piece with index 4096": wire.record(5, sequence + struct.pack(">H", 4_096) + b"x"),
        "an unknown state": wire.record(6, b"\4"),
        "a state of two bytes": wire.record(6, b"\1\1"),
        "an empty state": wire.record(6, b""),
        "a ping of 2^53": wire.record(7, struct.pack(">Q", 2**53)),
        "a short ping": wire.record(7, bytes(7)),
        "a manifest with a byte too many": wire.record(3, body + wire.sign(seed, body) + b"x"),
    }
    write(
        "records.json",
        {
            "cases": [
                {"kind": kind, "body": part.hex(), "record": wire.record(number, part).hex()}
                for kind, number, part in cases
            ],
            "skipped": [wire.record(0, b"").hex(), wire.record(8, b"later").hex(), wire.record(255, bytes(40)).hex()],
            "refused": [{"name": name, "record": part.hex()} for name, part in refused.items()],
        },
    )


def messages():
    seed = wire.derive(SECRET, "sign live")
    body = wire.manifest(chunk_fields(), 1)
    sequence = struct.pack(">Q", 1_700_000_000_001)
    cases = [
        ("subscribe", b"\1\1" + sequence),
        ("subscribe", b"\1\0" + bytes(8)),
        ("unsubscribe", b"\2\0" + sequence),
        ("request", b"\3\1" + sequence),
        ("request", b"\3\1" + sequence + struct.pack(">HHH", 0, 2, 4095)),
        ("initSegment", b"\4" + wire.short_hash(b"init") + b"init"),
        ("manifest", b"\5" + body + wire.sign(seed, body)),
        ("piece", b"\6" + sequence + struct.pack(">H", 4) + wire.pattern(50)),
        ("alive", b"\7" + sequence + b"\2"),
        ("alive", b"\7" + bytes(8) + b"\0"),
        ("refuse", b"\10\1\1"),
        ("refuse", b"\10\0\2"),
        ("bye", b"\11"),
        ("relay", b"\12\1" + bytes(range(16)) + b'{"type":"offer"}'),
        ("relay", b"\12\2" + bytes(range(16)) + b'{"type":"answer"}'),
    ]
    refused = {
        "nothing at all": b"",
        "a subscription to stripe 8": b"\1\10" + sequence,
        "a subscription from 2^53": b"\1\0" + struct.pack(">Q", 2**53),
        "a subscription with a byte too many": b"\1\0" + sequence + b"\0",
        "a short subscription": b"\1\0" + sequence[:7],
        "a request for sequence 0": b"\3\0" + bytes(8),
        "a request for piece 4096": b"\3\0" + sequence + struct.pack(">H", 4_096),
        "a request for 257 pieces": b"\3\0" + sequence + bytes(514),
        "a request with half an index": b"\3\0" + sequence + b"\0",
        "an init without bytes": b"\4" + bytes(16),
        "an init above 65,520 bytes": b"\4" + bytes(16) + bytes(65_521),
        "a manifest with a byte too many": b"\5" + body + wire.sign(seed, body) + b"x",
        "a piece without bytes": b"\6" + sequence + bytes(2),
        "a piece above 16 KiB": b"\6" + sequence + bytes(2) + bytes(16_385),
        "a refusal without a reason": b"\10\0",
        "a refusal for an unknown reason": b"\10\0\3",
        "a long farewell": b"\11\0",
        "a relay without a signal": b"\12\1" + bytes(16),
        "a relay that goes nowhere": b"\12\3" + bytes(16) + b"{}",
        "a relay above 20,480 bytes": b"\12\1" + bytes(16) + bytes(20_481),
    }
    write(
        "messages.json",
        {
            "cases": [{"kind": kind, "message": part.hex()} for kind, part in cases],
            "skipped": [b"\0".hex(), b"\13later".hex(), b"\377".hex()],
            "refused": [{"name": name, "message": part.hex()} for name, part in refused.items()],
        },
    )


def layouts():
    shapes = [(7, 2, 5_000, 1_024), (8, 2, 5_000, 1_024), (5, 3, 9_999, 1_111), (1, 1, 1, 1), (9, 8, 1_024, 1_024),
              (INTEGER_MAX, 8, 70_000, 16_384), (2, 2, 700, 16_384)]
    layouts = []
    for sequence, stripe_count, length, piece_size in shapes:
        fields = {"sequence": sequence, "stripeCount": stripe_count, "chunkLength": length, "pieceSize": piece_size}
        count = -(-length // piece_size)
        fields["stripes"] = [wire.stripe_indices(fields, stripe) for stripe in range(stripe_count)]
        fields["ranges"] = [[j * piece_size, min(length, (j + 1) * piece_size)] for j in range(count)]
        layouts.append(fields)
    sizes = []
    for length, chunk_ms, stripe_count in [(25_000, 200, 2), (100_000, 200, 2), (1_000, 200, 2), (4 * 2**20, 200, 2),
                                           (50_001, 200, 2), (30_000, 10, 1), (30_000, 0, 2), (90_000, 333, 3)]:
        size = -(-length // max(1, stripe_count * chunk_ms // 25))
        size = min(max(1_024, size), 16_384)
        sizes.append({"chunkLength": length, "chunkMs": chunk_ms, "stripeCount": stripe_count, "pieceSize": size})
    write("layouts.json", {"layouts": layouts, "pieceSizes": sizes})


def tokens():
    peer = bytes(range(16))
    cases = [(1, peer, 1_700_000_060_000, "live"), (2, bytes(16), 1, "a"), (2, b"\xff" * 16, INTEGER_MAX, "Z" * 64),
             (3, peer, 1_700_000_060_000, "live")]
    payload = wire.token_payload(2, peer, 1_700_000_060_000, "live")
    good = wire.token(SECRET, payload)
    refused = {
        "another secret": wire.token("another", payload),
        "empty": "",
        "no tag": good.split(".")[0],
        "two dots": good + ".",
        "padding": good + "=",
        "a changed tag": good[:-22] + ("B" if good[-22] != "B" else "C") + good[-21:],
        "unknown version": wire.token(SECRET, wire.token_payload(2, peer, 1, "live", version=2)),
        "unknown kind": wire.token(SECRET, wire.token_payload(4, peer, 1, "live")),
        "kind 0": wire.token(SECRET, wire.token_payload(0, peer, 1, "live")),
        "expiry of 2^53": wire.token(SECRET, wire.token_payload(2, peer, 2**53, "live")),
        "reserved name": wire.token(SECRET, wire.token_payload(2, peer, 1, "time")),
        "a byte too many": wire.token(SECRET, payload + b"x"),
        "a byte too few": wire.token(SECRET, payload[:-1]),
        "empty payload": wire.token(SECRET, b""),
    }
    write(
        "tokens.json",
        {
            "secret": SECRET,
            "key": wire.derive(SECRET, "token").hex(),
            "cases": [
                {"kind": kind, "peer": who.hex(), "expiresAt": time, "stream": name,
                 "text": wire.token(SECRET, wire.token_payload(kind, who, time, name))}
                for kind, who, time, name in cases
            ],
            "refused": [{"name": name, "text": text} for name, text in refused.items()],
        },
    )


def keys():
    streams = []
    for secret, name in [(SECRET, "live"), ("", "a"), ("schlüssel", "Z" * 64)]:
        seed = wire.derive(secret, "sign " + name)
        streams.append({"secret": secret, "stream": name, "seed": seed.hex(), "publicKey": wire.public_key(seed).hex()})
    derived = [
        {"secret": SECRET, "info": info, "count": count, "key": wire.derive(SECRET, info, count).hex()}
        for info, count in [("", 1), ("token", 32), ("x", 33), ("long", 8_160)]
    ]
    digests = [
        {"length": length, "sha256": hashlib.sha256(wire.pattern(length)).hexdigest()}
        for length in (0, 1, 55, 56, 64, 1_024, 100_000)
    ]
    write("keys.json", {"streams": streams, "derived": derived, "digests": digests})


def base64_texts():
    import base64

    runs = [b"", b"f", b"fo", b"foo", b"\xfb\xff\xfe", b"\0", bytes(range(256))]
    write(
        "base64.json",
        {
            "cases": [
                {"bytes": run.hex(), "standard": base64.b64encode(run).decode(), "url": wire.base64url(run)}
                for run in runs
            ],
            "refusedStandard": ["Zg", "Zg=", "Zg===", "Z===", "=", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "-_8="],
            "refusedUrl": ["Zg==", "Z", "Zh", "Zm9v\n", "+/8", "Zm9vZ", "Zgé"],
        },
    )


def movies():
    rebased = []
    for offset in (0, 90_000, 17, -45_000, 2**40):
        rebased.append({
            "offset": offset, "sequenceNumber": 77,
            "fragment": mp4.fragment(77, 90_000 + offset, 48_000 + offset * 48_000 // 90_000).hex(),
        })
    write("movies.json", {"init": mp4.init().hex(), "fragment": mp4.fragment(5, 90_000, 48_000).hex(),
                          "rebased": rebased})


for generate in (manifests, records, messages, layouts, tokens, keys, base64_texts, movies):
    generate()
