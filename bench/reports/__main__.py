"""How long the reports take over a year of calls, on both databases, and how that grows with the calls.

python -m bench.reports [--calls N ...] [--postgres] [--year] [--json FILE]
python -m bench.reports --samples DIR

The year is invented and goes into a temporary directory, with October of the year before (--year: with all of
it), which the reports are compared with; they are made as the command makes them, the figures and all tables,
up to JSON. Each is made four times: the first (a database that nobody has read
since it was filled) and the median of the others are told.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.reports.store import fill
from bench.reports.written import write_ledgers
from config import parse_local, to_ms
from config.forms import BOOKING, INQUIRY
from config.report import Completion, Report
from db import Database, open_database, upgrade
from madoguchi.simulation.year import Year
from reports import Rules, day_period, day_report, month_period, month_report, year_report
from reports.as_pdf import pdf_of
from reports.closing import COMPLETION, close_month, frozen
from reports.figures import Figures
from reports.ledgers import ledger_report
from reports.year_before import year_before
from tests.unit.db.postgres import Server

NOW = 1_900_000_000_000
HANDED_IN = to_ms(parse_local("2026-11-02 09:00:00"))
"""When the samples' month is closed."""
BEFORE, BEFORE_HANDED_IN = "2025-10", to_ms(parse_local("2025-11-04 09:00:00"))
MONTH, DAY, YEAR = "2026-10", "2026-10-05", "2026"
RUNS = 4


def rules(seats: int, calendar: Any) -> Rules:
    letter = Completion(
        contract_number="令和8年度 第123号",
        contract_date=date(2026, 4, 1),
        contractor_address="見本県見本市中央1-2-3",
        representative="代表取締役　見本 花子",
    )
    terms = Report(
        city="見本市", contractor="株式会社見本", manager="見本 太郎", staffed_seats=seats, completion=letter
    )
    names = {str(100 + n): f"オペレーター{n}" for n in range(1, seats + 1)}
    contract = date(2025, 4, 1), date(2027, 3, 31)
    lines = {"main": "見本市コールセンター"}
    return Rules(terms, names, lines, tuple(range(1, seats + 1)), calendar, None, contract)


def timed(work: Callable[[], object], runs: int = RUNS) -> tuple[float, float, float]:
    """Seconds: the first run, the median of the others, and the median of our own processor time."""
    took, busy = [], []
    for _ in range(runs):
        began, used = time.perf_counter(), time.process_time()
        work()
        took.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
    return took[0], median(took[1:] or took), median(busy[1:] or busy)


def comparison_s(database: Database, terms: Rules, figures: Figures) -> float:
    """Our own processor time for what the month is compared with."""

    def work() -> None:
        with database.read() as connection:
            found = year_before(connection, figures, terms, NOW)
        assert found is not None
        assert found.then is not None

    return timed(work)[2]


