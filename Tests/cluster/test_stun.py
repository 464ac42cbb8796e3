"""The tracker's STUN server, asked by a client written after RFC 8489 and RFC 5780 alone."""

import ipaddress
import os
import socket
import struct

import pytest
from harness.web import get

COOKIE = 0x2112A442


def ask(server, attributes=b"", source="127.0.0.1", change=0, timeout=5):
    """One Binding request; (the address the answer came from, the class bits, its attributes by type)."""
    transaction = os.urandom(12)
    if change:
        attributes += struct.pack(">HHI", 3, 4, change)
    with socket.socket(socket.AF_INET6 if ":" in server[0] else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.bind((source, 0))
        client.sendto(struct.pack(">HHI", 1, len(attributes), COOKIE) + transaction + attributes, server)
        answer, origin = client.recvfrom(2048)
        port = client.getsockname()[1]
    kind, length, cookie = struct.unpack(">HHI", answer[:8])
    assert cookie == COOKIE and answer[8:20] == transaction and length == len(answer) - 20
    found, rest = {}, answer[20:]
    while rest:
        number, size = struct.unpack(">HH", rest[:4])
        found[number] = rest[4 : 4 + size]
        rest = rest[4 + (size + 3) // 4 * 4 :]
    found["port"] = port
    return origin[:2], kind, found, transaction


def address(value, key=b""):
    """(host, port) of an address attribute; with a key it is the XOR form."""
    port = struct.unpack(">H", value[2:4])[0] ^ (COOKIE >> 16 if key else 0)
    host = value[4:]
    if key:
        host = bytes(a ^ b for a, b in zip(host, struct.pack(">I", COOKIE) + key))
    return str(ipaddress.ip_address(host)), port


def place(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def addresses(tracker):
    return [place(text) for text in tracker.debug()["stun"]["addresses"]]


def test_a_client_learns_its_address(shared_cluster):
    server = place(shared_cluster.tracker_service.debug()["stun"]["addresses"][0])
    for source in ("127.0.0.1", "127.0.0.9"):
        origin, kind, found, transaction = ask(server, source=source)
        assert kind == 0x0101 and origin == server
        assert address(found[0x20], transaction) == (source, found["port"])
    assert shared_cluster.tracker_service.debug()["stun"]["answered"] >= 2


def test_over_ipv6_too(cluster):
    cluster.coordinate()
    server = addresses(cluster.tracker("--stun", "[::1]:0"))[0]
    _, kind, found, transaction = ask(server, source="::1")
    assert kind == 0x0101 and address(found[0x20], transaction) == ("::1", found["port"])


def test_the_answer_leaves_from_the_address_that_was_asked(cluster):
    cluster.coordinate()
    _, port = addresses(cluster.tracker("--stun", "0.0.0.0:0"))[0]
    origin, _, _, _ = ask(("127.0.0.77", port))
    assert origin == ("127.0.0.77", port)


def test_two_addresses_show_how_a_nat_behaves(cluster):
    cluster.coordinate()
    tracker = cluster.tracker("--stun", "127.0.0.1:0", "--stun", "127.0.0.2:0")
    first, second = addresses(tracker)[:2]
    assert len(addresses(tracker)) == 4 and first[1] != second[1]
    expected = {0: first, 2: (first[0], second[1]), 4: (second[0], first[1]), 6: second}
    for change, origin in expected.items():
        came_from, _, found, _ = ask(first, change=change)
        assert came_from == origin == address(found[0x802B])
        assert address(found[0x802C]) == second


def test_unknown_attributes_are_named_and_junk_is_left_unanswered(shared_cluster):
    server = place(shared_cluster.tracker_service.debug()["stun"]["addresses"][0])
    _, kind, found, _ = ask(server, attributes=struct.pack(">HH", 0x7ABC, 0))
    assert kind == 0x0111 and found[9][:4] == b"\0\0\x04\x14" and found[10] == b"\x7a\xbc"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.3)
        for junk in (b"", b"x", os.urandom(20), os.urandom(1400), b"\0\1\0\4" + bytes(16)):
            client.sendto(junk, server)
        with pytest.raises(socket.timeout):
            client.recv(2048)
    assert ask(server)[1] == 0x0101


def test_a_client_of_rfc_3489_is_told_in_its_own_way(shared_cluster):
    server = place(shared_cluster.tracker_service.debug()["stun"]["addresses"][0])
    transaction = os.urandom(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.bind(("127.0.0.1", 0))
        client.sendto(b"\0\1\0\0" + transaction, server)
        answer = client.recv(2048)
        mapped = struct.pack(">HHBBH", 1, 8, 0, 1, client.getsockname()[1]) + socket.inet_aton("127.0.0.1")
    assert answer == b"\1\1\0\x0c" + transaction + mapped


def test_viewers_are_told_where_it_is(shared_cluster):
    assigned = get(shared_cluster.coordinate_service.address, "/tracker?stream=live").json["tracker"]
    assert place(assigned["stun"]) == addresses(shared_cluster.tracker_service)[0]


def test_an_address_in_use_ends_a_tracker_that_was_told_to_take_it(cluster):
    cluster.coordinate()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        tracker = cluster.tracker("--stun", f"127.0.0.1:{taken.getsockname()[1]}", wait=False)
        assert tracker.wait(10) == 1
    assert "choose another --stun" in tracker.text()
