"""The tables of what menus and floor did: keys, overflow, callbacks, predictions, each seat's offers."""

from __future__ import annotations

from reports.cells import Cell, Table
from reports.definitions import CALLBACK_NAMES, CAUSE_NAMES, MISS_NAMES, TOWARD_NAMES
from reports.figures import Figures
from reports.menu_tables import menu_tables


def floor_tables(figures: Figures) -> tuple[Table, ...]:
    """Overflow always, the others where there is something to tell."""
    tables = [_overflow(figures)]
    if figures.callbacks.requested:
        tables.append(_callbacks(figures))
    if figures.prediction.count:
        tables.append(_prediction(figures))
    if figures.by_seat:
        tables.append(_seats(figures))
    return (*tables, *menu_tables(figures.menus))


def _overflow(figures: Figures) -> Table:
    overflow = figures.overflow
    causes = {**CAUSE_NAMES, **{cause: cause for cause, _ in overflow.counts if cause not in CAUSE_NAMES}}
    towards = {**TOWARD_NAMES, **{one: one for _, one in overflow.counts if one not in TOWARD_NAMES}}
    rows = []
    for cause, name in causes.items():
        counts = [overflow.of(cause, toward) for toward in towards]
        rows.append((Cell(name), *(Cell(count, "count") for count in (*counts, sum(counts)))))
    sums = [sum(overflow.of(cause, toward) for cause in causes) for toward in towards]
    return Table(
        "あふれの理由と行き先（回数）",
        ("理由", *towards.values(), "計"),
        tuple(rows),
        (Cell("合計"), *(Cell(count, "count") for count in (*sums, sum(sums)))),
    )


def _callbacks(figures: Figures) -> Table:
    callbacks = figures.callbacks
    header = (
        "折り返し",
        "申込み",
        "合流",
        *CALLBACK_NAMES.values(),
        "発信",
        "つながるまで（秒）",
        "通話（秒）",
    )
    row = (
        Cell("件数・時間"),
        Cell(callbacks.requested, "count"),
        Cell(callbacks.merged, "count"),
        *(Cell(callbacks.states[name], "count") for name in CALLBACK_NAMES),
        Cell(callbacks.attempts, "count"),
        Cell(callbacks.average_reach_s, "seconds"),
        Cell(callbacks.average_talk_s, "seconds"),
    )
    return Table("折り返し", header, (row,))


def _prediction(figures: Figures) -> Table:
    prediction = figures.prediction
    header = ("予想", "件数", "誤差の中央値（秒）", "誤差の90パーセンタイル（秒）", "偏り（秒）")
    at_entry = (
        Cell("待ち始めの予想"),
        Cell(prediction.count, "count"),
        Cell(prediction.median_error_s, "seconds"),
        Cell(prediction.p90_error_s, "seconds"),
        Cell(prediction.bias_s, "seconds"),
    )
    told = (
        Cell("案内した予想"),
        Cell(prediction.told, "count"),
        Cell(prediction.told_median_error_s, "seconds"),
        Cell(prediction.told_p90_error_s, "seconds"),
        Cell(None, "seconds"),
    )
    return Table("予想待ち時間の誤差", header, (at_entry, told))


def _seats(figures: Figures) -> Table:
    header = (
        *("席", "呼出", "応答", "取りそこない", *MISS_NAMES.values()),
        *("発信者の切断", "他席が先", "取消し", "失敗", "応答率（席）", "応答率（本人分）"),
    )
    rows = tuple(
        (
            Cell(f"席{one.seat}"),
            Cell(one.offers, "count"),
            Cell(one.answered, "count"),
            Cell(one.missed, "count"),
            *(Cell(one.ends[cause], "count") for cause in MISS_NAMES),
            *(Cell(one.ends[why], "count") for why in ("caller_gone", "lost_race", "withdrawn", "failed")),
            Cell(one.answer_rate, "rate"),
            Cell(one.answer_rate_of_own, "rate"),
        )
        for one in figures.by_seat
    )
    return Table("席別の呼出", header, rows)
