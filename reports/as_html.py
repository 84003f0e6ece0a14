"""A report as one HTML page for the screen and for A4 paper."""

from __future__ import annotations

from pathlib import Path

from reports.layout import Layout
from reports.templating import render


def html_of(layout: Layout, templates: Path | None = None) -> str:
    """The page, by the site's own template where ``templates`` has one.

    Raises:
        TemplateError: that one names a field that there is not, or has another mistake.
    """
    return render("report.html.j2", templates, report=layout)
