"""Sealing and opening with the key file, without a database."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.vault import Sealed, Vault, VaultError

NUMBER = "+81262261234"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "keys" / "personal.json")


def test_given_no_key_file_when_first_used_then_it_is_made_for_its_owner_only(vault: Vault) -> None:
    assert not vault.exists
    sealed = vault.seal("c1", {"number": NUMBER})
    assert vault.open(sealed) == {"number": NUMBER}
    assert stat.S_IMODE(vault.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(vault.file.parent.stat().st_mode) == 0o700
    assert [one.name for one in vault.file.parent.iterdir()] == ["personal.json"]


def test_given_many_who_start_at_once_when_sealing_then_all_use_one_key(vault: Vault) -> None:
    gate = threading.Barrier(6)
    rows: list[Sealed] = []

    def work() -> None:
        own = Vault(vault.file)
        gate.wait(10)
        rows.append(own.seal("c1", {"number": NUMBER}))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len({row.key_id for row in rows}) == 1
    assert all(vault.open(row) == {"number": NUMBER} for row in rows)


@given(number=st.text(min_size=1, max_size=40), callback=st.text(min_size=1, max_size=40))
def test_given_any_text_when_sealed_then_opened_alike_and_never_seen(
    tmp_path_factory: pytest.TempPathFactory, number: str, callback: str
) -> None:
    vault = Vault(tmp_path_factory.getbasetemp() / "any" / "personal.json")
    first = vault.seal("c1", {"number": number})
    both = vault.seal("c1", {"callback_number": callback}, first)
    assert vault.open(both) == {"number": number, "callback_number": callback}
    if len(number.encode()) > 3:
        assert number.encode() not in (first.number or b"") + first.wrapped
    assert first.number_hash in vault.hashes(number)


def test_given_the_same_number_twice_when_sealed_then_only_the_keyed_hash_is_alike(vault: Vault) -> None:
    one, two = vault.seal("c1", {"number": NUMBER}), vault.seal("c2", {"number": NUMBER})
    assert one.number != two.number
    assert one.wrapped != two.wrapped
    assert one.number_hash == two.number_hash
    other = Vault(vault.file.with_name("other.json"))
    assert other.hashes(NUMBER) != vault.hashes(NUMBER)


def test_given_a_row_that_was_changed_or_moved_to_another_call_when_opened_then_it_is_refused(
    vault: Vault,
) -> None:
    row = vault.seal("c1", {"number": NUMBER, "callback_number": "+81312345678"})
    assert row.number is not None
    assert row.callback_number is not None
    for broken in (
        replace(row, call="c2"),
        replace(row, number=row.callback_number, callback_number=row.number),
        replace(row, wrapped=row.wrapped[:-1] + bytes([row.wrapped[-1] ^ 1])),
        replace(row, number=row.number[:10]),
        replace(row, key_id="0" * 16),
    ):
        with pytest.raises(VaultError, match=f"call {broken.call}") as told:
            vault.open(broken)
        assert NUMBER not in str(told.value)


def test_given_a_new_key_when_the_older_one_is_destroyed_then_its_rows_can_never_be_opened(
    vault: Vault,
) -> None:
    running = Vault(vault.file)
    old = running.seal("c1", {"number": NUMBER})
    before = vault.file.read_bytes()
    handle = vault.file.open("rb")
    made = vault.add()
    assert running.seal("c2", {"number": NUMBER}).key_id == made.id
    assert running.open(old) == {"number": NUMBER}
    assert len(running.hashes(NUMBER)) == 2
    assert vault.keep_only(made.id) == [old.key_id]
    with pytest.raises(VaultError, match="is not in"):
        running.open(old)
    assert handle.read().strip(b"\0") == b""
    assert before != vault.file.read_bytes()
    assert vault.keep_only(made.id) == []


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"version": 1, "keys": []}', '{"version": 9}', "\udcff"]
)
def test_given_a_file_that_is_no_key_file_when_read_then_it_is_named(vault: Vault, content: str) -> None:
    vault.file.parent.mkdir()
    vault.file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(VaultError, match=r"personal\.json"):
        vault.all_keys()


def test_given_a_file_that_is_lost_while_we_run_when_used_then_what_we_know_still_opens(vault: Vault) -> None:
    row = vault.seal("c1", {"number": NUMBER})
    vault.file.unlink()
    assert vault.open(row) == {"number": NUMBER}


def test_given_a_key_when_shown_in_a_log_then_its_secrets_are_not(vault: Vault) -> None:
    (key,) = vault.all_keys()
    assert repr(key.wrap) not in repr(key)
    assert repr(key.search) not in repr(key)


def test_given_two_rotations_when_at_once_then_the_second_is_told_so(vault: Vault) -> None:
    with (
        vault.alone(),
        pytest.raises(VaultError, match="being changed"),
        Vault(vault.file).alone(),
    ):
        pass
