"""What stands where in a report, before any format: titled tables of typed cells, then the small print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.cells import Cell, Table
from reports.definitions import DEFINITIONS, DEFINITIONS_VERSION, SHORT_S, THRESHOLD_S
from reports.figures import Figures, half_hour_name
from reports.floor_tables import floor_tables
from reports.period import WEEKDAYS
from reports.tally import Tally, rate


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole report."""

    title: str
    period: str
    remark: str
    summary: Table
    tables: tuple[Table, ...]
    identity: tuple[str, ...]
    identity_holds: bool
    definitions: tuple[tuple[str, str], ...]
    definitions_version: str


def layout_of(figures: Figures, *, is_provisional: bool) -> Layout:
    """The report of a month or a day."""
    period = figures.period
    by_hour = _tallies(
        "時間帯別",
        "時間帯",
        [(f"{n}時台", t) for n, t in enumerate(figures.by_hour) if t.received],
        figures.total,
    )
    tables: tuple[Table, ...] = (by_hour,)
    if period.kind == "day":
        half_hours = [(f"{half_hour_name(n)}～", t) for n, t in enumerate(figures.by_half_hour) if t.received]
        tables = (_tallies("30分別", "時間帯", half_hours, figures.total),)
    elif period.kind == "month":
        days = [(f"{d.day}日（{WEEKDAYS[d.weekday()]}）", t) for d, t in figures.by_day.items()]
        weekdays = [(WEEKDAYS[n], t) for n, t in enumerate(figures.by_weekday)]
        tables = (
            _tallies("日別", "日", days, figures.total),
            _tallies("曜日別", "曜日", weekdays, figures.total),
            by_hour,
        )
    if len(figures.by_line) > 1:
        tables = (*tables, _tallies("回線別", "回線", list(figures.by_line.items()), figures.total))
    return Layout(
        title="日次報告（着信の実績）" if period.kind == "day" else "月次報告（着信の実績）",
        period=period.japanese,
        remark="速報（期間の途中の数字です）" if is_provisional else "",
        summary=_summary(figures),
        tables=(*tables, *floor_tables(figures)),
        identity=figures.identity.sentences,
        identity_holds=figures.identity.holds,
        definitions=DEFINITIONS,
        definitions_version=DEFINITIONS_VERSION,
    )


def _summary(figures: Figures) -> Table:
    total, terms, level = figures.total, figures.identity.terms, figures.service_level
    lines: Sequence[tuple[str, Cell, str]] = (
        ("着信件数", Cell(total.received, "count"), "時間外を含む"),
        ("　時間内着信", Cell(total.received_open, "count"), ""),
        ("　時間外着信", Cell(total.received - total.received_open, "count"), ""),
        ("待ち行列に入った件数", Cell(total.queued, "count"), ""),
        ("応答件数", Cell(total.answered, "count"), ""),
        ("応答前の切断（放棄）", Cell(total.abandoned, "count"), "待ち行列に入った後"),
        ("　うち短時間放棄", Cell(total.abandoned_short, "count"), f"{SHORT_S}秒以下"),
        ("案内中の切断", Cell(total.abandoned_in_guidance, "count"), "待ち行列に入る前"),
        ("あふれ転送", Cell(terms["overflowed"], "count"), "他の番号へ、または案内して終了"),
        ("待ち時間超過", Cell(terms["timed_out"], "count"), "案内して終了"),
        ("受付席なし", Cell(terms["left_no_operator"], "count"), "案内して終了"),
        ("折返し受付", Cell(total.callback, "count"), "応答にも放棄にも数えない"),
        ("取下げ", Cell(terms["withdrawn"], "count"), "業務責任者が列から外した着信"),
        ("システム障害", Cell(terms["system_failed"], "count"), ""),
        ("応答率", Cell(total.answer_rate, "rate"), "応答 ÷ 時間内着信"),
        ("　待ち行列に対する応答率", Cell(rate(total.answered, total.queued), "rate"), "応答 ÷ 待ち行列"),
        ("　全着信に対する応答率", Cell(rate(total.answered, total.received), "rate"), "応答 ÷ 着信"),
        ("放棄率", Cell(total.abandon_rate, "rate"), "放棄 ÷ 待ち行列"),
        ("　短時間放棄を除く", Cell(figures.abandon_rate_without_short, "rate"), "分子・分母から除く"),
        (f"サービスレベル（{THRESHOLD_S}秒）", Cell(level["value"], "rate"), "短時間放棄を分母から除く"),
        ("　厳格", Cell(level["variants"]["strict"], "rate"), "分母は待ち行列"),
        ("　応答のみ", Cell(level["variants"]["answered_only"], "rate"), "分母は応答"),
        ("　折返し中立", Cell(level["variants"]["callback_neutral"], "rate"), "分母から折返しも除く"),
        ("平均応答速度（秒）", Cell(figures.asa_s, "seconds"), "応答した着信の平均の待ち時間"),
        ("　中央値（秒）", Cell(figures.median_wait_s, "seconds"), ""),
        ("　90パーセンタイル（秒）", Cell(figures.p90_wait_s, "seconds"), ""),
        ("最長待ち時間（秒）", Cell(figures.longest_wait_s, "seconds"), "放棄などを含む"),
        ("平均放棄時間（秒）", Cell(figures.average_abandon_s, "seconds"), ""),
        ("平均通話時間（秒）", Cell(figures.average_talk_s, "seconds"), "保留を含む"),
        ("平均保留時間（秒）", Cell(figures.average_hold_s, "seconds"), "保留のあった通話の平均"),
        ("平均後処理時間（秒）", Cell(figures.average_wrap_up_s, "seconds"), ""),
    )
    rows = tuple((Cell(label), value, Cell(note)) for label, value, note in lines)
    return Table("実績", ("項目", "値", "備考"), rows)


def _tallies(title: str, name: str, lines: Sequence[tuple[str, Tally]], total: Tally) -> Table:
    header = (
        name,
        "着信",
        "時間内",
        "待ち行列",
        "応答",
        "放棄",
        "短時間",
        "案内中",
        "あふれ",
        "折返し",
        "応答率",
        "放棄率",
        "SL",
    )
    rows = tuple(_tally(label, tally) for label, tally in lines)
    return Table(title, header, rows, _tally("合計", total))


def _tally(label: str, tally: Tally) -> tuple[Cell, ...]:
    return (
        Cell(label),
        Cell(tally.received, "count"),
        Cell(tally.received_open, "count"),
        Cell(tally.queued, "count"),
        Cell(tally.answered, "count"),
        Cell(tally.abandoned, "count"),
        Cell(tally.abandoned_short, "count"),
        Cell(tally.abandoned_in_guidance, "count"),
        Cell(tally.turned_away, "count"),
        Cell(tally.callback, "count"),
        Cell(tally.answer_rate, "rate"),
        Cell(tally.abandon_rate, "rate"),
        Cell(tally.service_level, "rate"),
    )
