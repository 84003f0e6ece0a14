"""[desk]: the pages and the API: where they are, by what certificate, and how people log in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.desk_work import DeskWork
from config.section import Flag, Int, Port, Section


class TlsFiles(Section):
    """A certificate of the site's own (PEM, with its chain) and its key, as paths."""

    certificate: str = Field(min_length=1)
    key: str = Field(min_length=1)


class Desk(DeskWork):
    """The pages and the API."""

    port: Port = 8080
    tls: Literal["off", "generate"] | TlsFiles = "off"
    """`generate`: a certificate that signs itself, made once and kept in `keys/`."""
    redirect_port: Port | None = None
    """With TLS: a port at which a browser that comes without is sent on to the right one."""
    totp: Literal["required", "optional"] = "optional"
    """The second step of the log-in, for those who lead, manage and audit; everybody may have it."""
    operator_pin: Flag = True
    """Whether an operator without a password logs in by the PIN of the telephone."""
    session_idle_min: Annotated[Int, Field(ge=5, le=24 * 60)] = 60
    session_max_h: Annotated[Int, Field(ge=1, le=24)] = 12
