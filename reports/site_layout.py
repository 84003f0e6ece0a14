"""DIR/templates/layout.toml: a site's own title, cover and order of parts, for all forms of a report alike.

[month]
title = "着信実績報告書"
cover = [["対象月", "{period}（{wareki}）"], ["受託者", "{contractor}"]]
sections = ["日別", "曜日・時間帯別", "勤務実態"]
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from config.section import Section as TomlSection
from config.section import sentences
from reports.layout import Layout
from reports.templating import TemplateError

FILE = "layout.toml"
_Words = Annotated[str, Field(max_length=200)]


class KindLayout(TomlSection):
    """How the reports of one kind are laid out; what is not said stays as it is shipped."""

    title: _Words | None = None
    cover: tuple[tuple[_Words, _Words], ...] | None = None
    """Names and values of the first page; in values `{field}` stands for what is known."""
    sections: tuple[_Words, ...] | None = None
    """The parts by their titles, in this order; others are left out. 検算 and the definitions always stay."""


class SiteLayout(TomlSection):
    """The whole file."""

    day: KindLayout = KindLayout()
    month: KindLayout = KindLayout()
    year: KindLayout = KindLayout()


def laid_out(layout: Layout, kind: str, fields: Mapping[str, str], templates: Path | None) -> Layout:
    """The layout as the site has it. ``fields``: what may stand in braces.

    Raises:
        TemplateError: the file names a field or a part that there is not, or cannot be read.
    """
    file = None if templates is None else templates / FILE
    if file is None or not file.exists():
        return layout
    own: KindLayout = getattr(_read(file, file.stat().st_mtime_ns), kind)
    if own.title is not None:
        layout = replace(layout, title=_filled(file, kind, "title", own.title, fields))
    if own.cover is not None:
        cover = ((name, _filled(file, kind, f"cover {name}", value, fields)) for name, value in own.cover)
        layout = replace(layout, cover=tuple((name, value) for name, value in cover if value))
    if own.sections is not None:
        parts = {part.title: part for part in layout.sections}
        known = set(parts) | OPTIONAL
        for title in own.sections:
            if title not in known:
                raise TemplateError(
                    f"{file}: [{kind}] sections: there is no part {title!r}; there are {'、'.join(parts)}"
                )
        layout = replace(layout, sections=tuple(parts[title] for title in own.sections if title in parts))
    return layout


OPTIONAL = {
    *("前年同月比", "前年度比", "席の配置", "席の不足", "勤務実態", "勤務実態（日別）", "業務責任者の勤務"),
}
"""Parts that a report has only where there is something to tell."""


@lru_cache(maxsize=8)
def _read(file: Path, _changed_ns: int) -> SiteLayout:
    try:
        return SiteLayout.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TemplateError(f"{file}: cannot be read: {error}") from None
    except ValidationError as error:
        raise TemplateError("\n".join(f"{file}: {line}" for line in sentences(error))) from None


def _filled(file: Path, kind: str, key: str, text: str, fields: Mapping[str, str]) -> str:
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        raise TemplateError(f"{file}: [{kind}] {key}: {error}") from None
    for _, field, how, conversion in pieces:
        if field is not None and (field not in fields or how or conversion):
            raise TemplateError(
                f"{file}: [{kind}] {key}: there is no field {{{field}}}; there are {', '.join(fields)}"
            )
    return text.format_map(fields)
