"""What a run was started with is kept, and its configuration rendered again from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ConfigError, Home, RunFile, Settings, load_secrets, parse_local, to_ms
from config.runfile import AriAccess, SipAddress, TrunkAddress
from config.runfile import Phone as PhoneEntry
from madoguchi.placement import Placement
from madoguchi.reach import with_settings
from madoguchi.render import render
from madoguchi.site import Ports

NOW_MS = to_ms(parse_local("2026-11-20 12:00:00"))
PORTS = Ports(sip=5070, ari=8099, desk=8080, rtp_first=12_000, rtp_last=12_199)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def placement() -> Placement:
    return Placement(
        ports=PORTS, bind="127.0.0.1", ari_bind="0.0.0.0", run=Path("/run/asterisk"), offset_ms=-5
    )


def rendered(home: Home, settings: Settings, leaving: dict[int, str] | None = None) -> dict[str, str]:
    secrets = load_secrets(home, settings)
    context = placement().context(home, settings, secrets, now_ms=NOW_MS, leaving=leaving)
    return {file.name: file.read_text() for file in render(context, home.path / "etc")}


def test_given_a_placement_then_it_reads_back_the_same(home: Home):
    placement().write(home)
    assert Placement.read(home) == placement()
    assert [path.name for path in home.asterisk.iterdir()] == ["placement.json"]


@pytest.mark.parametrize("text", [None, "", "{}", '{"bind": 5}'])
def test_given_none_or_another_file_then_it_is_named_and_a_restart_asked_for(home: Home, text: str | None):
    if text is not None:
        Placement.file(home).write_text(text)
    with pytest.raises(ConfigError, match=r"placement\.json: .*; restart Madoguchi"):
        Placement.read(home)


def test_given_a_placement_then_what_is_rendered_is_where_the_run_is(home: Home):
    files = rendered(home, Settings())
    assert "bind = 127.0.0.1:5070" in files["pjsip.conf"]
    assert "bindaddr = 0.0.0.0" in files["http.conf"]
    assert re.search(r"^astrundir *=>? */run/asterisk$", files["asterisk.conf"], re.MULTILINE)


@pytest.mark.parametrize("count", [3, 7, 70, 200])
def test_given_any_number_of_seats_then_each_has_a_phone_an_extension_and_a_place_in_the_fallback(
    home: Home, count: int
):
    settings = Settings.model_validate({"seats": {"count": count}})
    files = rendered(home, settings)
    phones = load_secrets(home, settings).phones
    for seat, extension in settings.seats.extensions().items():
        user = phones[seat].user
        assert files["pjsip.conf"].count(f"[{user}]") == 3
        assert f"exten = {extension},1,Dial(PJSIP/{user},30)" in files["extensions.conf"]
        assert f"member = PJSIP/{user},0,seat {seat},PJSIP/{user}" in files["queues.conf"]
    assert files["queues.conf"].count("member = ") == count
    assert settings.call_limit() >= 1


def test_given_a_seat_that_leaves_then_asterisk_knows_its_phone_and_nobody_can_reach_it(home: Home):
    whole = load_secrets(home, Settings())
    user = whole.phones[5].user
    files = rendered(home, Settings.model_validate({"seats": {"count": 3}}), {5: "705"})
    assert files["pjsip.conf"].count(f"[{user}]") == 3
    assert user not in files["extensions.conf"]
    assert user not in files["queues.conf"]


def test_given_further_lines_then_their_numbers_are_the_trunks_too(home: Home):
    lines = [{"id": "a", "name": "A", "numbers": ["0260001235"]}]
    alone, more = rendered(home, Settings()), rendered(home, Settings.model_validate({"lines": lines}))
    spared = 'GotoIf($["${M_RURI}" = "0260001234"]?caller)'
    assert spared in alone["extensions.conf"]
    assert spared not in more["extensions.conf"]  # To may name the other line


def test_given_other_settings_then_the_run_file_has_their_phones_and_people_and_the_same_processes(
    home: Home,
):
    old = PhoneEntry(seat=1, user="phone-a", password="p", extension="701")
    run = RunFile(
        pid=1, controller_pid=2, asterisk_pid=3, desk_url="http://127.0.0.1:8080", api_token="t",
        number="0260001234", sip=SipAddress(host="127.0.0.1", port=5060),
        trunk=TrunkAddress(host="127.0.0.2"),
        phones=[old], supervisor_phone=old, operators=[], clock_offset_ms=7,
        ari=AriAccess(url="u", user="madoguchi", password="r", app="madoguchi"),
    )  # fmt: skip
    settings = Settings.model_validate({"seats": {"count": 2}, "line": {"number": "0260009999"}})
    secrets = load_secrets(home, settings)
    made = with_settings(run, settings, secrets)
    assert [(phone.seat, phone.user) for phone in made.phones] == [
        (seat, secrets.phones[seat].user) for seat in (1, 2)
    ]
    assert made.supervisor_phone.user == secrets.supervisor_phone.user
    assert [one.id for one in made.operators] == [str(n) for n in range(101, 108)]
    assert made.number == "0260009999"
    untouched = {"pid", "controller_pid", "asterisk_pid", "desk_url", "api_token", "clock_offset_ms", "ari"}
    assert made.model_dump(include=untouched) == run.model_dump(include=untouched)
