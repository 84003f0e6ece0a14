"""What `GET /watch` sends: the OpenAPI document and the tests know the messages by these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from desk.fields import Moment, Strict
from desk.models import Live


class Snapshot(Strict):
    """All that `GET /live` answers, after a change."""

    kind: Literal["live"]
    seq: int = Field(ge=1, description="grows by one; numbers that are missing were replaced by newer ones")
    late_ms: int = Field(ge=0, description="from the change to this message")
    live: Live


class Beat(Strict):
    """In a second without a change: the snapshot `seq` still holds."""

    kind: Literal["beat"]
    seq: int
    now: Moment
    lag_ms: int = Field(description="as in `live`")


class UsualRow(Strict):
    """A half hour: the middle one of the days; of the calls received also the least and the most."""

    time: str
    received: float | None
    answered: float | None
    abandoned: float | None
    least: int | None
    most: int | None


class Usual(Strict):
    """ふだん: the last days of today's weekday; nulls where there were none."""

    date: str
    weekday: int = Field(description="0 is Monday")
    weeks: int = Field(description="looked back so far")
    days: list[str]
    by_half_hour: list[UsualRow]


class WatchMessage(RootModel[Annotated[Snapshot | Beat, Field(discriminator="kind")]]):
    """One text frame of `GET /watch`."""
