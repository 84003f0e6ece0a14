"""What a route is: enough to serve it and to describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp.typedefs import Handler
from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answer` is the model of its good answer, or None for other `types`."""

    method: str
    path: str
    handler: Handler
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    form: tuple[str, ...] = ()
    status: int = 200
    types: tuple[str, ...] = ()
    problems: tuple[int, ...] = ()
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    public: bool = False
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict)
