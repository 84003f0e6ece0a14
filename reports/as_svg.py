"""A chart as SVG, for the page and for paper: stacked bars, an axis, a legend. No script, no network."""

from __future__ import annotations

from html import escape

from reports.cells import Chart
from reports.colours import SERIES

WIDTH, HEIGHT = 720, 272
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 12, 74
_STEPS = (1, 2, 5)
_MOST_LINES = 6


def svg_of(chart: Chart) -> str:
    """The drawing; "" where there is nothing to draw. Names are escaped."""
    rows = chart.table.rows
    if not rows:
        return ""
    values = [[_number(row[column].value) for column in chart.columns] for row in rows]
    step = _step(max(sum(bar) for bar in values))
    top = max(step, -(-max(sum(bar) for bar in values) // step) * step)
    plot_w, plot_h = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    slot = plot_w / len(rows)
    bar_w = min(slot * 0.72, 40)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(chart.title)}">'
    ]
    for n in range(int(top / step) + 1):
        y = _TOP + plot_h - plot_h * n * step / top
        parts += [
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>',
            _text(_LEFT - 6, y + 4, f"{n * step:,g}", "end"),
        ]
    tilted = slot < 26
    every = max(1, round(14 / slot)) if tilted else 1
    for place, (row, bar) in enumerate(zip(rows, values, strict=True)):
        x, y = _LEFT + slot * (place + 0.5), float(_TOP + plot_h)
        for series, value in enumerate(bar):
            height = plot_h * value / top
            y -= height
            if value:
                parts.append(
                    f'<rect x="{x - bar_w / 2:.1f}" y="{y:.1f}" width="{bar_w:.1f}" height="{height:.1f}" '
                    f'fill="#{SERIES[series]}"/>'
                )
        if place % every == 0:
            parts.append(_label(x, _TOP + plot_h, str(row[0].value), tilted=tilted))
    x = float(_LEFT)
    for series, column in enumerate(chart.columns):
        name = chart.table.header[column]
        parts += [
            f'<rect x="{x:.0f}" y="{HEIGHT - 14}" width="11" height="11" fill="#{SERIES[series]}"/>',
            _text(x + 16, HEIGHT - 4, name, "start"),
        ]
        x += 34 + 12 * len(name)
    return "".join((*parts, "</svg>"))


def _step(most: float) -> int:
    size = 1
    while True:
        for step in _STEPS:
            if most <= step * size * _MOST_LINES:
                return step * size
        size *= 10


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _label(x: float, y: float, text: str, *, tilted: bool) -> str:
    if not tilted:
        return _text(x, y + 16, text, "middle")
    return (
        f'<text x="{x:.1f}" y="{y + 8:.1f}" font-size="9" text-anchor="end" '
        f'transform="rotate(-60 {x:.1f} {y + 8:.1f})" dominant-baseline="middle">{escape(text)}</text>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="{anchor}">{escape(text)}</text>'
