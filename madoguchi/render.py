"""Writes Asterisk's configuration from the templates of asterisk-conf/. Nobody edits the result by hand."""

from __future__ import annotations

import os
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from madoguchi.site import TEMPLATES
from madoguchi.site_context import SiteContext
from madoguchi.steps import StepError

SUFFIX = ".j2"


def render(context: SiteContext, etc: Path, templates: Path = TEMPLATES) -> list[Path]:
    """Render every template into `etc` and remove what no template makes any more; returns the files.

    The files hold passwords: readable by the owner and the group of `etc` (Asterisk's), by nobody else.

    Raises:
        StepError: a template is wrong, or `etc` cannot be written.
    """
    # autoescape is for HTML; what may stand in these files is held to patterns by SiteContext.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    values = context.values()
    texts: dict[str, str] = {}
    for template in sorted(templates.glob(f"*{SUFFIX}")):
        try:
            texts[template.name.removesuffix(SUFFIX)] = environment.get_template(template.name).render(values)
        except TemplateError as error:
            raise StepError(
                f"{template}: {error}", advice="this is a fault of Madoguchi's own files"
            ) from None
    if not texts:
        raise StepError(f"{templates}: no templates are there", advice="clone the project again")
    try:
        etc.mkdir(parents=True, exist_ok=True)
        for stale in etc.glob("*.conf"):
            if stale.name not in texts:
                stale.unlink()
        return [_write(etc / name, text) for name, text in texts.items()]
    except OSError as error:
        raise StepError(f"{etc}: cannot be written: {error.strerror}", advice="check who owns it") from None


def _write(path: Path, text: str) -> Path:
    """Whole or not at all, and never for a moment readable by others. The group is the directory's."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.chmod(0o640)
    return draft.replace(path)
