"""Trying a site's own layouts and pages on reports of nothing, before anybody needs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from config.forms import BOOKING
from db import open_database, upgrade
from reports.closing import FORMS
from reports.completion import documents_of
from reports.ledgers import Column, LedgerReport
from reports.period import day_period
from reports.report import day_report, month_report, year_report
from reports.rules import Rules

_NOW_MS = 1_800_000_000_000


def try_templates(templates: Path, rules: Rules) -> None:
    """Make every kind of report with what is in ``templates``, of an empty database.

    Raises:
        TemplateError: names the file, the place and the field.
    """
    if not templates.is_dir():
        return
    own = replace(rules, templates=templates)
    with TemporaryDirectory() as place:
        database = open_database(f"sqlite:///{place}/madoguchi.db")
        try:
            upgrade(database)
            month = month_report(database, "2026-11", _NOW_MS, own)
            for report in (month, day_report(database, "2026-11-24", _NOW_MS, own)):
                FORMS["html"](report)
            year_report(database, "2026", _NOW_MS, own).to_html()
            documents_of(database, month)
        finally:
            database.close()
    columns = (Column("受付番号"), Column("受付日時"), Column("受付者"), Column("備考", "long"))
    rows = (("2026-000001", "2026-11-24 10:00", "長野 花子", "試し"),)
    LedgerReport("booking", BOOKING.title, day_period("2026-11-24"), columns, rows, (), 3).to_html(templates)
