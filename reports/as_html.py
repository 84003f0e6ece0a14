"""A report as one HTML page for the screen and for A4 paper."""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from reports.as_svg import svg_of
from reports.cells import Cell, Chart, Table
from reports.colours import LOW, STRONG
from reports.layout import Layout


def html_of(layout: Layout) -> str:
    """The page. Everything is escaped; it loads nothing from anywhere."""
    return _template().render(report=layout)


@cache
def _template() -> Template:
    source = resources.files("reports").joinpath("templates/report.html.j2").read_text("utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["svg"] = _svg
    environment.globals["heat"] = _heat
    return environment.from_string(source)


def _svg(chart: Chart) -> Markup:
    # svg_of escapes every name itself.
    return Markup(svg_of(chart))  # noqa: S704


def _heat(table: Table, cell: Cell) -> str:
    """The background of a cell, "" for none."""
    strength = table.heat_of(cell)
    if not strength:
        return ""
    if table.heat == "low":
        return f"#{LOW}"
    shade = (round(255 + (int(STRONG[at : at + 2], 16) - 255) * strength) for at in (0, 2, 4))
    return "#" + "".join(f"{one:02X}" for one in shade)
