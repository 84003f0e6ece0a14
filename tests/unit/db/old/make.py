"""Makes an old version's database and its report with that version's own code, for test_old_versions.

    git archive COMMIT --prefix=old/ | tar -x -C /tmp
    cd /tmp/old && PYTHONPATH=. python .../tests/unit/db/old/make.py .../tests/unit/db/old/NAME

Run with the commit before the migration that follows: NAME.sql and NAME.json are written.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tempfile
from pathlib import Path

from db import Entry, Journal, open_database, upgrade
from reports import month_report
from tests.unit.reports.days import BEFORE, QUEUED, at, by_time, call


def main(target: Path) -> None:
    chance = random.Random(1)
    calls = []
    for n in range(90):
        day, hour, minute = 1 + n % 28, chance.randrange(8, 18), chance.randrange(60)
        outcome = ("answered", "answered", *BEFORE, *QUEUED, None)[n % (len(BEFORE) + len(QUEUED) + 3)]
        begin = at(f"2026-11-{day:02d}T{hour:02d}:{minute:02d}:{chance.randrange(60):02d}")
        rows = call(
            f"old{n}", begin, outcome, is_open=outcome != "closed", seat=1 + n % 7,
            wait_ms=chance.randrange(500, 90_000), talk_ms=chance.randrange(5_000, 400_000),
        )  # fmt: skip
        if n % 3:
            first = rows[0]
            private = {"number": f"+8126234{n:04d}"}
            rows[0] = Entry(
                first.at_ms, first.kind, call=first.call, line=first.line, data=first.data, private=private
            )
        calls.append(rows)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(home=folder)
        upgrade(database)
        journal = Journal(database)
        journal.start()
        for entry in by_time(*calls):
            journal.write(entry)
        assert journal.close(60)
        report = month_report(database, "2026-11", at("2026-12-01T00:00:00"))
        database.close()
        with sqlite3.connect(Path(folder) / "madoguchi.db") as connection:
            lines = [line for line in connection.iterdump() if line.startswith("INSERT INTO")]
    target.with_suffix(".sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shown = json.dumps(report.to_json(), ensure_ascii=False, indent=1, sort_keys=True)
    target.with_suffix(".json").write_text(shown + "\n", encoding="utf-8")


main(Path(sys.argv[1]))
