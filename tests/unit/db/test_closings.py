"""締め, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import Database, Entry, Journal, head, journal_rows
from reports import month_report
from reports.closing import (
    FORMS,
    ClosingRefusedError,
    close_month,
    frozen,
    journalled,
    versions,
)
from reports.hashing import figures_hash
from reports.period import month_period
from tests.unit.reports.days import at, by_time, call

OVER = at("2026-12-02T09:00:00")


def written(journal: Journal, *calls: list[Entry]) -> None:
    for entry in by_time(*calls):
        journal.write(entry)
    assert journal.flush()


def november(journal: Journal) -> None:
    written(
        journal,
        *(call(f"a{n}", at("2026-11-20T09:00:00") + n * 60_000, "answered") for n in range(5)),
        call("b", at("2026-11-30T23:59:00"), "abandoned"),
    )


def close(database: Database, by: str = "業務責任者", reason: str = "", now_ms: int = OVER):
    return close_month(
        database, "2026-11", month_report, by=by, reason=reason, now_ms=now_ms, settings={"seats": 7}
    )


def test_given_a_month_that_is_over_when_closed_then_every_form_stays_whatever_comes_after(
    database: Database, journal: Journal
) -> None:
    november(journal)
    before = month_report(database, "2026-11", OVER).to_json()
    assert before["status"] == "速報"
    made = close(database)
    kept = {form: frozen(database, "2026-11", form) for form in FORMS}
    written(journal, call("late", at("2026-11-21T09:00:00"), "answered"))
    assert month_report(database, "2026-11", OVER).figures.total.received == 7
    assert {form: frozen(database, "2026-11", form) for form in FORMS} == kept
    shown = json.loads(kept["json"] or b"")
    assert (shown["status"], shown["version"], shown["received"]) == ("確定 第1版", 1, 6)
    assert shown["closed"]["by"] == "業務責任者"
    for form in ("text", "csv", "html"):
        told = (kept[form] or b"").decode("utf-8-sig")
        assert "確定 第1版" in told, form
        assert made.head[:20] in told.replace("\n", ""), form
    assert figures_hash(shown) == made.sha256
    with database.read() as connection:
        assert journalled(connection, "2026-11")[1]["sha256"] == made.sha256
        assert journalled(connection, "2026-11")[1]["head"] == made.head
    assert made.settings == {"seats": 7}


def test_given_a_closed_month_when_corrected_then_both_versions_can_be_read(
    database: Database, journal: Journal
) -> None:
    november(journal)
    close(database)
    with pytest.raises(ClosingRefusedError, match="closed already: version 1 of 2026-12-02T09:00") as refused:
        close(database, "山田")
    assert refused.value.code == "closed_already"
    written(journal, call("late", at("2026-11-21T09:00:00"), "answered"))
    assert close(database, "山田", "記録の補正").version == 2
    one, two = (json.loads(frozen(database, "2026-11", "json", n) or b"") for n in (1, 2))
    assert (one["received"], two["received"]) == (6, 7)
    assert json.loads(frozen(database, "2026-11", "json") or b"") == two
    assert [(v.version, v.by, v.reason) for v in versions(database, "2026-11")] == [
        (1, "業務責任者", ""),
        (2, "山田", "記録の補正"),
    ]
    with pytest.raises(ValueError, match="has no version 3: there are 1 to 2"):
        frozen(database, "2026-11", "json", 3)


def test_given_two_supervisors_when_they_close_at_once_then_one_makes_version_1_and_the_other_is_told(
    database: Database, journal: Journal
) -> None:
    november(journal)
    ready = threading.Barrier(4)
    told: list[str] = []

    def supervisor(name: str) -> None:
        ready.wait()
        try:
            told.append(f"version {close(database, name).version}")
        except ClosingRefusedError as refused:
            told.append(refused.code)

    def floor() -> None:
        ready.wait()
        for n in range(200):
            journal.write(Entry(OVER + n, "seat.phone", seat=1, data={"state": "registered"}))

    people = [threading.Thread(target=supervisor, args=[name]) for name in ("甲", "乙", "丙")]
    people.append(threading.Thread(target=floor))
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(told) == ["closed_already", "closed_already", "version 1"]
    assert len(versions(database, "2026-11")) == 1
    assert journal.flush()
    with database.read() as connection:
        assert len(list(journal_rows(connection, kinds=["report.closed"]))) == 1
        assert len(list(journal_rows(connection, kinds=["seat.phone"]))) == 200


def test_given_a_month_that_cannot_be_closed_when_closed_then_the_reason_is_told(
    database: Database, journal: Journal
) -> None:
    november(journal)
    for now_ms, sentence in (
        (at("2026-11-30T23:59:59.999"), "2026-11 is not over; it can be closed from 2026-12-01 on"),
        (at("2026-10-30T12:00:00"), "2026-11 has not begun"),
    ):
        with pytest.raises(ClosingRefusedError, match=sentence):
            close(database, now_ms=now_ms)
    written(journal, call("talks", at("2026-11-30T23:59:30"), None, queued=True))
    with pytest.raises(ClosingRefusedError, match="1 of its calls still in progress"):
        close(database, now_ms=month_period("2026-11").to_ms)
    # A call whose ending was lost does not keep the month open for ever.
    assert close(database).version == 1
    with pytest.raises(ValueError, match="by: name who"):
        close(database, " ", "訂正")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE closings SET who = 'x'",
        "DELETE FROM closings",
        "UPDATE closing_documents SET form = 'y'",
        "DELETE FROM closing_documents",
    ],
)
def test_given_a_closed_month_when_changed_behind_its_back_then_the_database_refuses(
    database: Database, journal: Journal, statement: str
) -> None:
    november(journal)
    close(database)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(text(statement))


def test_given_an_empty_journal_when_its_month_is_closed_then_there_is_no_head(database: Database) -> None:
    with database.read() as connection:
        assert head(connection) is None
    assert close(database).head == ""
