"""The run as one SVG file: small charts under each other, over the calls received."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pygal
from pygal.style import Style

COLORS = ("#0b5cad", "#b3261e", "#2e8540", "#b8860b")
PANELS: tuple[tuple[str, float, tuple[tuple[str, str], ...]], ...] = (
    ("Resident size, MB", 1e6, (("controller_rss", "controller"), ("asterisk_rss", "Asterisk"))),
    ("Blocks of memory in use by Python, thousands", 1e3, (("controller_blocks", "controller"),)),
    (
        "File descriptors, threads, tasks",
        1,
        (
            ("controller_fds", "controller: descriptors"),
            ("controller_tasks", "controller: tasks"),
            ("asterisk_fds", "Asterisk: descriptors"),
            ("asterisk_threads", "Asterisk: threads"),
        ),
    ),
    (
        "Asterisk's channels, bridges, taskprocessors",
        1,
        (("channels", "channels"), ("bridges", "bridges"), ("taskprocessors", "taskprocessors")),
    ),
    ("Database and its log, MB", 1e6, (("db_bytes", "database"), ("wal_bytes", "write-ahead log"))),
)
WIDTH, HEIGHT, GAP = 900, 300, 8
_CSS = ".guides { stroke-width: 1; } .dot { display: none; }"


def draw(rows: Sequence[Mapping[str, float]]) -> bytes:
    """A complete SVG document (UTF-8): no script, nothing from elsewhere."""
    charts = []
    for number, panel in enumerate(PANELS):
        top = number * (HEIGHT + GAP)
        charts.append(
            f'<svg x="0" y="{top}" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
            f"{_panel(rows, *panel)}</svg>"
        )
    height = len(PANELS) * (HEIGHT + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(charts)}</svg>\n'
    ).encode()


def _panel(
    rows: Sequence[Mapping[str, float]], title: str, scale: float, columns: tuple[tuple[str, str], ...]
) -> str:
    style = Style(
        background="#ffffff", plot_background="#ffffff", foreground="#333333", foreground_strong="#111111",
        foreground_subtle="#d0d0d0", font_family="sans-serif", title_font_size=15, label_font_size=12,
        major_label_font_size=12, legend_font_size=13, colors=COLORS, guide_stroke_color="#dddddd",
        major_guide_stroke_color="#bbbbbb",
    )  # fmt: skip
    chart = pygal.XY(
        style=style, js=[], width=WIDTH, height=HEIGHT, title=title, x_title="calls received",
        legend_at_bottom=True, legend_at_bottom_columns=len(columns), show_dots=False, include_x_axis=True,
        margin=12, no_prefix=False, css=["file://style.css", "file://graph.css", f"inline:{_CSS}"],
        stroke_style={"width": 1.6}, range=(0, None), x_value_formatter=lambda x: f"{x:,.0f}",
        zero=0,
    )  # fmt: skip
    for column, name in columns:
        chart.add(name, [(row["received"], row[column] / scale) for row in rows])
    svg: str = chart.render(is_unicode=True)
    return re.sub(r"<\?xml.*?\?>|<script.*?</script>|<!--.*?-->", "", svg, flags=re.DOTALL)
