"""`run.json`: how to reach a running instance. Mode 0600, there only while it runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel


class SipAddress(BaseModel):
    """Where the telephone exchange listens."""

    host: str
    port: int
    tls_port: int = 0
    """Where phones speak SIP over TLS; 0: nowhere."""


class TrunkAddress(BaseModel):
    """Where the carrier's calls come from; `port` is where it takes ours (UDP), 0 when it does not."""

    host: str
    port: int = 0


class Phone(BaseModel):
    """What a softphone registers with."""

    seat: int
    user: str
    password: str
    extension: str


class OperatorEntry(BaseModel):
    """A person who can log in at a seat; the PIN is digits."""

    id: str
    name: str
    pin: str


class AriAccess(BaseModel):
    """The Asterisk REST Interface of this instance."""

    url: str
    user: str
    password: str
    app: str


class RunFile(BaseModel):
    """The contract's run.json; scripts and tests read it, so fields are only ever added."""

    pid: int
    controller_pid: int
    asterisk_pid: int
    desk_url: str
    api_token: str
    sip: SipAddress
    trunk: TrunkAddress
    number: str
    phones: list[Phone]
    supervisor_phone: Phone
    operators: list[OperatorEntry]
    ari: AriAccess
    desk_certificate: str = ""
    """Whoever shows this certificate (a file) is the desk; empty: without TLS."""
    clock_offset_ms: int = 0
    asterisk_version: str = ""

    def write(self, path: Path) -> None:
        """Write whole or not at all, readable by the owner only."""
        draft = path.with_suffix(".json.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self.model_dump(), file, ensure_ascii=False, indent=1)
            file.write("\n")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> RunFile:
        """Read a run file.

        Raises:
            FileNotFoundError: nothing is running there.
            ValueError: the file is not a run file.
        """
        return cls.model_validate_json(path.read_text(encoding="utf-8"))
