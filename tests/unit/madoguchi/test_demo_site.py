"""What a demonstration begins with: valid settings, a past that adds up, a moment at which it lives."""

import random
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from config import JST, Home, Settings, load_settings, parse_local, to_ms
from config.categories import DEFAULT_TREE
from config.forms import BOOKING, INQUIRY
from db import open_database
from desk.entry_values import checked_apart
from madoguchi import demo_site
from madoguchi.demo_entries import entry_of
from madoguchi.site import calendars_of
from reports.history import figures_between
from reports.period import day_period
from reports.usual import usual_of

MORNING = to_ms(parse_local("2026-11-24 09:20:00"))
NIGHT = to_ms(parse_local("2026-11-28 23:00:00"))  # a Saturday


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "demo")
    demo_site.settle(home)
    home.prepare()
    return home


def test_given_a_new_home_when_settled_then_its_settings_are_valid_and_have_people(home: Home) -> None:
    settings = load_settings(home)
    assert [operator.name for operator in settings.operators][:2] == ["長野 花子", "小林 真由美"]
    assert settings.callback.enabled
    assert settings.report.city == "長野市"


def test_given_a_site_with_settings_when_settled_then_they_are_left_alone(home: Home) -> None:
    home.toml.write_text("", encoding="utf-8")
    demo_site.settle(home)
    assert load_settings(home) == Settings()


def test_given_an_empty_journal_when_the_past_is_put_in_then_every_call_is_counted_once_and_it_is_over(
    home: Home,
) -> None:
    settings = load_settings(home)
    assert demo_site.past(home, settings, MORNING) > 1000
    assert demo_site.past(home, settings, MORNING) == 0
    with closing(open_database(home=home.path)) as database:
        today = figures_between(database, day_period("2026-11-24"), MORNING)
        usual = usual_of(database, day_period("2026-11-24").first, 8, calendars_of(settings)["main"])
    assert today.identity.holds
    assert today.total.received > 20
    assert today.identity.terms["still_waiting"] == today.identity.terms["in_guidance"] == 0
    assert today.callbacks.to_json()["open"] == 0
    assert len(usual.days) == 2  # of three Tuesdays one was a holiday, 3 November
    # The clock goes on from there when it is started again.
    assert demo_site.moment(home, settings, MORNING) is None
    again = demo_site.moment(home, settings, NIGHT)
    assert again is not None
    assert datetime.fromtimestamp(again / 1000, JST) == datetime(2026, 11, 30, 10, 5, tzinfo=JST)


def test_given_invented_entries_when_checked_then_the_shipped_forms_take_them() -> None:
    chance = random.Random(1)
    for _ in range(200):
        entry = entry_of(chance, datetime(2026, 11, 24, 10, 5, tzinfo=JST))
        form = BOOKING if entry["ledger"] == "booking" else INQUIRY
        told = checked_apart(form, entry["values"], DEFAULT_TREE)
        assert not told["problems"], told
