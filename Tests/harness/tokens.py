"""Access tokens (PROTOCOL.md, sections 5 and 6), made as a tracker makes them."""

import base64
import hashlib
import hmac
import os
import time

PEER, ROOT = 2, 3


def derive(secret, info):
    """HKDF-SHA256 (RFC 5869) of one block, salt "p2plive"."""
    extracted = hmac.new(b"p2plive", secret.encode(), hashlib.sha256).digest()
    return hmac.new(extracted, info.encode() + b"\x01", hashlib.sha256).digest()


def token(secret, kind=PEER, stream="live", peer=None, seconds=60):
    """A token for a viewer; a new one unless `peer`, 16 bytes, says who."""
    expires = int((time.time() + seconds) * 1000)
    name = stream.encode()
    payload = bytes([1, kind]) + (peer or os.urandom(16)) + expires.to_bytes(8, "big") + bytes([len(name)]) + name
    tag = hmac.new(derive(secret, "token"), payload, hashlib.sha256).digest()[:16]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (payload, tag))
