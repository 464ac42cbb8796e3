"""A second implementation of docs/PROTOCOL.md, written from the text and not from the Swift code, so that the vectors
check one against the other. It favours plainness over speed and checks nothing: it also has to write wrong bytes."""

import base64
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DOMAIN = b"p2plive manifest v1\n"


def pattern(length):
    """The bytes of a test chunk: byte i is (31 i + floor(i / 256)) mod 256."""
    return bytes((31 * i + i // 256) % 256 for i in range(length))


def short_hash(data):
    return hashlib.sha256(data).digest()[:16]


def pieces(chunk, piece_size):
    return [chunk[start : start + piece_size] for start in range(0, len(chunk), piece_size)]


def stripe_indices(fields, stripe):
    count = -(-fields["chunkLength"] // fields["pieceSize"])
    return [j for j in range(count) if (fields["sequence"] + j) % fields["stripeCount"] == stripe]


def manifest(fields, stripe):
    parts = pieces(pattern(fields["chunkLength"]), fields["pieceSize"])
    digests = [short_hash(parts[j]) for j in stripe_indices(fields, stripe)]
    name = fields["stream"].encode()
    return b"".join(
        [
            struct.pack(">BBBBB", 1, fields["flags"], stripe, fields["stripeCount"], len(name)),
            name,
            struct.pack(">QQQ", fields["sequence"], fields["previousSequence"], fields["session"]),
            bytes.fromhex(fields["initHash"]),
            struct.pack(">QQ", fields["publishedAt"], fields["decodeTime"]),
            struct.pack(">IIHH", fields["duration"], fields["chunkLength"], fields["pieceSize"], len(digests)),
            *digests,
        ]
    )


def derive(secret, info, length=32):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=b"p2plive", info=info.encode()).derive(secret.encode())


def public_key(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(seed, body):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(DOMAIN + body)


def record(kind, body):
    return struct.pack(">IB", len(body), kind) + body


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token_payload(kind, peer, expires_at, stream, version=1):
    name = stream.encode()
    return struct.pack(">BB", version, kind) + peer + struct.pack(">QB", expires_at, len(name)) + name


def token(secret, payload):
    tag = hmac.new(derive(secret, "token"), payload, hashlib.sha256).digest()[:16]
    return base64url(payload) + "." + base64url(tag)