def measure(database: Database, count: int, *, with_year: bool) -> dict[str, float]:
    seats = max(7, round(7 * count / 200_000))
    before = Year(count, date(2025, 4, 1), date(2026, 4, 1), seats=seats, seed=2)
    if not with_year:
        before = Year(count // 12, date(2025, 10, 1), date(2025, 11, 1), seats=seats, seed=2)
    year = Year(count, seats=seats, number=before.calls)
    began = time.perf_counter()
    rows = fill(database, year, fill(database, before))
    filled_s = time.perf_counter() - began
    terms = rules(year.seats, year.calendar)
    month_first, month, month_busy = timed(lambda: month_report(database, MONTH, NOW, terms).to_json())
    day_first, day, day_busy = timed(lambda: day_report(database, DAY, NOW, terms).to_json())
    report = month_report(database, MONTH, NOW, terms)
    assert report.figures.identity.holds
    made = {
        "calls": count,
        "journal rows": rows,
        "filled in, s": filled_s,
        "the month's calls": report.figures.total.received,
        "month, s": month,
        "month, first time, s": month_first,
        "month, s of our processor": month_busy,
        "of it the month a year before, s": comparison_s(database, terms, report.figures),
        "day, s": day,
        "day, first time, s": day_first,
        "day, s of our processor": day_busy,
        "month as XLSX, s": timed(report.to_xlsx, 1)[0],
        "month as HTML, s": timed(report.to_html, 1)[0],
    }
    if with_year:
        made["fiscal year, s"] = timed(lambda: year_report(database, YEAR, NOW, terms).to_json(), 2)[1]
    return made


def samples(folder: Path) -> None:
    """Reports of an invented month with seven seats: a month and a day in the forms that are looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        database = open_database(home=place)
        upgrade(database)
        before = Year(6_900, date(2025, 10, 1), date(2025, 11, 1), talk_s=250, seed=6)
        year = Year(7_500, date(2026, 10, 1), date(2026, 11, 1), talk_s=230, seed=7, number=before.calls)
        fill(database, year, fill(database, before))
        terms = rules(7, year.calendar)
        close = partial(close_month, database, by="見本 太郎", settings={})
        make = partial(month_report, rules=terms)
        close(BEFORE, make, now_ms=BEFORE_HANDED_IN)
        write_ledgers(database)
        day = day_report(database, DAY, HANDED_IN, terms)
        close(MONTH, make, now_ms=HANDED_IN)
        (folder / "month-2026-10.xlsx").write_bytes(frozen(database, MONTH, "xlsx") or b"")
        (folder / "month-2026-10.pdf").write_bytes(pdf_of((frozen(database, MONTH, "html") or b"").decode()))
        (folder / "day-2026-10-05.xlsx").write_bytes(day.to_xlsx())
        (folder / "day-2026-10-05.html").write_text(day.to_html(), encoding="utf-8")
        (folder / "day-2026-10-05.csv").write_bytes(day.to_csv())
        for form in ("pdf", "xlsx"):
            kept = frozen(database, MONTH, f"{COMPLETION}{'html' if form == 'pdf' else form}") or b""
            made = pdf_of(kept.decode()) if form == "pdf" else kept
            (folder / f"completion-2026-10.{form}").write_bytes(made)
        for ledger, form, period in (
            ("booking", BOOKING, day_period(DAY)),
            ("inquiry", INQUIRY, month_period(MONTH)),
        ):
            written = ledger_report(
                database, ledger, period, form, terms.operators, who="見本", why="見本", at_ms=HANDED_IN
            )
            name = f"{ledger}-{period.label}"
            page = written.to_html(city=terms.terms.city, contractor=terms.terms.contractor)
            (folder / f"{name}.pdf").write_bytes(pdf_of(page))
            (folder / f"{name}.xlsx").write_bytes(written.to_xlsx())
        database.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--calls", type=int, nargs="+", default=[20_000, 200_000, 2_000_000])
    options.add_argument("--postgres", action="store_true", help="on PostgreSQL as well")
    options.add_argument("--year", action="store_true", help="the fiscal year's report as well")
    options.add_argument("--samples", type=Path, metavar="DIR")
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    if asked.samples:
        samples(asked.samples)
        return
    gc.set_threshold(200_000)  # as the command does
    load = os.getloadavg()
    results: list[tuple[str, dict[str, float]]] = []
    server = Server() if asked.postgres else None
    try:
        for count in asked.calls:
            for name in ("SQLite", "PostgreSQL") if server else ("SQLite",):
                with tempfile.TemporaryDirectory() as place:
                    url = server.create(f"reports{count}") if server and name == "PostgreSQL" else None
                    database = open_database(url, home=place)
                    upgrade(database)
                    results.append((name, measure(database, count, with_year=asked.year)))
                    database.close()
                    _print(results, load)
    finally:
        if server:
            server.close()
    if asked.json:
        shown = [{"database": name, **figures} for name, figures in results]
        asked.json.write_text(json.dumps({"load": load, "runs": shown}, indent=2) + "\n")


def _print(results: list[tuple[str, dict[str, float]]], load: tuple[float, float, float]) -> None:
    table = Table(title=f"reports (load before: {load[0]:.1f}, now: {os.getloadavg()[0]:.1f})")
    table.add_column("")
    for name, _ in results:
        table.add_column(name, justify="right")
    for figure in max((one for _, one in results), key=len):
        cells = []
        for _, one in results:
            value = one.get(figure)
            cells.append("–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.2f}")
        table.add_row(figure, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
