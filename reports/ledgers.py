"""交付予約受付簿 and 問合せ記録簿 to hand over: of a day or a month, one row an entry, as it is now.

The heading is that of all forms that the entries were written with, the present one first. Whoever makes such
a list looks at every citizen in it: each entry is written to the access log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.clock import JST, from_ms
from config.forms import Form, FormField, Ledger, form_of
from db import CallFacts, Database, call_facts
from db.ledger_read import Revision, entries_of, forms_of, look_at
from ivr.numbers import CallerId, Withheld, shown
from reports.ledger_csv import csv_of
from reports.period import Period, day_period, month_period
from reports.templating import render

PURGED, UNREADABLE = "（消去済）", "（読めません）"
_NUMBER = {"booking": "受付番号", "inquiry": "記録番号"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and the kind of its values (as of a form's field), which says how wide it is."""

    label: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """A ledger of a period. `rows`: texts, in the order of `columns`; `entries`: the same for programs."""

    ledger: Ledger
    title: str
    period: Period
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    entries: tuple[dict[str, Any], ...]
    heads: int = 0
    """So many of the columns say what entry it is; the rest is what was written."""

    def to_csv(self, encoding: str = "utf-8") -> tuple[bytes, int]:
        """For Excel: UTF-8 with BOM, or CP932; and how many characters CP932 does not have."""
        return csv_of([column.label for column in self.columns], self.rows, encoding)

    def to_xlsx(self) -> bytes:
        """A workbook: A4 landscape, text cells, the headings on each page."""
        # openpyxl takes long to import: a controller that was killed is there again sooner without it.
        from reports.ledger_xlsx import xlsx_of

        told = f"{self.period.japanese}　{len(self.rows)}件"
        return xlsx_of(self.title, told, [(one.label, one.kind) for one in self.columns], self.rows)

    def to_html(self, templates: Path | None = None, *, city: str = "", contractor: str = "") -> str:
        """A page that stands alone and prints on A4, laid across, an entry after the other.

        Raises:
            TemplateError: the site's own template has a mistake.
        """
        return render(
            "ledger.html.j2", templates, ledger=self, heads=self.heads, city=city, contractor=contractor
        )

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ledger": self.ledger,
            "title": self.title,
            "period": self.period.label,
            "columns": [column.label for column in self.columns],
            "count": len(self.entries),
            "entries": list(self.entries),
        }


def period_of(label: str) -> Period:
    """A day YYYY-MM-DD or a month YYYY-MM. Raises ValueError with a sentence for the user."""
    if len(label) == len("2026-11"):
        return month_period(label)
    try:
        return day_period(label)
    except ValueError:
        raise ValueError(f"{label[:40]!r} is no day like 2026-11-22 and no month like 2026-11") from None


