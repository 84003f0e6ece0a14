"""By SFTP: under another name first, read back, then renamed; what is there already is not sent again."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from pathlib import Path, PurePosixPath

from config.delivery import Sftp
from madoguchi.delivery.parcel import DeliveryError, Parcel

WITHIN_S = 120.0


async def send(target: Sftp, home: Path, parcel: Parcel) -> None:
    """Put the files into the directory; each is whole or not there.

    Raises:
        DeliveryError: says what is wrong; what is there already stays.
    """
    # It costs a third of a second to load, and most sites never need it.
    import asyncssh

    where = f"[report.sftp] {target.user}@{target.host}:{target.port}"
    key = home / target.key_file
    try:
        if stat.S_IMODE(key.stat().st_mode) & 0o077:
            raise DeliveryError(f"{key}: others may read it; chmod 600 {key}")
        pinned = asyncssh.import_public_key(target.host_key)
    except OSError:
        raise DeliveryError(f"{key}: no such key; make one: ssh-keygen -t ed25519 -N '' -f {key}") from None
    except asyncssh.KeyImportError:
        raise DeliveryError("[report.sftp] host_key: is not a public key") from None
    try:
        async with (
            asyncio.timeout(WITHIN_S),
            asyncssh.connect(
                target.host, target.port, username=target.user, client_keys=[str(key)],
                known_hosts=([pinned], [], []), agent_path=None, config=None, password=None,
                preferred_auth="publickey",
            ) as connection,
            connection.start_sftp_client() as sftp,
        ):  # fmt: skip
            await sftp.makedirs(target.directory, exist_ok=True)
            for name, content in parcel.files.items():
                await _put(sftp, PurePosixPath(target.directory), name, content)
    except asyncssh.HostKeyNotVerifiable:
        raise DeliveryError(f"{where}: its key is not [report.sftp] host_key; nothing was sent") from None
    except asyncssh.PermissionDenied:
        raise DeliveryError(f"{where}: does not let us in; give it {key}.pub") from None
    except asyncssh.SFTPError as error:
        raise DeliveryError(f"{where}: {target.directory}: {error.reason}") from None
    except (asyncssh.Error, asyncssh.KeyImportError) as error:
        raise DeliveryError(
            f"{where}: {error.reason if isinstance(error, asyncssh.Error) else error}"
        ) from None
    except TimeoutError:
        raise DeliveryError(f"{where}: did not answer within {WITHIN_S:.0f} s") from None
    except OSError as error:
        raise DeliveryError(f"{where}: {error.strerror or error}") from None


async def _put(sftp: object, directory: PurePosixPath, name: str, content: bytes) -> None:
    import asyncssh

    assert isinstance(sftp, asyncssh.SFTPClient)  # noqa: S101 - loaded only here
    final, draft = str(directory / name), str(directory / f".{name}.part")
    wanted = hashlib.sha256(content).digest()
    if await _hash(sftp, final) == wanted:
        return
    async with sftp.open(draft, "wb") as out:
        await out.write(content)
    if await _hash(sftp, draft) != wanted:
        raise asyncssh.SFTPFailure(f"{name}: what was read back is not what was written")
    try:
        await sftp.posix_rename(draft, final)
    except asyncssh.SFTPOpUnsupported:
        if await sftp.exists(final):
            await sftp.remove(final)
        await sftp.rename(draft, final)


async def _hash(sftp: object, path: str) -> bytes | None:
    import asyncssh

    assert isinstance(sftp, asyncssh.SFTPClient)  # noqa: S101 - loaded only here
    try:
        async with sftp.open(path, "rb") as read:
            content: object = await read.read()  # bytes, whatever its types say: the file is opened as such
    except asyncssh.SFTPNoSuchFile:
        return None
    assert isinstance(content, bytes)  # noqa: S101 - see above
    return hashlib.sha256(content).digest()
