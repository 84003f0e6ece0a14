"""A controller that is started again knows how many calls went out today, for the day's limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import Entry, Journal, open_database, upgrade
from madoguchi.serve import _dialled_today
from tests.unit.reports.days import at


def test_given_calls_that_went_out_when_counted_then_only_todays_and_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    database = open_database(home=tmp_path)
    upgrade(database)
    journal = Journal(database)
    journal.start()
    for when, kind, data in (
        ("2026-11-23T23:59:59", "callback.calling", {"ticket": "t", "attempt": 1}),
        ("2026-11-24T00:00:00", "callback.calling", {"ticket": "t", "attempt": 2}),
        ("2026-11-24T09:00:00", "call.forwarded", {"part": "started"}),
        ("2026-11-24T09:00:09", "call.forwarded", {"part": "connected"}),
        ("2026-11-24T09:05:00", "call.forwarded", {"part": "ended"}),
        ("2026-11-24T09:06:00", "call.received", {"open": True}),
        ("2026-11-25T00:00:00", "callback.calling", {"ticket": "t", "attempt": 3}),
    ):
        journal.write(Entry(at(when), kind, "c", data=data))
    assert journal.close()
    assert _dialled_today(database, at("2026-11-24T12:00:00")) == 2
    assert _dialled_today(database, at("2026-11-26T12:00:00")) == 0
    database.close()