def ledger_report(
    database: Database,
    ledger: Ledger,
    period: Period,
    form: Form,
    names: Mapping[str, str],
    *,
    who: str,
    why: str,
    at_ms: int,
) -> LedgerReport:
    """The entries first written in the period. `form`: the one in force; `names`: of operators, by id.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    with database.read() as connection:
        wanted = entries_of(connection, ledger=ledger, from_ms=period.from_ms, to_ms=period.to_ms)
    histories = look_at(database, wanted, who=who, why=why, at_ms=at_ms, what="export")
    histories.sort(key=lambda history: (history[0].at_ms, history[0].entry))
    with database.read() as connection:
        known = forms_of(connection, {history[-1].form for history in histories})
        calls = call_facts(connection, sorted({one[0].call for one in histories if one[0].call}))
    used = sorted(known, key=lambda version: known[version].at_ms, reverse=True)
    forms = {version: form_of(known[version].definition) for version in used}
    fields = _fields([form, *forms.values()])
    rows, entries = [], []
    for history in histories:
        own = forms[history[-1].form]
        facts = calls.get(history[0].call or "")
        rows.append(
            (
                *_first(ledger, history, facts, names),
                *(_cell(field, own, history[-1]) for field in fields),
                *_last(history, names),
            )
        )
        entries.append(_for_programs(history, facts, names))
    columns = (
        *_first_columns(ledger),
        *(Column(field.label, field.kind) for field in fields),
        *(Column("通話ID", "id"), Column("版", "number"), Column("更新履歴", "history")),
    )
    heads = len(_first_columns(ledger))
    return LedgerReport(ledger, form.title, period, columns, tuple(rows), tuple(entries), heads)


def _fields(forms: list[Form]) -> list[FormField]:
    """The fields of all forms, by key; the words are those of the newest form that has it."""
    found: dict[str, FormField] = {}
    for form in forms:
        for field in form.fields:
            found.setdefault(field.key, field)
    return list(found.values())


def _first_columns(ledger: Ledger) -> tuple[Column, ...]:
    number = Column(_NUMBER[ledger], "number_text")
    if ledger == "booking":
        return number, Column("受付日時", "datetime"), Column("受付者")
    return (
        number,
        Column("受電日時", "datetime"),
        Column("終了日時", "datetime"),
        Column("通話時間（秒）", "number"),
        Column("担当"),
        Column("発信番号"),
    )


def _first(
    ledger: Ledger, history: list[Revision], facts: CallFacts | None, names: Mapping[str, str]
) -> tuple[str, ...]:
    first = history[0]
    who = names.get(first.operator, first.operator)
    if ledger == "booking":
        return first.number, minute(first.at_ms), who
    if facts is None:
        return first.number, minute(first.at_ms), "", "", who, ""
    talk = _talk_s(facts)
    return (
        first.number,
        minute(facts.received_ms),
        "" if facts.ended_ms is None else minute(facts.ended_ms),
        "" if talk is None else str(talk),
        who,
        _withheld(facts),
    )


def _last(history: list[Revision], names: Mapping[str, str]) -> tuple[str, ...]:
    told = [
        f"第{one.revision}版 {minute(one.at_ms)} {names.get(one.operator, one.operator)}"
        + (f": {one.why}" if one.why else "")
        for one in history[1:]
    ]
    return history[0].call or "", str(history[-1].revision), "\n".join(told)


def _cell(field: FormField, own: Form, entry: Revision) -> str:
    written = own.field(field.key)
    kind = field.kind if written is None else written.kind
    value = entry.values.get(field.key)
    if value is None:
        gone = entry.state != "readable" and written is not None and written.is_personal
        return "" if not gone else PURGED if entry.state == "purged" else UNREADABLE
    if kind == "flag":
        return "○" if value is True else "×"
    if kind == "phone":
        return shown(str(value))
    if kind == "datetime":
        return str(value).replace("T", " ")
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)


def _for_programs(
    history: list[Revision], facts: CallFacts | None, names: Mapping[str, str]
) -> dict[str, Any]:
    now = history[-1]
    return {
        "id": now.entry,
        "number": now.number,
        "made": _iso(now.made_ms),
        "by": now.made_by,
        "by_name": names.get(now.made_by, now.made_by),
        "call": now.call,
        "received": None if facts is None else _iso(facts.received_ms),
        "ended": None if facts is None or facts.ended_ms is None else _iso(facts.ended_ms),
        "talk_s": None if facts is None else _talk_s(facts),
        "revision": now.revision,
        "form": now.form,
        "state": now.state,
        "values": now.values,
        "corrections": [
            {"revision": one.revision, "at": _iso(one.at_ms), "by": one.operator, "why": one.why}
            for one in history[1:]
        ],
    }


def _talk_s(facts: CallFacts) -> int | None:
    """通話時間: from the connection to the end of the talk, whole seconds."""
    if facts.connected_ms is None or facts.talk_ended_ms is None:
        return None
    return (facts.talk_ended_ms - facts.connected_ms) // 1000


def _withheld(facts: CallFacts) -> str:
    """通知, 非通知, 公衆電話, 表示圏外, …: whether the caller's number came along."""
    try:
        reason = Withheld(facts.withheld or "")
    except ValueError:
        return ""
    return "通知" if reason is Withheld.NONE else CallerId(None, reason).display


def minute(at_ms: int) -> str:
    """A moment of Japan's time, "2026-11-24 10:05"."""
    return from_ms(at_ms).astimezone(JST).strftime("%Y-%m-%d %H:%M")


def _iso(at_ms: int) -> str:
    return from_ms(at_ms).astimezone(JST).isoformat(timespec="milliseconds")
