"""The parts 前年同月比 and 前年度比: the figures, those of the year before, and the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from config.clock import JST, from_ms
from reports.calls import local_text
from reports.cells import Cell, Section, Table
from reports.period import month_period
from reports.service_level import seconds_text
from reports.tally import Tally
from reports.year_before import YearBefore, difference, growth, is_rate

_Kind = Literal["count", "rate", "seconds"]


def year_before_sections(before: YearBefore | None) -> tuple[Section, ...]:
    """The part, where the year before has anything to be compared with."""
    if before is None or before.then is None:
        return ()
    if before.period.kind == "month":
        return (Section("前年同月比", (_figures(before, "前年同月との比較"),)),)
    return (Section("前年度比", (_figures(before, "前年度との比較"), _months(before))),)


def _figures(before: YearBefore, title: str) -> Table:
    now, then = before.now.values(), {} if before.then is None else before.then.values()
    rows = tuple(
        (
            Cell(label),
            Cell(now[name], kind),
            Cell(then.get(name), kind),
            *_changes(name, now[name], then.get(name)),
        )
        for name, label, kind in _lines(seconds_text(before.now.level.threshold_s))
    )
    return Table(
        title,
        ("項目", before.own.japanese, before.period.japanese, "増減", "増減率"),
        rows,
        note=_note(before),
    )


def _lines(threshold: str) -> Sequence[tuple[str, str, _Kind]]:
    return (
        ("received", "着信件数", "count"),
        ("received_open", "　時間内着信", "count"),
        ("received_closed", "　時間外着信", "count"),
        ("queued", "待ち行列に入った件数", "count"),
        ("answered", "応答件数", "count"),
        ("abandoned", "応答前の切断（放棄）", "count"),
        ("abandoned_short", "　うち短時間放棄", "count"),
        ("abandoned_in_guidance", "案内中の切断", "count"),
        ("overflowed", "あふれ転送", "count"),
        ("timed_out", "待ち時間超過", "count"),
        ("left_no_operator", "受付席なし", "count"),
        ("callback_requested", "折返し受付", "count"),
        ("system_failed", "システム障害", "count"),
        ("answer_rate", "応答率", "rate"),
        ("abandon_rate", "放棄率", "rate"),
        ("service_level", f"サービスレベル（{threshold}秒）", "rate"),
        ("asa_s", "平均応答速度（秒）", "seconds"),
        ("median_wait_s", "　中央値（秒）", "seconds"),
        ("p90_wait_s", "　90パーセンタイル（秒）", "seconds"),
        ("longest_wait_s", "最長待ち時間（秒）", "seconds"),
    )


def _changes(name: str, now: float | None, then: float | None) -> tuple[Cell, Cell]:
    changed = difference(now, then)
    if is_rate(name):
        return Cell(None if changed is None else changed * 100, "points"), Cell(None, "growth")
    return Cell(changed, "longer" if name.endswith("_s") else "more"), Cell(growth(now, then), "growth")


def _months(before: YearBefore) -> Table:
    both = [(one.now, one.then) for one in before.months if one.now is not None and one.then is not None]
    now, then = Tally(), Tally()
    for one, other in both:
        now.plus(one)
        then.plus(other)
    rows = tuple(
        (Cell(month_period(one.month).japanese), *_month(one.now, one.then)) for one in before.months
    )
    header = (
        *("月", "着信", "前年度の着信", "増減", "増減率"),
        *("応答率", "前年度の応答率", "応答率の増減"),
    )
    total = (Cell("両年度にある月の計"), *_month(now, then)) if both else None
    return Table("月別の前年度比", header, rows, total)


def _month(now: Tally | None, then: Tally | None) -> tuple[Cell, ...]:
    calls = None if now is None else now.received, None if then is None else then.received
    rates = None if now is None else now.answer_rate, None if then is None else then.answer_rate
    return (
        *(Cell(one, "count") for one in calls),
        *_changes("received", *calls),
        *(Cell(one, "rate") for one in rates),
        _changes("answer_rate", *rates)[0],
    )


def _note(before: YearBefore) -> str:
    """Where the year before is from, and what must be known to compare it."""
    period, name = before.period, "前年度" if before.period.kind == "year" else "前年同月"
    closing = before.closing
    if closing is not None:
        at = local_text(closing.at_ms)[:16].replace("T", " ")
        said = [f"{name}は、確定 第{closing.version}版（{at} 締め）の数字。"]
    else:
        said = [f"{name}は、記録台帳から今回数えた数字。"]
    if before.is_part:
        until = from_ms(before.until_ms).astimezone(JST)
        said.append(f"期間の途中のため、前年も同じ時点（{until:%Y-%m-%d %H:%M}）までの着信と比べる。")
    if before.since is not None:
        said.append(f"前年は {before.since.isoformat()} からの分。")
    days, then = len(before.own.days), len(period.days)
    if not before.is_part and days != then:
        said.append(f"日数は、前年が {then}日、今回が {days}日。")
    if not before.same_level:
        said.append("サービスレベルの計算のしかたは、前年の版と今回とで違う。")
    return "".join([*said, "増減率 ＝ 増減 ÷ 前年。率の増減はポイント（pt）で示す。"])
