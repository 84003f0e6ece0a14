"""`[report.sftp]`, `[report.mail]`: where reports go by themselves."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.section import Int, Port, Section

Part = Literal["report", "booking", "inquiry", "completion"]
"""The figures; 交付予約受付簿 of the day; 問合せ記録簿 of the month; 業務（一部）完了届."""
PARTS: tuple[Part, ...] = ("report", "booking", "inquiry", "completion")
PERSONAL: tuple[Part, ...] = ("booking", "inquiry")
"""What names citizens."""
_Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
_Path = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
_Address = Annotated[str, Field(pattern=r"^[^\s@<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}$")]


class Sftp(Section):
    """A directory of the city's, by SFTP. The server is known by its key, we by ours."""

    host: _Host
    port: Port = 22
    user: Annotated[str, Field(pattern=r"^[^\s:@/]{1,64}$")]
    host_key: Annotated[str, Field(pattern=r"^(ssh-|ecdsa-)[a-z0-9@.-]+ [A-Za-z0-9+/=]{40,}( .*)?$")]
    """The server's public key, one line as in its ssh_host_…_key.pub; no other server is talked to."""
    key_file: _Path = "keys/sftp"
    """Our private key, without a passphrase; below the state directory, or absolute."""
    directory: _Path = "."
    parts: tuple[Part, ...] = PARTS


class Mail(Section):
    """People of the city's, by mail over TLS."""

    host: _Host
    port: Port = 587
    security: Literal["starttls", "tls"] = "starttls"
    user: Annotated[str, Field(max_length=100)] = ""
    """Empty: no log-in. The password: MADOGUCHI_MAIL_PASSWORD, or keys/mail-password."""
    ca_file: _Path | None = None
    """Certificates that vouch for the server, in a closed network; else the system's."""
    sender: _Address
    to: tuple[_Address, ...] = Field(min_length=1, max_length=20)
    certificates: tuple[_Path, ...] = ()
    """The receivers' certificates (PEM, RSA): the message is encrypted to them (S/MIME)."""
    parts: tuple[Part, ...] = ("report", "completion")
    largest_mb: Annotated[Int, Field(ge=1, le=100)] = 15

    @model_validator(mode="after")
    def _sealed(self) -> Self:
        open_ones = [part for part in self.parts if part in PERSONAL]
        if open_ones and not self.certificates:
            raise ValueError(
                f"parts: {open_ones[0]} names citizens, and mail is read on its way; give the certificates "
                "of all who receive it (S/MIME), or send it by SFTP"
            )
        return self
