"""The secret of a person's second step (RFC 6238), sealed in the person's row under a data key of its own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from db.connection import vault_of
from db.tables import people
from db.vault import Vault, VaultError


@dataclass(frozen=True, slots=True)
class SealedTotp:
    """As it lies in the row: which key wraps the data key, that, and the secret."""

    key_id: str
    wrapped: bytes
    sealed: bytes


def seal_totp(vault: Vault, person: str, secret: str) -> SealedTotp:
    """The secret, for the account's row.

    Raises:
        VaultError: no key.
    """
    key_id, wrapped, own = vault.new_data_key(_about(person))
    return SealedTotp(key_id, wrapped, own.seal(secret, "totp"))


def open_totp(vault: Vault, person: str, sealed: SealedTotp) -> str:
    """The secret again.

    Raises:
        VaultError: it was changed, is another person's, or its key is gone.
    """
    return vault.data_key(_about(person), sealed.key_id, sealed.wrapped).open(sealed.sealed, "totp")


def rewrap_totp(connection: Connection, new: str) -> None:
    """For a rotation: wrap every secret's data key by the key ``new``. One that cannot be opened stays."""
    vault = vault_of(connection)
    query = select(people.c.id, people.c.totp_key, people.c.totp_wrapped).where(
        people.c.totp_key.is_not(None), people.c.totp_key != new
    )
    for person, old, sealed in connection.execute(query).all():
        try:
            own = vault.data_key(_about(person), old, sealed)
        except VaultError:
            continue  # no key opened it before the rotation either; a manager resets it
        key_id, wrapped = vault.rewrap(own)
        changed = {"totp_key": key_id, "totp_wrapped": wrapped}
        connection.execute(update(people).where(people.c.id == person).values(changed))


def _about(person: str) -> str:
    return f"person {person}"
