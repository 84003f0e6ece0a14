"""Machines of a test: network namespaces on two switches, whose cables can be pulled. Linux, root, iproute2.

    with Machines.made("exchange", "database", "first", "second") as machines:
        with machines["exchange"].entered():
            ...                                  # what is opened or started here is on that machine
        machines["first"].cut(DATA)              # no RST, no FIN: nothing comes through any more
        machines["first"].mend(DATA)

Every machine is on the switch of the telephones and on that of the database, and has a loopback of its own.
They share the files and the clock of the one that they are made on. Nothing of them is left afterwards.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

VOICE, DATA = "voice", "data"
_SUBNETS = {VOICE: "10.77.1", DATA: "10.77.2"}
_CLONE_NEWNET = 0x40000000
_OWN = Path("/proc/thread-self/ns/net")
_numbers = itertools.count(1)


class CannotMakeError(Exception):
    """No machines can be made here; the text says why."""


def ip(*arguments: str) -> str:
    """Run `ip` and return what it prints.

    Raises:
        CannotMakeError: it is not there, or refuses.
    """
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False, timeout=20)
    except OSError as error:
        raise CannotMakeError(f"ip (Debian package iproute2): {error.strerror}") from None
    if done.returncode:
        raise CannotMakeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


class Machine:
    """One namespace."""

    def __init__(self, name: str, number: int, prefix: str) -> None:
        self.name = name
        self.namespace = f"{prefix}-{name}"
        self._number = number
        self._switch = f"{prefix}-switch"

    def address(self, net: str = VOICE) -> str:
        """Where the others find it."""
        return f"{_SUBNETS[net]}.{10 + self._number}"

    def command(self, *words: str) -> list[str]:
        """A command that runs there, as the same process that is started."""
        return ["ip", "netns", "exec", self.namespace, *words]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """For the block this thread, and what it starts, is on that machine."""
        home, there = os.open(_OWN, os.O_RDONLY), os.open(f"/run/netns/{self.namespace}", os.O_RDONLY)
        try:
            _set_namespace(there)
            try:
                yield
            finally:
                _set_namespace(home)
        finally:
            os.close(there)
            os.close(home)

    def cut(self, *nets: str) -> None:
        """Pull the cable, of both nets by default: the machine sees that it is out."""
        self._cables(nets, "down")

    def lose(self, *nets: str) -> None:
        """Cut farther away, behind the switch: nothing comes through, and the machine sees nothing of it."""
        self._cables(nets, "nomaster")

    def mend(self, *nets: str) -> None:
        """Let all come through again."""
        for net in nets or tuple(_SUBNETS):
            self._cables((net,), "master", net)
        self._cables(nets, "up")

    def knows(self, other: Machine, net: str = VOICE) -> bool:
        """Whether it has, or still looks for, the other's hardware address (ARP): packets wait for it."""
        entry = ip("-n", self.namespace, "neighbor", "show", other.address(net))
        return bool(entry.strip()) and "FAILED" not in entry

    def plug_in(self) -> None:
        """Make the machine and its cables.

        Raises:
            CannotMakeError: it cannot be made.
        """
        ip("netns", "add", self.namespace)
        ip("-n", self.namespace, "link", "set", "lo", "up")
        for net in _SUBNETS:
            port = self._port(net)
            pair = ("type", "veth", "peer", "name", net, "netns", self.namespace)
            ip("-n", self._switch, "link", "add", port, *pair)
            ip("-n", self.namespace, "address", "add", f"{self.address(net)}/24", "dev", net)
            ip("-n", self.namespace, "link", "set", net, "up")
        self.mend()

    def _cables(self, nets: tuple[str, ...], *change: str) -> None:
        for net in nets or tuple(_SUBNETS):
            ip("-n", self._switch, "link", "set", self._port(net), *change)

    def _port(self, net: str) -> str:
        return f"{net}{self._number}"


class Machines:
    """The machines of one test."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._prefix = f"madoguchi{os.getpid()}-{next(_numbers)}"
        self._machines = {name: Machine(name, at, self._prefix) for at, name in enumerate(names)}

    @classmethod
    @contextmanager
    def made(cls, *names: str) -> Iterator[Self]:
        """The machines, for the block. What runs on them must have ended at its end.

        Raises:
            CannotMakeError: they cannot be made; says why.
        """
        machines = cls(names)
        try:
            machines._make()
            yield machines
        finally:
            machines._remove()

    def __getitem__(self, name: str) -> Machine:
        return self._machines[name]

    def _make(self) -> None:
        if os.geteuid() != 0:
            raise CannotMakeError("network namespaces can be made by root only")
        switch = f"{self._prefix}-switch"
        ip("netns", "add", switch)
        for net in _SUBNETS:
            ip("-n", switch, "link", "add", net, "type", "bridge")
            ip("-n", switch, "link", "set", net, "up")
        for machine in self._machines.values():
            machine.plug_in()

    def _remove(self) -> None:
        made = Path("/run/netns").glob(f"{self._prefix}-*")
        for namespace in sorted(made):
            ip("netns", "delete", namespace.name)


def _set_namespace(descriptor: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)  # os.setns comes with Python 3.12
    if library.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
