"""Viewers without media, written after docs/PROTOCOL.md §9 alone: they join, listen, and believe what they are told."""

import http.client
import json
import socket
import threading

from .web import bearer, request


def parse(stream):
    """The events of a Server-Sent Events stream, as (id, name, data)."""
    number, name, data = None, "message", []
    for line in stream:
        line = line.decode().rstrip("\r\n")
        if not line:
            if data:
                yield number, name, json.loads("\n".join(data))
            name, data = "message", []
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                number = int(value)
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)


class Peer:
    """One viewer; a thread reads its events."""

    def __init__(self, address, stream="live", capacity=2, resume=None, context=None, listen=True):
        self.address, self.context, self.capacity = address, context, capacity
        body = {"stream": stream, "capacity": capacity, "nat": "open", "transports": ["webrtc"], "version": 1}
        if resume:
            body["resume"] = resume
        answer = self.send("POST", "/peers", body)
        assert answer.status == 201, (answer.status, answer.text)
        self.place = answer.json
        self.id, self.token = self.place["id"], self.place["token"]
        self.events, self.signals, self.bye, self.last = [], [], None, None
        self.has_ended = threading.Event()
        self.connection = None
        self.lock = threading.Lock()
        self._take_place(self.place)
        if listen:
            self.listen()

    def send(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json", **(bearer(token) if token else {})}
        if self.context:
            connection = http.client.HTTPSConnection(*self.address.rsplit(":", 1), timeout=15, context=self.context)
            try:
                connection.request(method, path, json.dumps(body) if body is not None else None, headers)
                response = connection.getresponse()
                from .web import Answer

                return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
            finally:
                connection.close()
        return request(method, self.address, path, body=body, headers=headers)

    def listen(self, after=None):
        host, port = self.address.rsplit(":", 1)
        if self.context:
            self.connection = http.client.HTTPSConnection(host, int(port), timeout=60, context=self.context)
        else:
            self.connection = http.client.HTTPConnection(host, int(port), timeout=60)
        headers = {"Last-Event-ID": str(after)} if after is not None else {}
        self.connection.request("GET", f"{self.place['events']}?token={self.token}", headers=headers)
        # Its own reference: a server that closes takes the connection's socket away from http.client.
        self.socket = self.connection.sock
        response = self.connection.getresponse()
        assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream", response.status
        self.has_ended.clear()
        threading.Thread(target=self._read, args=(response,), daemon=True).start()

    def _read(self, response):
        try:
            for number, name, data in parse(response):
                with self.lock:
                    self._take(number, name, data)
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.has_ended.set()

    def _take(self, number, name, data):
        self.last = number
        self.events.append(name)
        if name == "parent":
            self.parents[data["stripe"]] = data
            self.token = data["token"]
        elif name == "child":
            self.children.add((data["stripe"], data["peer"]))
        elif name == "drop":
            self.children.discard((data["stripe"], data["peer"]))
        elif name == "signal":
            self.signals.append(data)
        elif name == "resync":
            self._take_place(data)
        elif name == "bye":
            self.bye = data

    def _take_place(self, place):
        self.parents = {parent["stripe"]: parent for parent in place["parents"]}
        self.children = {(child["stripe"], child["peer"]) for child in place["children"]}
        self.role = place.get("role")

    @property
    def sources(self):
        """By stripe: who sends it."""
        return {stripe: parent.get("peer") or parent["forward"] for stripe, parent in sorted(self.parents.items())}

    def hang_up(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.has_ended.wait(10)

    def signal(self, to, **more):
        body = {"to": to, "link": "0123456789abcdef", **more}
        return self.send("POST", f"/peers/{self.id}/signal", body, self.token)

    def report(self, **body):
        answer = self.send("POST", f"/peers/{self.id}/report", body, self.token)
        if answer.status == 200:
            self.token = answer.json["token"]
        return answer

    def leave(self):
        return self.send("DELETE", f"/peers/{self.id}", token=self.token)

    def resume(self, address=None):
        """Joins again with all it has; another object for the same viewer."""
        parents = [
            {key: value for key, value in parent.items() if not key.startswith("token")}
            for parent in self.parents.values()
        ]
        fields = {"id": self.id, "token": self.token, "depth": 1, "parents": parents}
        if self.role is not None:
            fields["role"] = self.role
        return Peer(address or self.address, capacity=self.capacity, resume=fields, context=self.context)


def disagreements(peers):
    """What viewers were told that does not fit together."""
    by_id = {peer.id: peer for peer in peers}
    children = {peer.id: set() for peer in peers}
    found = []
    for peer in peers:
        if sorted(peer.parents) != [0, 1]:
            found.append(f"{peer.id} has parents in {sorted(peer.parents)}")
        for stripe, parent in peer.parents.items():
            if "peer" not in parent:
                continue
            if parent["peer"] not in by_id:
                found.append(f"a parent of {peer.id} is gone")
                continue
            children[parent["peer"]].add((stripe, peer.id))
            behind = by_id[parent["peer"]].parents[stripe].get("peer")
            if parent.get("grandparent") != behind:
                found.append(f"{peer.id} has another grandparent in stripe {stripe}")
    for peer in peers:
        if peer.children != children[peer.id]:
            found.append(f"{peer.id} has children {peer.children}, not {children[peer.id]}")
        if len(peer.children) > peer.capacity or len({stripe for stripe, _ in peer.children}) > 1:
            found.append(f"{peer.id} has more children than it can feed")
    return found
