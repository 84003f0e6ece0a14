"""What the sections of `madoguchi.toml` are made of: kinds of values, and how a mistake is said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Int = Annotated[int, Strict()]
"""A TOML integer; "7" in quotes is a mistake, not a seven."""
Flag = Annotated[bool, Strict()]
Amount = Annotated[float, Strict(), Field(allow_inf_nan=False)]
"""A time in the unit that the key's name ends with, or another quantity; whole or not."""
Port = Annotated[Int, Field(ge=1, le=65535)]
Number = Annotated[str, Field(pattern=r"^0\d{9,10}$")]
Extension = Annotated[str, Field(pattern=r"^[1-9]\d{2,4}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
"""A name that other keys refer to: a line, a skill, a need."""


class ConfigError(Exception):
    """A mistake in the configuration, in one sentence that names the file and the key."""


class Section(BaseModel):
    """A table of the file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def sentences(error: ValidationError) -> list[str]:
    """One sentence a mistake: `[seats] count: …`. A check over several keys names them itself, one a line."""
    said = []
    for detail in error.errors():
        what = (
            "unknown key"
            if detail["type"] == "extra_forbidden"
            else detail["msg"].removeprefix("Value error, ")
        )
        if not detail["loc"]:
            said += what.splitlines()
            continue
        section, *rest = [str(part) for part in detail["loc"]]
        key = ".".join(part for part in rest if part != "[key]")
        given = detail["input"]
        shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
        said.append(f"[{section}] {key}: {what}{shown}" if key else f"[{section}]: {what}{shown}")
    return said
