"""The city's SFTP server: real, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh

from config.delivery import Sftp


class SftpServer:
    """One user, by key only, in a directory of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.files = place / "files"
        self.files.mkdir(parents=True)
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.server: asyncssh.SSHAcceptor | None = None
        self.port = 0

    async def open(self) -> None:
        authorised = self.place / "authorized_keys"
        authorised.write_bytes(self.user_key.export_public_key())
        self.server = await asyncssh.listen(
            "127.0.0.1", self.port, server_host_keys=[self.host_key],
            authorized_client_keys=str(authorised),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.files).encode()),
            allow_scp=False,
        )  # fmt: skip
        self.port = self.server.get_port()

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()

    def target(self, **more: Any) -> Sftp:
        line = self.host_key.export_public_key().decode().strip()
        return Sftp.model_validate(
            {"host": "127.0.0.1", "port": self.port, "user": "madoguchi", "host_key": line}
            | {"directory": "in/2026", **more}
        )

    def give_key(self, home: Path) -> None:
        path = home / "keys" / "sftp"
        path.touch(mode=0o600)
        path.write_bytes(self.user_key.export_private_key())

    def names(self) -> list[str]:
        return sorted(path.name for path in self.files.rglob("*") if path.is_file())
