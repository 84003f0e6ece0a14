"""The pages' templates: the shipped ones, and a site's own over them, in DIR/templates.

A site's own page has the shipped one's name (`PAGES`). It may be whole, or begin with
`{% extends "shipped/report.html.j2" %}` and change some blocks. What it names and we do not have is an error
that says the file, the line and the field.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from config.section import ConfigError
from reports.as_svg import svg_of
from reports.cells import Cell, Chart, Table
from reports.colours import LOW, STRONG

PAGES = ("report.html.j2", "ledger.html.j2", "completion.html.j2")


class TemplateError(ConfigError):
    """A site's template or layout cannot be used; one sentence that names the file and the mistake."""


def render(name: str, templates: Path | None, **values: Any) -> str:
    """The page. Everything is escaped; it loads nothing from anywhere.

    Raises:
        TemplateError: a site's own template has a mistake, or names a field that there is not.
    """
    environment = _environment(templates)
    try:
        return environment.get_template(name).render(**values)
    except TemplateSyntaxError as error:
        there = error.filename or error.name or name
        raise TemplateError(f"{there}: line {error.lineno}: {error.message}") from None
    except TemplateNotFound as error:
        raise TemplateError(f"{_file(name, templates)}: there is no template {error.name!r}") from None
    except UndefinedError as error:
        file, line = _place(error, name, templates)
        raise TemplateError(f"{file}: line {line}: there is no field {_field(error)}") from None
    except (SecurityError, TypeError, ValueError) as error:
        file, line = _place(error, name, templates)
        raise TemplateError(f"{file}: line {line}: {error}") from None


@cache
def _environment(templates: Path | None) -> SandboxedEnvironment:
    shipped = PackageLoader("reports", "templates")
    own = [] if templates is None else [FileSystemLoader(templates)]
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([*own, shipped, PrefixLoader({"shipped": shipped})]),
        # None is kept: a site's page that appears beside a running instance counts at once.
        cache_size=0,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["svg"] = _svg
    environment.globals["heat"] = _heat
    return environment


def _file(name: str, templates: Path | None) -> Path:
    own = Path(name) if templates is None else templates / name
    return own if own.exists() else Path("reports/templates") / name


def _place(error: BaseException, name: str, templates: Path | None) -> tuple[Path, int]:
    """The template's file and line in which it happened; Jinja gives its frames the template's own."""
    file, line = _file(name, templates), 0
    trace = error.__traceback__
    while trace is not None:
        at = Path(trace.tb_frame.f_code.co_filename)
        if at.suffix == ".j2":
            file, line = at, trace.tb_lineno
        trace = trace.tb_next
    return file, line


def _field(error: UndefinedError) -> str:
    said = str(error)
    found = re.search(r"has no attribute '([^']+)'|^'([^']+)' is undefined", said)
    return repr(found[1] or found[2]) if found else said


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
