"""The cables of the tests' machines, and what the kernel does with commands behind a cut one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

import ari
from tests.rig.machines import VOICE, CannotMakeError, Machine, Machines

KEPT_S = 0.5


@pytest.fixture
def two() -> Iterator[tuple[Machine, Machine]]:
    with ExitStack() as stack:
        try:
            machines = stack.enter_context(Machines.made("here", "there"))
        except CannotMakeError as why:
            pytest.skip(f"no machines can be made here: {why}")
        yield machines["here"], machines["there"]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Listener:
    """What arrives at a machine on one connection."""

    def __init__(self, machine: Machine) -> None:
        with machine.entered():
            self.socket = socket.create_server((machine.address(), 0))
        self.port: int = self.socket.getsockname()[1]
        self.heard = b""
        self.news = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        peer, _ = self.socket.accept()
        with peer, suppress(ConnectionResetError):
            while piece := peer.recv(1000):
                with self.news:
                    self.heard += piece
                    self.news.notify_all()

    def until(self, text: bytes, within_s: float) -> bool:
        with self.news:
            return self.news.wait_for(lambda: text in self.heard, within_s)


def connection(here: Machine, there: Machine, listener: Listener, fence: ari.Fence | None) -> socket.socket:
    address = (there.address(), listener.port)
    with here.entered():
        made = (
            socket.socket()
            if fence is None
            else fence.socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", address))
        )
    made.settimeout(5)
    made.connect(address)
    return made


@pytest.mark.parametrize("pulled", [False, True], ids=["cut farther away", "cable pulled"])
def test_given_commands_behind_a_cut_when_it_is_mended_then_those_of_a_fence_never_arrive(
    two: tuple[Machine, Machine], pulled: bool
) -> None:
    here, there = two
    plain, fenced = Listener(there), Listener(there)
    fence = ari.Fence(lambda: True, unacknowledged_s=KEPT_S)
    with connection(here, there, plain, None) as one, connection(here, there, fenced, fence) as other:
        for sender, listener in ((one, plain), (other, fenced)):
            sender.sendall(b"before;")
            assert listener.until(b"before;", 5)
        (here.cut if pulled else here.lose)(VOICE)
        other.sendall(b"late;")  # into the kernel, which keeps it
        other.settimeout(None)
        with pytest.raises(TimeoutError):  # it is the kernel that says so
            other.recv(1)
        # The cable pulled: packets that have left TCP wait some 3 s more for the other's hardware address.
        until(lambda: not (pulled and here.knows(there)))
        one.sendall(b"late;")
        here.mend(VOICE)
        assert plain.until(b"late;", 30)  # so it does come, without a fence
        assert fenced.heard == b"before;"


def test_given_a_fence_when_its_process_closes_the_socket_behind_a_cut_then_nothing_arrives(
    two: tuple[Machine, Machine],
) -> None:
    here, there = two
    plain, fenced = Listener(there), Listener(there)
    fence = ari.Fence(lambda: True, unacknowledged_s=30)
    one, other = connection(here, there, plain, None), connection(here, there, fenced, fence)
    here.lose(VOICE)
    for sender in (other, one):
        sender.sendall(b"late;")
        sender.close()
    here.mend(VOICE)
    assert plain.until(b"late;", 30)
    assert fenced.heard == b""
