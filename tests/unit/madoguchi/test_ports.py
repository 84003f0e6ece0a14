"""Ports: a busy one is named with its key; free ones never collide, media ranges included."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from config import ConfigError, Settings
from madoguchi.ports import BLOCK, RtpClaim, choose_ports


def settings_with(**sections: dict[str, object]) -> Settings:
    return Settings.model_validate(sections)


@pytest.fixture
def free() -> Iterator[dict[str, dict[str, object]]]:
    """Sections with ports that are free now, and a media range nobody else's test takes."""
    with ExitStack() as held:

        def port(kind: socket.SocketKind) -> int:
            one = held.enter_context(socket.socket(socket.AF_INET, kind))
            one.bind(("127.0.0.1", 0))
            return int(one.getsockname()[1])

        sections: dict[str, dict[str, object]] = {
            "sip": {"port": port(socket.SOCK_DGRAM), "rtp_first": 60_000, "rtp_last": 60_050},
            "ari": {"port": port(socket.SOCK_STREAM)},
            "desk": {"port": port(socket.SOCK_STREAM)},
        }
    yield sections  # noqa: PT022  # the sockets above must be closed before the test begins


def test_given_free_ports_in_the_settings_when_chosen_then_these_are_taken(
    free: dict[str, dict[str, object]],
) -> None:
    with closing(RtpClaim()) as claim:
        ports = choose_ports(settings_with(**free), "127.0.0.1", free=False, claim=claim)
    assert (ports.sip, ports.ari, ports.desk) == tuple(free[key]["port"] for key in ("sip", "ari", "desk"))
    assert (ports.rtp_first, ports.rtp_last) == (60_000, 60_050)


@pytest.mark.parametrize(
    ("section", "kind", "protocol"),
    [
        ("sip", socket.SOCK_DGRAM, "UDP"),
        ("ari", socket.SOCK_STREAM, "TCP"),
        ("desk", socket.SOCK_STREAM, "TCP"),
    ],
)
def test_given_a_busy_port_when_chosen_then_port_and_key_are_named(
    free: dict[str, dict[str, object]], section: str, kind: socket.SocketKind, protocol: str
) -> None:
    with socket.socket(socket.AF_INET, kind) as busy, closing(RtpClaim()) as claim:
        busy.bind(("127.0.0.1", free[section]["port"]))
        if kind is socket.SOCK_STREAM:
            busy.listen()
        with pytest.raises(ConfigError) as refused:
            choose_ports(settings_with(**free), "127.0.0.1", free=False, claim=claim)
    said = str(refused.value)
    assert said.startswith(f"madoguchi.toml: [{section}] port: {protocol} port {free[section]['port']} ")
    assert "already in use" in said
    assert "\n" not in said


def test_given_two_runs_with_one_media_range_when_the_second_chooses_then_its_key_is_named(
    free: dict[str, dict[str, object]],
) -> None:
    with closing(RtpClaim()) as first, closing(RtpClaim()) as second:
        choose_ports(settings_with(**free), "127.0.0.1", free=False, claim=first)
        with pytest.raises(ConfigError, match=r"\[sip\] rtp_first: ports 60000 to 60050"):
            choose_ports(settings_with(**free), "127.0.0.1", free=False, claim=second)
    with closing(RtpClaim()) as third:
        assert choose_ports(settings_with(**free), "127.0.0.1", free=False, claim=third).rtp_first == 60_000


def test_given_free_ports_asked_for_when_two_runs_choose_then_nothing_is_shared() -> None:
    with closing(RtpClaim()) as one, closing(RtpClaim()) as two:
        first = choose_ports(Settings(), "127.0.0.1", free=True, claim=one)
        second = choose_ports(Settings(), "127.0.0.1", free=True, claim=two)
    assert first.rtp_last < second.rtp_first or second.rtp_last < first.rtp_first
    for ports in (first, second):
        assert ports.rtp_last - ports.rtp_first == BLOCK - 1
        assert ports.ari != ports.desk


@pytest.mark.parametrize("free_ports", [True, False])
def test_given_an_address_that_is_not_this_machines_when_chosen_then_bind_is_named(free_ports: bool) -> None:
    with closing(RtpClaim()) as claim, pytest.raises(ConfigError, match=r"--bind: 192\.0\.2\.1 is not"):
        choose_ports(Settings(), "192.0.2.1", free=free_ports, claim=claim)
