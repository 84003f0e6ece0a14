"""The tables of calls: the period's figures, service levels side by side, hours, days, weekdays, months."""

from __future__ import annotations

from collections.abc import Sequence

from reports.cells import Cell, Chart, Section, Table
from reports.figures import Figures, half_hour_name
from reports.period import WEEKDAYS
from reports.rules import Rules
from reports.service_level import NAMES, ServiceLevel, seconds_text
from reports.tally import Tally, rate

_CHARTED = (4, 5, 8, 9)
"""Columns of a table of tallies: answered, abandoned, turned away, callback."""


def summary_of(figures: Figures) -> Table:
    """実績: the figures one below the other."""
    total, terms, level = figures.total, figures.identity.terms, figures.level
    half_hours = figures.half_hours
    lines: Sequence[tuple[str, Cell, str]] = (
        ("着信件数", Cell(total.received, "count"), "時間外を含む"),
        ("　時間内着信", Cell(total.received_open, "count"), ""),
        ("　時間外着信", Cell(total.received - total.received_open, "count"), ""),
        ("待ち行列に入った件数", Cell(total.queued, "count"), ""),
        ("応答件数", Cell(total.answered, "count"), ""),
        ("応答前の切断（放棄）", Cell(total.abandoned, "count"), "待ち行列に入った後"),
        ("　うち短時間放棄", Cell(total.abandoned_short, "count"), f"{seconds_text(level.short_s)}秒以下"),
        ("案内中の切断", Cell(total.abandoned_in_guidance, "count"), "待ち行列に入る前"),
        ("あふれ転送", Cell(terms["overflowed"], "count"), "他の番号へ、または案内して終了"),
        ("待ち時間超過", Cell(terms["timed_out"], "count"), "案内して終了"),
        ("受付席なし", Cell(terms["left_no_operator"], "count"), "案内して終了"),
        ("折返し受付", Cell(total.callback, "count"), "応答にも放棄にも数えない"),
        ("取下げ", Cell(terms["withdrawn"], "count"), "業務責任者が列から外した着信"),
        ("システム障害", Cell(terms["system_failed"], "count"), ""),
        ("　交換機のみで受けた着信", Cell(figures.outages.received, "count"), "上の各件数に含む"),
        ("　障害で切れた通話", Cell(figures.outages.cut_off, "count"), "応答件数に含む"),
        ("応答率", Cell(total.answer_rate, "rate"), "応答 ÷ 時間内着信"),
        ("　待ち行列に対する応答率", Cell(rate(total.answered, total.queued), "rate"), "応答 ÷ 待ち行列"),
        ("　全着信に対する応答率", Cell(rate(total.answered, total.received), "rate"), "応答 ÷ 着信"),
        ("放棄率", Cell(total.abandon_rate, "rate"), "放棄 ÷ 待ち行列"),
        ("　短時間放棄を除く", Cell(figures.abandon_rate_without_short, "rate"), "分子・分母から除く"),
        (
            f"サービスレベル（{seconds_text(level.threshold_s)}秒）",
            Cell(level.value(total), "rate"),
            f"{NAMES[level.formula][0]}。目標 {level.target * 100:g}%",
        ),
        (
            "　目標を達成した時間帯",
            Cell(half_hours.rate, "rate"),
            f"{half_hours.met} ÷ {half_hours.measured}（30分単位）",
        ),
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


def levels_of(figures: Figures) -> Table:
    """サービスレベルの比較: the contract's formula is marked."""
    level, threshold = figures.level, seconds_text(figures.level.threshold_s)
    rows = tuple(
        (
            Cell(f"{'●' if formula == level.formula else '　'}{name.replace('T', threshold)}"),
            Cell(level.value(figures.total, formula), "rate"),
            Cell(words.replace("T", threshold)),
        )
        for formula, (name, words) in NAMES.items()
    )
    return Table("サービスレベルの比較（●は契約の計算式）", ("計算式", "値", "内容"), rows)


def call_sections(figures: Figures, rules: Rules) -> tuple[Section, ...]:
    """Days, weekdays, half hours, hours, months, lines with their charts; then the heat map."""
    level, total, kind = figures.level, figures.total, figures.period.kind
    hours = _tallies(
        level,
        "時間帯別",
        "時間帯",
        [(f"{n}時台", t) for n, t in enumerate(figures.by_hour) if t.received],
        total,
    )
    half_hours = _tallies(
        level,
        "30分別",
        "時間帯",
        [(f"{half_hour_name(n)}～", t) for n, t in enumerate(figures.by_half_hour) if t.received],
        total,
    )
    days = _tallies(
        level,
        "日別",
        "日",
        [(f"{d.day}日（{WEEKDAYS[d.weekday()]}）", t) for d, t in figures.by_day.items()],
        total,
    )
    weekdays = _tallies(
        level, "曜日別", "曜日", [(WEEKDAYS[n], t) for n, t in enumerate(figures.by_weekday)], total
    )
    months = _tallies(level, "月別", "月", [(_month(m), t) for m, t in figures.by_month.items()], total)
    if kind == "day":
        parts = [Section("時間帯別", (half_hours,), (_chart("30分ごとの着信の結果", half_hours),))]
    elif kind == "year":
        parts = [
            Section("月別", (months,), (_chart("月ごとの着信の結果", months),)),
            Section("曜日・時間帯別", (weekdays, hours), (_chart("時間帯ごとの着信の結果", hours),)),
        ]
    else:
        parts = [
            Section("日別", (days,), (_chart("日ごとの着信の結果", days),)),
            Section("曜日・時間帯別", (weekdays, hours), (_chart("時間帯ごとの着信の結果", hours),)),
        ]
    if kind != "day":
        parts.append(Section("曜日×時間帯", heat_of(figures)))
    if len(figures.by_line) > 1:
        lines = [(rules.lines.get(line, line), tally) for line, tally in figures.by_line.items()]
        parts.append(Section("回線別", (_tallies(level, "回線別", "回線", lines, total),)))
    return tuple(parts)


def heat_of(figures: Figures) -> tuple[Table, ...]:
    """Half hour × weekday: calls received, answer rate, service level."""
    cells = heat_cells(figures)
    shown = [n for n in range(48) if any(cells[weekday][n].received for weekday in range(7))]
    header = ("時間帯", *WEEKDAYS)

    def rows(kind: str) -> tuple[tuple[Cell, ...], ...]:
        made = []
        for n in shown:
            row = [Cell(f"{half_hour_name(n)}～")]
            for weekday in range(7):
                tally = cells[weekday][n]
                if kind == "received":
                    row.append(Cell(tally.received, "count"))
                else:
                    value = tally.answer_rate if kind == "answer_rate" else figures.level.value(tally)
                    row.append(Cell(value, "rate"))
            made.append(tuple(row))
        return tuple(made)

    target = figures.level.target
    return (
        Table("着信（曜日×30分、件数の計）", header, rows("received"), heat="high"),
        Table(
            "サービスレベル（曜日×30分）",
            header,
            rows("level"),
            heat="low",
            limit=target,
            note=f"色は目標 {target * 100:g}% に満たない時間帯。",
        ),
    )


def heat_cells(figures: Figures) -> list[list[Tally]]:
    """By weekday (Monday first) and half hour of the day."""
    cells = [[Tally() for _ in range(48)] for _ in range(7)]
    for (day, half_hour), tally in figures.by_slot.items():
        cells[day.weekday()][half_hour].plus(tally)
    return cells


def _month(text: str) -> str:
    year, month = text.split("-")
    return f"{year}年{int(month)}月"


def _chart(title: str, table: Table) -> Chart:
    return Chart(title, table, _CHARTED)


def _tallies(
    level: ServiceLevel, title: str, name: str, lines: Sequence[tuple[str, Tally]], total: Tally
) -> Table:
    header = (
        *(name, "着信", "時間内", "待ち行列", "応答", "放棄", "短時間", "案内中"),
        *("あふれ", "折返し", "応答率", "放棄率", "SL"),
    )
    rows = tuple(_tally(level, label, tally) for label, tally in lines)
    return Table(title, header, rows, _tally(level, "合計", total))


def _tally(level: ServiceLevel, label: str, tally: Tally) -> tuple[Cell, ...]:
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
        Cell(level.value(tally), "rate"),
    )
