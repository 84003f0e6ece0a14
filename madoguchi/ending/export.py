"""Everything for the city, in open forms: records, calls with numbers, ledgers, reports, recordings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from config import JST, ConfigError, Home, Settings, from_ms
from config.forms import LEDGERS
from config.reporting import reporting_settings
from db import Database, Looked, head
from db.access_log import note
from db.closings import closings_since, document_of
from db.personal import unreadable
from db.tables import journal
from madoguchi.ending.index import Writer, check
from madoguchi.ending.tables import write_tables
from reports import month_report, year_report
from reports.closing import FORMS
from reports.ledgers import ledger_report
from reports.period import month_period
from reports.rules import Rules

WHY = "契約終了に伴う引渡し"
_FILES = (
    ("recordings", "通話の録音"),
    ("announcements", "お知らせの音声"),
    ("purges", "消去の記録（署名つき）"),
)
"""Folders of the state directory that go out as they are."""
_EXCHANGE = ("log/cdr-csv", "log/queue_log")
"""Below DIR/asterisk: the exchange's own records."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is handed over, and what is needed to make its reports."""

    home: Home
    database: Database
    settings: Settings
    rules: Rules
    report_directory: Path


def export(source: Source, target: Path, *, who: str, now_ms: int) -> dict[str, Any]:
    """Write everything into ``target``, which is made, and read it back. Returns the list of files (index).

    Raises:
        ConfigError: ``target`` is not empty, or lies inside the installation; what was read back is not what
            was written.
        VaultError: something that is sealed cannot be opened.
        OSError: a file cannot be written.
    """
    must_be_empty(source.home, target)
    database = source.database
    with database.read() as connection:
        lost = unreadable(connection)
        newest = head(connection)
    if lost:
        raise ConfigError(
            f"{database.vault.file}: {len(lost)} records have no key there (the first: {lost[0]}); put its "
            "copy back, or give them up: madoguchi purge --unreadable"
        )
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    out = Writer(target)
    _reports(source, out, now_ms)
    _ledgers(source, out, who, now_ms)
    with database.write() as connection:
        note(connection, [Looked(now_ms, who, None, "export all", WHY)])
    counted = write_tables(database, out)
    _copies(source, out)
    settings = json.dumps(reporting_settings(source.settings), ensure_ascii=False, indent=1) + "\n"
    out.put("settings.json", settings.encode(), "数字のもとになる設定（秘密を除く）")
    index = out.finish(
        source.home,
        {
            "kind": "madoguchi export",
            "version": 1,
            "made": from_ms(now_ms).astimezone(JST).isoformat(timespec="seconds"),
            "made_ms": now_ms,
            "by": who,
            "contract": contract_words(source.settings),
            "journal_head": None if newest is None else str(newest),
            "rows": counted,
        },
    )
    if check(target) != index:
        raise ConfigError(f"{target}: what was read back is not what was written")
    return index


def must_be_empty(home: Home, target: Path) -> None:
    """Refuse a place that has something in it, or that would be destroyed with the rest."""
    place = target.resolve()
    if place == home.path.resolve() or home.path.resolve() in place.parents:
        raise ConfigError(f"--to {target}: lies inside {home.path}, which is to be destroyed")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"--to {target}: is not an empty directory")


def contract_words(settings: Settings) -> str:
    """What the contract is called."""
    terms = settings.report
    return " ".join(part for part in (terms.city, settings.line.name, terms.contractor) if part)


def months_of(database: Database) -> list[str]:
    """Every month from the journal's first row to its last."""
    with database.read() as connection:
        first, last = connection.execute(select(func.min(journal.c.at_ms), func.max(journal.c.at_ms))).one()
    if first is None:
        return []
    months, month = [], _month(first)
    while month <= _month(last):
        months.append(f"{month:%Y-%m}")
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months


def _month(at_ms: int) -> date:
    return from_ms(at_ms).astimezone(JST).date().replace(day=1)


def _reports(source: Source, out: Writer, now_ms: int) -> None:
    months = months_of(source.database)
    for month in months:
        report = month_report(source.database, month, now_ms, source.rules)
        _documents(out, f"reports/month-{month}", f"月次報告 {month}", report)
    for year in sorted({int(month[:4]) - (month[5:] < "04") for month in months}):
        report_of_year = year_report(source.database, str(year), now_ms, source.rules)
        _documents(out, f"reports/year-{year}", f"年次報告 {year}年度", report_of_year)
    with source.database.read() as connection:
        for closing in closings_since(connection, 0):
            for form in FORMS:
                content = document_of(connection, closing, form)
                if content is not None:
                    name = f"reports/closed/{closing.month}-v{closing.version}.{form}"
                    out.put(name, content, f"月次報告 {closing.month} 確定 第{closing.version}版")


def _documents(out: Writer, name: str, what: str, report: Any) -> None:
    for form, write in FORMS.items():
        if form != "text":
            out.put(f"{name}.{form}", write(report), what)


def _ledgers(source: Source, out: Writer, who: str, now_ms: int) -> None:
    names = {one.id: one.name for one in source.settings.operators}
    for month in months_of(source.database):
        for ledger in LEDGERS:
            report = ledger_report(
                source.database, ledger, month_period(month), source.settings.forms.of(ledger), names,
                who=who, why=WHY, at_ms=now_ms,
            )  # fmt: skip
            if report.rows:
                what = f"{report.title} {month}"
                out.put(f"ledgers/{ledger}-{month}.csv", report.to_csv()[0], what, len(report.rows))
                out.put(f"ledgers/{ledger}-{month}.xlsx", report.to_xlsx(), what, len(report.rows))


def _copies(source: Source, out: Writer) -> None:
    home = source.home
    for folder, what in _FILES:
        _tree(out, home.path / folder, folder, what)
    _tree(out, source.report_directory, "delivered", "提出した報告書")
    for name in _EXCHANGE:
        path = home.asterisk / name
        if path.is_dir():
            _tree(out, path, f"exchange/{path.name}", "電話交換機の記録")
        for one in sorted(path.parent.glob(f"{path.name}*")) if not path.is_dir() else []:
            out.copy(f"exchange/{one.name}", one, "電話交換機の記録")


def _tree(out: Writer, source: Path, name: str, what: str) -> None:
    for path in _files(source):
        out.copy(f"{name}/{path.relative_to(source).as_posix()}", path, what)


def _files(place: Path) -> Iterable[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
