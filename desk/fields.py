"""What all models of the API are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Moment = Annotated[
    str,
    Field(
        description="ISO 8601 with milliseconds and Japan's offset",
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+09:00$",
        examples=["2026-11-24T08:30:00.000+09:00"],
    ),
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


Why = Annotated[
    str | None,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="for the audit log", examples=["至急の用件"]),
]


class Strict(BaseModel):
    """Unknown fields are refused, and a number is not taken for a text."""

    model_config = ConfigDict(extra="forbid", strict=True)
