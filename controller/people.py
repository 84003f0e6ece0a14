"""The operators, as the controller needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class People:
    """Who may log in, by operator id, and what they enter."""

    names: Mapping[str, str]
    pins: Mapping[str, str]
