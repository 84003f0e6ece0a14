"""What has been said over the calendar, for the fallback that is rendered before the controller runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Home, Settings, load_secrets, parse_local, to_ms
from db import Entry, Journal, open_database, upgrade
from madoguchi.site import Ports, asterisk_paths, site_context
from madoguchi.stored_overrides import overrides_at

NOW_MS = to_ms(parse_local("2026-11-24 07:00:00"))
PORTS = Ports(sip=5070, ari=8099, desk=8080, rtp_first=12_000, rtp_last=12_199)


def ms(text: str) -> int:
    return to_ms(parse_local(f"2026-11-{text}"))


def said(home: Home, **more: object) -> None:
    """A supervisor has said this, and the instance has stopped."""
    with_defaults = {
        "id": "o1", "kind": "closed", "line": None, "from_ms": ms("25 00:00"), "until_ms": ms("26 00:00"),
        "periods": [], "reason": "点検", "author": "山田", "made_ms": NOW_MS, "needs_second": False,
    } | more  # fmt: skip
    database = open_database(home=home.path)
    upgrade(database)
    journal = Journal(database)
    journal.start()
    journal.write(Entry(NOW_MS, "calendar.override", data=with_defaults))
    journal.close()
    database.close()


def labels(home: Home) -> list[str]:
    """The days on which the fallback is open in the coming week."""
    settings = Settings()
    context = site_context(
        home, settings, load_secrets(home, settings), ports=PORTS, bind="127.0.0.1",
        paths=asterisk_paths(home), now_ms=NOW_MS, overrides=overrides_at(home),
    )  # fmt: skip
    return [one.label for one in context.open_intervals if one.end_s * 1000 < NOW_MS + 7 * 86_400_000]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


def test_given_a_first_start_then_nothing_has_been_said_and_no_database_is_made(home: Home) -> None:
    assert overrides_at(home) == ()
    assert not home.database.exists()
    assert len(labels(home)) == 5


def test_given_a_closed_day_then_the_fallback_is_closed_on_it_too(home: Home) -> None:
    said(home)
    assert labels(home) == ["2026-11-24 tue", "2026-11-26 thu", "2026-11-27 fri", "2026-11-30 mon"]


@pytest.mark.parametrize("more", [{"line": "tax"}, {"needs_second": True}])
def test_given_one_of_another_line_or_not_confirmed_then_the_fallback_is_as_always(
    home: Home, more: dict[str, object]
) -> None:
    said(home, **more)
    assert len(labels(home)) == 5


def test_given_a_database_that_cannot_be_read_then_the_start_goes_on(home: Home) -> None:
    home.database.write_bytes(b"this is no database" * 100)
    assert overrides_at(home) == ()
