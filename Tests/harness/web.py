"""HTTP as the tests need it: whole answers through http.client, odd ones through a bare socket."""

import http.client
import json
import socket
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The last word of an RFC 9457 problem's type."""
        assert self.headers.get("content-type") == "application/problem+json", (self.status, self.text)
        document = self.json
        assert document["status"] == self.status and document["detail"]
        return document["type"].rsplit(":", 1)[-1]


def request(method, address, path, body=None, headers=None, source=None, seconds=15):
    """One request; `address` is host:port, `source` the address to come from."""
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(
        host.strip("[]"), int(port), timeout=seconds, source_address=(source, 0) if source else None
    )
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, response.read())
    finally:
        connection.close()


def get(address, path, **options):
    return request("GET", address, path, **options)


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def connect(address, seconds=10):
    """A bare TCP connection."""
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)


def exchange(address, data, seconds=10):
    """Sends bytes as they are and reads until the server closes; for requests that no library would send."""
    with connect(address, seconds) as connection:
        connection.sendall(data)
        received = b""
        while block := connection.recv(65536):
            received += block
        return received


def read_some(address, path, count, seconds=10):
    """The first `count` bytes of an endless answer's body, still with its chunk framing, and the head."""
    with connect(address, seconds) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received or len(received) < count:
            block = connection.recv(65536)
            if not block:
                break
            received += block
        head, _, body = received.partition(b"\r\n\r\n")
        return head.decode(errors="replace"), body
