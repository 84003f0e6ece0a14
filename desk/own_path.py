"""Where a browser may be sent on to: paths of this site only."""

from __future__ import annotations


def own_path(text: object) -> str | None:
    r"""The path, if it is one of ours: neither another site (`//…`, `/\…`) nor another scheme nor a trick."""
    if not isinstance(text, str) or not text.startswith("/") or len(text) > 500:
        return None
    if text.startswith("//") or "\\" in text or any(not one.isprintable() or one == " " for one in text):
        return None
    return text
