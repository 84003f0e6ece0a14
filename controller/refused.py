"""No, and why."""

from __future__ import annotations


class RefusedError(Exception):
    """What was asked is not possible now; `code` is for machines, the text for people."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
