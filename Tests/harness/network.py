"""Network namespaces of the tests' own: the same interfaces, addresses and routes on every machine, and cables to pull.

A page tells no candidate of its own on a machine without a default route, and a machine's real interfaces are not ours
to use. So the tests of browsers put themselves into a namespace with one interface, `ADDRESS`, and a default route to
nowhere; a `Host` is another machine beside it.
"""

import ctypes
import os
import subprocess

from .program import _in_child

ADDRESS = "10.99.0.1"
_USER, _NETWORK = 0x1000_0000, 0x4000_0000


def _ip(*words, inside=()):
    subprocess.run([*inside, "ip", *words], check=True, capture_output=True, text=True, timeout=10)


def _unshare(flags):
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter():
    """Puts this process and what it starts into a new network; while it has one thread.

    Who is not root becomes root of a namespace of users, where the system permits that.
    """
    user, group = os.getuid(), os.getgid()
    _unshare(_NETWORK if user == 0 else _USER | _NETWORK)
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _ip("link", "set", "lo", "up")
    # A pair of interfaces on one machine: one end only makes the other one's cable seem plugged in.
    _ip("link", "add", "net0", "type", "veth", "peer", "name", "net0-far")
    _ip("address", "add", f"{ADDRESS}/24", "dev", "net0")
    _ip("link", "set", "net0-far", "up")
    _ip("link", "set", "net0", "up")
    _ip("route", "add", "default", "via", "10.99.0.254")


class Host:
    """Another machine, at `address`, with a cable to the one of the tests, which it reaches at `gateway`."""

    def __init__(self, number=1):
        self.name = f"host{number}"
        self.gateway, self.address = f"10.99.{number}.1", f"10.99.{number}.2"
        # The namespace lives as long as a process in it.
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=_in_child)
        self._holder.stdout.readline()
        self.inside = ["nsenter", "--target", str(self._holder.pid), "--net"]
        _ip("link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", str(self._holder.pid))
        _ip("address", "add", f"{self.gateway}/24", "dev", self.name)
        _ip("link", "set", self.name, "up")
        for words in (
            ["link", "set", "lo", "up"], ["address", "add", f"{self.address}/24", "dev", "eth0"],
            ["link", "set", "eth0", "up"], ["route", "add", "default", "via", self.gateway],
        ):
            _ip(*words, inside=self.inside)

    def unplug(self):
        """Takes the cable out: the machine knows that it is offline."""
        _ip("link", "set", self.name, "down")

    def plug(self):
        _ip("link", "set", self.name, "up")

    def stop(self):
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()
