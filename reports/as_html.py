"""A report as one HTML page for the screen and for A4 paper."""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template

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
    return environment.from_string(source)
