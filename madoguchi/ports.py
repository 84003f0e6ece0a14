"""The ports of a run: the settings' own, seen to be free, or any free ones."""

from __future__ import annotations

import contextlib
import errno
import random
import socket

from config import ConfigError, Settings
from madoguchi.site import Ports

BLOCK = 600
FREE_RTP = range(12_600, 32_000, BLOCK)
"""Below the range that Linux takes for outgoing connections (32768 and up)."""
LOOPBACK = "127.0.0.1"


class RtpClaim:
    """Holds a media range for one run, machine-wide.

    Media ports are bound during calls only, so another instance could not see that they are spoken for. An
    abstract socket is freed by the kernel however the process ends.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def take(self, first: int, last: int) -> bool:
        """Claim every block that the range touches; False (and nothing claimed) when one is taken."""
        taken: list[socket.socket] = []
        for block in range(first // BLOCK, last // BLOCK + 1):
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            taken.append(claim)
            try:
                claim.bind(f"\0madoguchi-rtp-{block * BLOCK}")
            except OSError:
                for one in taken:
                    one.close()
                return False
        self._sockets += taken
        return True

    def close(self) -> None:
        """Give the range back."""
        for one in self._sockets:
            one.close()
        self._sockets = []


def choose_ports(settings: Settings, bind: str, *, free: bool, claim: RtpClaim) -> Ports:
    """The ports to start with. Nothing is bound when this returns but the claim on the media range.

    Raises:
        ConfigError: a port is taken (names it and its key), or `bind` is no address of this machine.
    """
    ari_host = settings.ari.host
    if not free:
        must_be_free(settings.sip.port, bind, "[sip] port", socket.SOCK_DGRAM)
        must_be_free(settings.ari.port, ari_host, "[ari] port", socket.SOCK_STREAM)
        must_be_free(settings.desk.port, bind, "[desk] port", socket.SOCK_STREAM)
        first, last = settings.sip.rtp_first, settings.sip.rtp_last
        if not claim.take(first, last):
            raise ConfigError(
                f"madoguchi.toml: [sip] rtp_first: ports {first} to {last} are used by another Madoguchi "
                "on this machine; set another range, or start with --free-ports"
            )
        if settings.sip.phones == "tls":
            must_be_free(settings.sip.tls_port, bind, "[sip] tls_port", socket.SOCK_STREAM)
        ours = settings.sip.port, settings.ari.port, settings.desk.port
        return Ports(*ours, first, last, settings.sip.tls_port, settings.trunk.port)
    with contextlib.ExitStack() as held:  # all at once, so that one port is not given twice
        sip = _any_free(bind, socket.SOCK_DGRAM, held)
        ari = _any_free(ari_host, socket.SOCK_STREAM, held)
        desk = _any_free(bind, socket.SOCK_STREAM, held)
        tls = _any_free(bind, socket.SOCK_STREAM, held)
        trunk = _carriers(settings, held)
    blocks = list(FREE_RTP)
    random.shuffle(blocks)
    for first in blocks:
        if claim.take(first, first + BLOCK - 1):
            return Ports(sip, ari, desk, first, first + BLOCK - 1, tls, trunk)
    raise ConfigError("--free-ports: no free range of media ports is left on this machine")


def must_be_free(port: int, host: str, key: str, kind: socket.SocketKind) -> None:
    """Raise ConfigError, which names the key, if the port is taken or the address not ours."""
    try:
        _bound(port, host, kind).close()
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise ConfigError(f"--bind: {host} is not an address of this machine") from None
        protocol = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
        why = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise ConfigError(
            f"madoguchi.toml: {key}: {protocol} port {port} on {host} {why}; "
            "stop what uses it, set another port, or start with --free-ports"
        ) from None


def _any_free(host: str, kind: socket.SocketKind, held: contextlib.ExitStack) -> int:
    try:
        one = held.enter_context(_bound(0, host, kind))
    except OSError:
        raise ConfigError(f"--bind: {host} is not an address of this machine") from None
    port: int = one.getsockname()[1]
    return port


def _carriers(settings: Settings, held: contextlib.ExitStack) -> int:
    """A free port where the simulated carrier will take calls; the settings' own when it is elsewhere."""
    try:
        return _any_free(settings.trunk.addresses[0], socket.SOCK_DGRAM, held)
    except (ConfigError, IndexError):
        return settings.trunk.port


def _bound(port: int, host: str, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    one = socket.socket(family, kind)
    try:
        if kind is socket.SOCK_STREAM:
            # Connections of a run that just ended linger; a listener in use is still found.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        if kind is socket.SOCK_STREAM:
            one.listen()
    except BaseException:
        one.close()
        raise
    return one
