"""The plot of a simulation: rates over the number of seats, with their 95 % intervals, as one SVG file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

from staffing.estimate import Estimate, Figures

FONT = "'Noto Sans JP', 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', Meiryo, 'IPAexGothic', sans-serif"
COLORS = ("#0b5cad", "#2e8540", "#b8860b", "#b3261e")
"""Told apart by people with colour-blindness too, and by their dashes."""


def draw(title: str, results: Sequence[tuple[str, Figures]]) -> bytes:
    """A complete SVG document (UTF-8): no script, nothing from elsewhere."""
    style = Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#333333",
        foreground_strong="#111111",
        foreground_subtle="#d0d0d0",
        font_family=FONT,
        title_font_size=17,
        label_font_size=14,
        major_label_font_size=14,
        legend_font_size=15,
        value_font_size=13,
        value_label_font_size=13,
        colors=COLORS,
        guide_stroke_color="#dddddd",
        major_guide_stroke_color="#bbbbbb",
        ci_colors=COLORS,
        stroke_width=2.5,
    )
    chart = pygal.Line(
        style=style,
        js=[],
        width=960,
        height=560,
        title=title,
        x_title="席の数",
        y_title="率（%）",
        range=(0, 100),
        y_labels=range(0, 101, 10),
        legend_at_bottom=True,
        legend_at_bottom_columns=4,
        dots_size=4,
        formatter=_percent,
        margin=24,
        css=["file://style.css", "file://graph.css", f"inline:{_CSS}"],
        print_labels=True,
        no_prefix=True,
    )
    # An empty place on either side keeps the first points off the axis.
    chart.x_labels = ["", *(name for name, _ in results), ""]
    for number, (name, dash, pick) in enumerate(_CURVES):
        points = [_point(pick(figures), labelled=number == 0) for _, figures in results]
        chart.add(name, [None, *points, None], stroke_style={"width": 2.5, **dash})
    svg: str = chart.render(is_unicode=True)
    return re.sub("<script.*?</script>|<!--.*?-->", "", svg, flags=re.DOTALL).encode()


_CSS = ".ci { stroke-dasharray: none !important; stroke-width: 1.5 !important; } .guides { stroke-width: 1; }"


_CURVES: tuple[tuple[str, dict[str, str], Any], ...] = (
    ("応答率", {}, lambda figures: figures.answer_rate),
    ("サービスレベル（20秒）", {"dasharray": "9, 4"}, lambda figures: figures.service_level),
    ("占有率", {"dasharray": "3, 4"}, lambda figures: figures.occupancy),
    ("放棄率", {"dasharray": "9, 4, 2, 4"}, lambda figures: figures.abandon_rate),
)


def _point(one: Estimate, *, labelled: bool) -> dict[str, Any] | None:
    if one.value is None:
        return None
    point: dict[str, Any] = {"value": one.value * 100}
    if labelled:
        point["label"] = f"{one.value * 100:.1f}"
    if one.half is not None:
        point["ci"] = {"low": (one.value - one.half) * 100, "high": (one.value + one.half) * 100}
    return point


def _percent(value: float) -> str:
    return f"{value:.1f} %"
