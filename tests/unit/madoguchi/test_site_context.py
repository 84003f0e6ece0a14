"""The context of Asterisk's configuration: what it refuses, and what the templates make of it."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from config import Home
from madoguchi.site import _own_sounds
from madoguchi.site_context import (
    AriListener,
    Gateway,
    OpenInterval,
    Paths,
    PhoneContext,
    RtpRange,
    SipListener,
    SiteContext,
    TrunkContext,
)

TEMPLATES = Path(__file__).resolve().parents[3] / "asterisk-conf"
GATEWAY = Gateway(host="192.0.2.1", domain="gw.example", user="0003", password="secret")


def phone(number: int) -> PhoneContext:
    return PhoneContext(
        number=number, user=f"phone-abcde{number}", password=f"pass{number}", extension=str(700 + number)
    )


def context(**other: Any) -> SiteContext:
    fields: dict[str, Any] = {
        "paths": Paths(**{name: f"/m/{name}" for name in Paths.model_fields}),
        "sip": SipListener(host="127.0.0.1", port=5060),
        "rtp": RtpRange(start=12000, end=12199),
        "ari": AriListener(host="127.0.0.1", port=8088, user="m", password="p", app="madoguchi"),
        "trunk": TrunkContext(profile="simulated", addresses=("127.0.0.2",), number="0260001234"),
        "seats": tuple(phone(n) for n in range(1, 8)),
        "supervisor": phone(0),
        "open_intervals": (OpenInterval.of(1000, 2000, "2026-11-24"),),
        "calendar_until_s": 9000,
    }
    return SiteContext(**{**fields, **other})


def rendered(name: str, site: SiteContext) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(f"{name}.conf.j2").render(site.values())


@pytest.mark.parametrize("text", ["a\nb", "a;b", "a b", "", "a\\b", "${X}"])
def test_given_a_password_that_breaks_a_line_when_the_context_is_made_then_it_is_refused(
    text: str,
) -> None:
    with pytest.raises(ValidationError):
        PhoneContext(number=1, user="phone-abcdef", password=text, extension="701")


def test_given_a_device_name_that_is_the_extension_when_the_context_is_made_then_it_is_refused() -> None:
    with pytest.raises(ValidationError):
        PhoneContext(number=1, user="701", password="p", extension="701")


def test_given_two_phones_with_one_extension_when_the_context_is_made_then_it_is_refused() -> None:
    twice = PhoneContext(number=2, user="phone-zzzzzz", password="p", extension="701")
    with pytest.raises(ValidationError, match="extension 701"):
        context(seats=(phone(1), twice))


def test_given_the_hikari_profile_without_gateway_when_the_context_is_made_then_it_is_refused() -> None:
    with pytest.raises(ValidationError, match="gateway"):
        TrunkContext(profile="hikari", addresses=("192.0.2.1",), number="0260001234")


def test_given_a_name_for_the_trunks_address_when_the_context_is_made_then_it_is_refused() -> None:
    with pytest.raises(ValidationError):
        TrunkContext(profile="simulated", addresses=("gw.example",), number="0260001234")


@pytest.mark.parametrize(
    "name", sorted(path.name.removesuffix(".conf.j2") for path in TEMPLATES.glob("*.j2"))
)
def test_given_a_site_when_a_template_is_rendered_then_no_name_is_missing(name: str) -> None:
    hikari = TrunkContext(profile="hikari", addresses=("192.0.2.1",), number="0260001234", gateway=GATEWAY)
    for site in (context(), context(trunk=hikari, run_user=None, seat_networks=("192.0.2.0/24",))):
        assert rendered(name, site).startswith("; Madoguchi")


def test_given_the_simulated_profile_when_rendered_then_nothing_registers_outward() -> None:
    text = rendered("pjsip", context())
    assert "type = registration" not in text
    assert text.count("auth_type = digest") == 1, "one template for the seats, none for the trunk"


def test_given_the_hikari_profile_when_rendered_then_it_registers_and_listens_for_tones() -> None:
    trunk = TrunkContext(profile="hikari", addresses=("192.0.2.1",), number="0260001234", gateway=GATEWAY)
    text = rendered("pjsip", context(trunk=trunk))
    assert "type = registration" in text
    assert "dtmf_mode = inband" in text
    assert "client_uri = sip:0003@gw.example" in text


@pytest.mark.parametrize(
    ("profile", "said", "mode"),
    [
        ("simulated", None, "auto"),
        ("simulated", "inband", "inband"),
        ("simulated", "rfc4733", "rfc4733"),
        ("hikari", None, "inband"),
        ("hikari", "auto", "auto"),
    ],
)
def test_given_a_profile_and_what_the_settings_say_when_rendered_then_the_trunks_keys_come_so(
    profile: str, said: str | None, mode: str
) -> None:
    gateway = GATEWAY if profile == "hikari" else None
    trunk = TrunkContext(
        profile=profile, addresses=("192.0.2.1",), number="0260001234", gateway=gateway, dtmf=said
    )
    text = rendered("pjsip", context(trunk=trunk))
    assert f"dtmf_mode = {mode}\n" in text[text.index("[trunk]") : text.index("[seat](!)")]


def test_given_a_site_when_rendered_then_the_trunk_is_known_by_address_only_and_nobody_is_anonymous() -> None:
    text = rendered("pjsip", context())
    trunk = text[text.index("[trunk]") : text.index("[seat](!)")]
    assert "identify_by = ip" in trunk
    assert "[anonymous]" not in text


def test_given_open_hours_when_rendered_then_the_fallback_is_open_from_start_until_before_end() -> None:
    text = rendered("calendar", context())
    assert "${EPOCH} >= 1000 & ${EPOCH} < 2000" in text
    assert "${EPOCH} < 9000" in text


def test_given_the_dialplan_when_rendered_then_every_text_of_a_caller_is_cut_and_encoded() -> None:
    text = rendered("extensions", context())
    line = text[text.index("[line]") : text.index("[fallback]")]
    stasis = next(row for row in line.splitlines() if ",Stasis(" in row)
    named = re.findall(r"[,(](\w+)=", stasis)
    assert named == ["called", "to", "ruri", "num", "name", "pres", "privacy", "pai", "from"]
    assert len(re.findall(r"\w+=\$\{URIENCODE\(\$\{REPLACE\(M_\w+,\(\),_\):0:\d+\}\)\}", stasis)) == len(
        named
    )
    assert "Dial(" not in line


def test_given_a_recording_of_the_site_when_the_exchange_serves_alone_then_it_plays_that(tmp_path):
    home = Home(tmp_path)
    (home.prompts / "recorded" / "ja").mkdir(parents=True)
    with wave.open(str(home.prompts / "recorded" / "ja" / "closed.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    own = _own_sounds(home)
    assert own == {"closed": str(home.prompts / "recorded" / "ja" / "closed")}


def test_given_a_broken_list_of_the_site_then_the_exchange_plays_the_shipped_sounds(tmp_path):
    home = Home(tmp_path)
    home.prompts.mkdir(parents=True)
    (home.prompts / "texts.toml").write_text("[[text]\n", encoding="utf-8")
    assert _own_sounds(home) == {}
