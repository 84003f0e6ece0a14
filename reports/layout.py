"""What stands where in a report, before any format: cover, sections of titled tables, small print."""

from __future__ import annotations

from dataclasses import dataclass

from reports.call_tables import call_sections, levels_of, summary_of
from reports.cells import Section, Table
from reports.contract_tables import contract_sections
from reports.definitions import DEFINITIONS_VERSION, definitions_of
from reports.figures import Figures
from reports.floor_tables import floor_tables
from reports.history import Contract
from reports.period import wareki_day
from reports.rules import Rules
from reports.service_level import NAMES, seconds_text
from reports.year_before_tables import year_before_sections

TITLES = {
    "day": "日次報告（着信の実績）",
    "month": "月次報告（着信の実績）",
    "year": "年次報告（着信の実績）",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole report. ``cover``: names and values of its first page."""

    title: str
    period: str
    wareki: str
    remark: str
    cover: tuple[tuple[str, str], ...]
    summary: Table
    sections: tuple[Section, ...]
    identity: tuple[str, ...]
    identity_holds: bool
    definitions: tuple[tuple[str, str], ...]
    definitions_version: str

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table but the summary, in order."""
        return tuple(table for section in self.sections for table in section.tables)


def layout_of(figures: Figures, contract: Contract, rules: Rules, *, is_provisional: bool) -> Layout:
    """The report of a year, a month or a day."""
    period, terms, level = figures.period, rules.terms, figures.level
    remark = "速報（期間の途中の数字です）" if is_provisional else ""
    line = rules.lines.get("main", "")
    cover = (
        ("期間", f"{period.japanese}（{period.wareki}）"),
        ("窓口", line),
        ("委託者", terms.city),
        ("受託者", terms.contractor),
        ("業務管理者", terms.manager),
        ("サービスレベル", _level_words(figures)),
        ("席の配置", f"受付時間内 {terms.staffed_seats}席" if terms.staffed_seats else ""),
        ("用語の定義", f"第{DEFINITIONS_VERSION}版"),
        ("状態", remark),
    )
    return Layout(
        title=TITLES[period.kind],
        period=period.japanese,
        wareki=period.wareki,
        remark=remark,
        cover=tuple((name, value) for name, value in cover if value),
        summary=summary_of(figures),
        sections=(
            *year_before_sections(contract.year_before),
            Section("サービスレベル", (levels_of(figures),)),
            *call_sections(figures, rules),
            Section("あふれ・席", floor_tables(figures)),
            *contract_sections(contract, period),
        ),
        identity=figures.identity.sentences,
        identity_holds=figures.identity.holds,
        definitions=definitions_of(level.threshold_s, level.short_s, NAMES[level.formula][1]),
        definitions_version=DEFINITIONS_VERSION,
    )


def cover_fields(layout: Layout, figures: Figures, rules: Rules) -> dict[str, str]:
    """What a site's own title and cover may name in braces."""
    period, terms = figures.period, rules.terms
    first, last = period.days[0], period.days[-1]
    return {
        "period": layout.period,
        "wareki": layout.wareki,
        "first_day": f"{first.year}年{first.month}月{first.day}日",
        "last_day": f"{last.year}年{last.month}月{last.day}日",
        "first_day_wareki": wareki_day(first),
        "last_day_wareki": wareki_day(last),
        "line": rules.lines.get("main", ""),
        "city": terms.city,
        "contractor": terms.contractor,
        "manager": terms.manager,
        "service_level": _level_words(figures),
        "staffed_seats": str(terms.staffed_seats),
        "definitions_version": DEFINITIONS_VERSION,
        "status": layout.remark,
        "received": f"{figures.total.received:,}",
        "answered": f"{figures.total.answered:,}",
    }


def _level_words(figures: Figures) -> str:
    level = figures.level
    threshold, short = seconds_text(level.threshold_s), seconds_text(level.short_s)
    return (
        f"{NAMES[level.formula][1].replace('T', threshold)}、目標 {level.target * 100:g}%、"
        f"短時間放棄は {short} 秒以下"
    )
