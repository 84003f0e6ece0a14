"""オペレーター: the people who log in, and what they can do."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.section import Amount, Int, Section, Word

Level = Annotated[Int, Field(ge=1, le=9)]


class Operator(Section):
    """A person who logs in. The id is digits, for it is entered on a telephone."""

    id: str = Field(pattern=r"^\d{1,6}$")
    name: str = Field(min_length=1, max_length=40)
    skills: dict[Word, Level] = Field(default_factory=dict)
    """Level by skill of `[skills]`; 1 is the lowest."""
    lines: tuple[str, ...] | None = None
    """The lines served; not said is all."""
    wrap_up_s: Amount | None = Field(default=None, ge=0, le=3600)
    """後処理 instead of the line's."""
