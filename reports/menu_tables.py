"""The tables of the menus: what was pressed in each, and where the ways through them ended."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.menu import GAVE_UP, NO_CALLBACK
from reports.cells import Cell, Table
from reports.menus import ABANDONED, FAILED, IN_PROGRESS, Menus, MenuTally
from reports.tally import rate

END_NAMES = {
    "queue": "列へ",
    "line": "回線",
    "need": "技能",
    "operator": "オペレーターへ（番号で）",
    GAVE_UP: "オペレーターへ（番号なし・違う番号）",
    NO_CALLBACK: "オペレーターへ（折り返し不可）",
    "callback": "折り返し",
    "hang_up": "案内して終了",
    ABANDONED: "メニュー内の切断",
    FAILED: "システム障害",
    IN_PROGRESS: "途中",
}
"""行き先 and other ends, by their word."""


def menu_tables(menus: Menus) -> tuple[Table, ...]:
    """None where nobody was in a menu."""
    if not menus.calls:
        return ()
    keys = Table(
        "メニューで押された番号",
        ("メニュー", "番号", "行き先", "回数"),
        tuple(row for menu, tally in menus.by_menu.items() for row in _keys(menu, tally)),
    )
    ends = Table(
        "メニューの結果",
        ("結果", "件数", "割合"),
        tuple(
            (Cell(_end_name(end)), Cell(count, "count"), Cell(rate(count, menus.calls), "rate"))
            for end, count in menus.ends.items()
        ),
        (Cell("合計"), Cell(menus.calls, "count"), Cell(rate(menus.calls, menus.calls), "rate")),
    )
    return (keys, ends)


def _keys(menu: str, tally: MenuTally) -> Iterator[tuple[Cell, ...]]:
    def row(key: str, target: str, count: int) -> tuple[Cell, ...]:
        return (Cell(menu), Cell(key), Cell(target), Cell(count, "count"))

    yield row("", "入った件数", tally.entered)
    for (key, target), count in sorted(tally.keys.items()):
        yield row(key, target, count)
    for key, count in sorted(tally.wrong_keys.items()):
        yield row(key, "使われていない番号", count)
    yield row("", "番号なし", tally.no_key)
    yield row("", "オペレーターへ（番号なし・違う番号）", tally.gave_up)
    yield row("", "メニュー内の切断", tally.abandoned)


def _end_name(end: str) -> str:
    word, _, target = end.partition(":")
    name = END_NAMES.get(word, word)
    return f"{name} {target}" if target else name
