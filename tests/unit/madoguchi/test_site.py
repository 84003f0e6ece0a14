"""From settings to Asterisk's configuration files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ConfigError, Home, Settings, load_secrets, parse_local, to_ms
from madoguchi.render import render
from madoguchi.site import Ports, asterisk_paths, site_context
from madoguchi.site_context import SiteContext
from madoguchi.steps import StepError

PORTS = Ports(sip=5070, ari=8099, desk=8080, rtp_first=12_000, rtp_last=12_199)
REAL_NOW_MS = to_ms(parse_local("2026-11-20 12:00:00"))


def context_of(tmp_path: Path, settings: Settings | None = None, at: str | None = None) -> SiteContext:
    settings = settings or Settings()
    home = Home(tmp_path)
    offset_ms = 0 if at is None else to_ms(parse_local(at)) - REAL_NOW_MS
    return site_context(
        home, settings, load_secrets(home, settings),
        ports=PORTS, bind="127.0.0.1", paths=asterisk_paths(home), now_ms=REAL_NOW_MS, offset_ms=offset_ms,
    )  # fmt: skip


def test_given_default_settings_when_rendered_then_every_file_is_there_and_only_owner_and_group_read_it(
    tmp_path: Path,
) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "old.conf").write_text("of a template that is no more")
    files = render(context_of(tmp_path), etc)
    assert {"asterisk.conf", "pjsip.conf", "extensions.conf", "ari.conf"} <= {file.name for file in files}
    assert {file.name for file in etc.iterdir()} == {file.name for file in files}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o640}
    assert "bind = 127.0.0.1:5070" in (etc / "pjsip.conf").read_text()
    assert "bindport = 8099" in (etc / "http.conf").read_text()
    assert not any("{{" in file.read_text() or "{%" in file.read_text() for file in files)


def test_given_rendering_twice_when_nothing_changed_then_the_files_are_the_same(tmp_path: Path) -> None:
    texts = []
    for _ in range(2):
        texts.append({file.name: file.read_text() for file in render(context_of(tmp_path), tmp_path / "etc")})
    assert texts[0] == texts[1]


def test_given_a_clock_set_elsewhere_when_rendered_then_the_fallbacks_hours_are_the_machines_own(
    tmp_path: Path,
) -> None:
    # 2022-05-08 is a 2nd Sunday; at 8:29:50 there the doors open in 10 s of the machine's time.
    context = context_of(tmp_path, at="2022-05-08 08:29:50")
    first = context.open_intervals[0]
    assert first.start_s == REAL_NOW_MS // 1000 + 10
    assert first.end_s - first.start_s == 8 * 3600 + 45 * 60
    assert "2022-05-08" in first.label
    assert context.open_intervals[-1].end_s < context.calendar_until_s < REAL_NOW_MS // 1000 + 401 * 86_400


def test_given_seats_when_rendered_then_no_device_is_named_by_its_extension(tmp_path: Path) -> None:
    context = context_of(tmp_path, Settings.model_validate({"seats": {"count": 3}}))
    assert [phone.extension for phone in context.phones] == ["701", "702", "703", "700"]
    assert all(phone.user.startswith("phone-") for phone in context.phones)


def test_given_a_home_with_a_space_when_asked_for_paths_then_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="my home"):
        asterisk_paths(Home(tmp_path / "my home"))


@pytest.mark.parametrize(
    ("trunk", "named"),
    [
        ({"profile": "hikari", "gateway": "192.168.1.1"}, r"\[trunk\] user"),
        ({"profile": "hikari", "gateway": "192.168.1.1", "user": "0003"}, r"\[trunk\] password"),
        ({"profile": "hikari", "gateway": "192.168.1.1", "user": "3", "password": "a\nb"}, "password"),
        ({"addresses": ["not an address"]}, "addresses"),
    ],
)
def test_given_a_trunk_that_cannot_work_when_rendered_then_its_key_is_named(
    tmp_path: Path, trunk: dict[str, object], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        context_of(tmp_path, Settings.model_validate({"trunk": trunk}))


def test_given_a_hikari_gateway_when_rendered_then_only_the_gateway_is_the_carrier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADOGUCHI_TRUNK_PASSWORD", "geheim-3")
    trunk = {"profile": "hikari", "gateway": "192.168.1.1:5061", "user": "0003"}
    context = context_of(tmp_path, Settings.model_validate({"trunk": trunk}))
    assert context.trunk.addresses == ("192.168.1.1",)
    assert context.trunk.gateway is not None
    assert (context.trunk.gateway.port, context.trunk.gateway.password) == (5061, "geheim-3")
    render(context, tmp_path / "etc")


def test_given_a_template_with_a_mistake_when_rendered_then_the_template_is_named(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "broken.conf.j2").write_text("{{ nothing.of_the_kind }}")
    with pytest.raises(StepError, match=r"broken\.conf\.j2"):
        render(context_of(tmp_path), tmp_path / "etc", templates)


def test_given_the_simulated_carrier_when_rendered_then_our_own_calls_go_to_its_address_and_port(
    tmp_path: Path,
) -> None:
    render(context_of(tmp_path), tmp_path / "etc")
    assert "contact = sip:127.0.0.2:5070\n" in (tmp_path / "etc/pjsip.conf").read_text()


def test_given_a_carrier_that_is_a_whole_network_when_rendered_then_no_call_can_go_out(
    tmp_path: Path,
) -> None:
    context = context_of(tmp_path, Settings.model_validate({"trunk": {"addresses": ["10.1.0.0/24"]}}))
    assert context.trunk.outbound is None
    render(context, tmp_path / "etc")
    assert "contact = sip:" not in (tmp_path / "etc/pjsip.conf").read_text()


def test_given_the_dialplan_when_rendered_then_nothing_in_it_dials_the_carrier(tmp_path: Path) -> None:
    render(context_of(tmp_path), tmp_path / "etc")
    dialplan = (tmp_path / "etc/extensions.conf").read_text()
    dialled = [line for line in dialplan.splitlines() if "Dial(" in line]
    assert len(dialled) == 8
    assert all(re.search(r"Dial\(PJSIP/phone-[a-z0-9]{6},", line) for line in dialled)
    assert "@trunk" not in dialplan


def test_given_every_endpoint_when_rendered_then_a_transfer_by_refer_is_refused(tmp_path: Path) -> None:
    render(context_of(tmp_path), tmp_path / "etc")
    sections = (tmp_path / "etc/pjsip.conf").read_text().split("\n[")
    endpoints = [one for one in sections if "\ntype = endpoint" in one]
    assert len(endpoints) == 2  # the trunk's, and the template of all seats
    assert all("\nallow_transfer = no\n" in one for one in endpoints)
