"""When Asterisk fell: the supervisor writes it down, and the controller ends its calls at that moment."""

from __future__ import annotations

from config.home import Home


def write_fall(home: Home, at_ms: int) -> None:
    """Note that Asterisk ended without being told to, at this moment of the machine's clock (ms UTC)."""
    path = home.asterisk / "fell"
    draft = path.with_suffix(".new")
    draft.write_text(f"{at_ms}\n", encoding="utf-8")
    draft.replace(path)


def read_fall(home: Home) -> int | None:
    """The last fall that a supervisor saw, ms UTC of the machine's clock; None: it never saw one."""
    try:
        return int((home.asterisk / "fell").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
