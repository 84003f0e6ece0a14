"""The records as files that any program reads: JSON lines to the last detail, CSV for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, select

from db import Database
from db.drafts import all_drafts
from db.ledger_read import all_revisions, entries_of, forms_of
from db.personal import opened_numbers
from db.tables import (
    access_log,
    calls,
    closings,
    holds,
    journal,
    ledger_categories,
    ledger_forms,
    tickets,
)
from db.vault import VaultError
from madoguchi.ending.index import Writer
from reports.calls import local_text
from reports.ledger_csv import neutral

_AT_ONCE = 5000
_LENGTHS = ("held_ms", "predicted_ms", "told_predicted_ms")
"""Milliseconds that are no moment."""
_LEDGERS = {"booking": "交付予約受付簿", "inquiry": "問合せ記録簿"}
WHOLE: tuple[tuple[Table, str], ...] = (
    (journal, "記録台帳（すべての出来事。prev, hash は鎖）"),
    (tickets, "折り返し"),
    (access_log, "閲覧記録（だれが、いつ、だれの記録を、なぜ見たか）"),
    (holds, "保全"),
    (ledger_forms, "帳簿の様式（版ごと）"),
    (ledger_categories, "分類（版ごと）"),
)
"""What holds nothing sealed goes out as it is."""


def write_tables(database: Database, out: Writer) -> dict[str, int]:
    """Write every table of records; returns how many rows of each.

    Raises:
        VaultError: something that is sealed cannot be opened; nothing may be destroyed then.
    """
    counted = {}
    for table, what in WHOLE:
        name = f"records/{table.name}.jsonl"
        with database.read() as connection:
            counted[table.name] = _json_lines(out, name, what, _rows(connection, table))
    counted["calls"] = _calls(database, out)
    for ledger, what in _LEDGERS.items():
        counted[ledger] = _ledger(database, out, ledger, what)
    with database.read() as connection:
        typed = [asdict(one) for one in all_drafts(connection)]
    counted["drafts"] = _json_lines(out, "records/drafts.jsonl", "下書き（保存されなかったもの）", typed)
    with database.read() as connection:
        shown = [
            {key: value for key, value in row.items() if key != "settings"}
            | {"settings": json.loads(row["settings"])}
            for row in _rows(connection, closings)
        ]
    counted["closings"] = _json_lines(out, "records/closings.jsonl", "締め（月と版）", shown)
    return counted


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    # A year has millions of rows: they pass through, they are not held.
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(query).mappings():
        yield {key: value.hex() if isinstance(value, bytes) else value for key, value in row.items()}


def _json_lines(out: Writer, name: str, what: str, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with out.open(name) as file:
        for row in rows:
            file.write((json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
            count += 1
    out.add(name, what, count)
    return count


def _calls(database: Database, out: Writer) -> int:
    """The calls with the numbers, as JSON lines and as CSV with times of Japan."""
    names = [column.name for column in calls.c]
    count = 0
    with (
        database.read() as connection,
        out.open("records/calls.jsonl") as lines,
        out.open("records/calls.csv") as table,
    ):
        table.write(b"\xef\xbb\xbf" + _csv([*names, "number", "callback_number"]))
        known = opened_numbers(connection)
        for row in _rows(connection, calls):
            numbers = known.pop(row["call"], {})
            whole = {
                **row,
                "number": numbers.get("number"),
                "callback_number": numbers.get("callback_number"),
            }
            lines.write((json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
            table.write(_csv([_shown(name, value) for name, value in whole.items()]))
            count += 1
    out.add("records/calls.jsonl", "着信と番号", count)
    out.add("records/calls.csv", "着信と番号（表。時刻は日本時間）", count)
    if known:
        # Numbers of calls of which the table knows nothing are handed over, too.
        rest = ({"call": call, **numbers} for call, numbers in sorted(known.items()))
        _json_lines(out, "records/numbers_without_call.jsonl", "着信の表にない番号", rest)
    return count


def _ledger(database: Database, out: Writer, ledger: str, what: str) -> int:
    """A ledger with every revision; what was purged stays so."""
    with database.read() as connection:
        wanted = iter(entries_of(connection, ledger=ledger))

    def rows() -> Iterator[dict[str, Any]]:
        while some := list(islice(wanted, 500)):
            with database.read() as connection:
                histories = all_revisions(connection, some)
                known = forms_of(connection, {one.form for history in histories for one in history})
            for history in histories:
                for one in history:
                    if one.state == "unreadable":
                        raise VaultError(
                            f"{one.entry}: its key is not in the key file; put its copy back, or give it up: "
                            "madoguchi purge --unreadable"
                        )
                    form = json.loads(known[one.form].definition)
                    labels = {field["key"]: field["label"] for field in form["fields"]}
                    yield {
                        "entry": one.entry, "revision": one.revision, "call": one.call, "state": one.state,
                        "operator": one.operator, "at": local_text(one.at_ms), "why": one.why,
                        "form": one.form, "values": one.values,
                        "shown": {labels.get(key, key): value for key, value in one.values.items()},
                    }  # fmt: skip

    return _json_lines(out, f"ledgers/{ledger}.jsonl", f"{what}（すべての版）", rows())


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if name.endswith("_ms") and name not in _LENGTHS and isinstance(value, int):
        return local_text(value)
    return str(value)


def _csv(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([neutral(cell) for cell in cells])
    return text.getvalue().encode()
