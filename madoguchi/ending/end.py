"""The end of the contract, step by step: what stands in its way, the export, the destruction, the proof.

Interrupted at any moment it is simply begun again: until the keys go, nothing has happened; from then on
`DIR/ending.json` says where the export is, and what was there is gone on with.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import JST, ConfigError, Home, RunFile, Settings, from_ms
from db import Database, Entry, Unstored, open_calls
from db.append import append
from db.holds import all_holds
from madoguchi.atomic import put_atomically
from madoguchi.backup.kept import LastBackup
from madoguchi.ending.certificate import Certificate, certify
from madoguchi.ending.destroy import MARK, count_rows, destroy, finish, may_destroy, still_there
from madoguchi.ending.export import Source, contract_words, export, months_of, must_be_empty
from madoguchi.ending.index import INDEX, check
from madoguchi.home_lock import is_running
from reports.period import wareki_day

STOP_S = 120.0


@dataclass(frozen=True, slots=True)
class Will:
    """What was said: who, why, where to, and what may be passed over."""

    target: Path
    who: str
    reason: str
    although_held: bool = False
    early: bool = False
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What was done."""

    index: dict[str, Any]
    record: dict[str, Any]
    certificate: Certificate


def hindrances(source: Source, will: Will, now_ms: int) -> list[str]:
    """What stands in the way, a sentence each; empty: nothing."""
    found = []
    home, database = source.home, source.database
    if is_running(home) and not will.stop:
        found.append(f"--home {home.path}: Madoguchi runs there; stop it first, or say --stop")
    with database.read() as connection:
        held = len(all_holds(connection))
        going_on = sum(now_ms - call.received_ms < 86_400_000 for call in open_calls(connection))
    if held and not will.although_held:
        found.append(
            f"{held} calls are on legal hold (madoguchi hold lists them); release them, or say "
            "--although-held: the export then keeps them for the city"
        )
    if going_on and not will.stop:
        found.append(f"{going_on} calls are in progress")
    if waiting := Unstored.of(home.path, database).count():
        found.append(f"{waiting} rows of the journal are not in the database yet: start Madoguchi once")
    last = source.settings.calendar.contract_to
    if last is not None and from_ms(now_ms).astimezone(JST).date() <= last and not will.early:
        found.append(f"[calendar] contract_to: the contract lasts until {last}; say --early to end it before")
    return found


def stop_running(home: Home) -> None:
    """Stop the instance that runs, and wait for its end.

    Raises:
        ConfigError: it does not end in time.
    """
    if not is_running(home):
        return
    try:
        os.kill(RunFile.read(home.run_json).pid, signal.SIGTERM)
    except (OSError, ValueError) as problem:
        raise ConfigError(f"{home.run_json}: the instance cannot be stopped: {problem}") from None
    deadline = time.monotonic() + STOP_S
    while is_running(home):
        if time.monotonic() >= deadline:
            raise ConfigError(f"--stop: the instance of {home.path} does not end; stop it by hand")
        time.sleep(0.2)


def end_contract(source: Source, will: Will, now_ms: int) -> Ended:
    """Export, destroy, look whether anything is left, certify. To be called under the home's lock.

    Raises:
        ConfigError: something stands in the way, or the export is not whole; then nothing is destroyed.
        VaultError: something sealed cannot be opened; likewise.
        OSError: a file cannot be written; likewise.
    """
    must_be_empty(source.home, will.target)
    may_destroy(source.database)
    append(
        source.database,
        [Entry(now_ms, "contract.ended", data={"by": will.who, "reason": will.reason})],
    )
    index = export(source, will.target, who=will.who, now_ms=now_ms)
    facts = _facts(source, will, index, now_ms)
    mark = (
        json.dumps({"facts": facts, "target": str(will.target.absolute())}, ensure_ascii=False) + "\n"
    ).encode()
    put_atomically(source.home.path / MARK, mark)
    return _carry_out(source.home, source.database, facts, will.target, index, _outside(source))


def unfinished(home: Home) -> Path | None:
    """Where the export is of an end that was interrupted after its export; None: there is none."""
    try:
        marked = json.loads((home.path / MARK).read_text(encoding="utf-8"))
        return Path(marked["target"])
    except (OSError, ValueError, KeyError):
        return None


def go_on(home: Home, database: Database) -> Ended:
    """Carry out an end that was interrupted.

    Raises:
        ConfigError: the export is not whole any more; nothing further is destroyed.
    """
    marked = json.loads((home.path / MARK).read_text(encoding="utf-8"))
    target = Path(marked["target"])
    index = check(target)
    facts = marked["facts"]
    return _carry_out(home, database, facts, target, index, [Path(one) for one in facts["outside"]])


def _carry_out(
    home: Home, database: Database, facts: dict[str, Any], target: Path, index: dict[str, Any],
    outside: list[Path],
) -> Ended:  # fmt: skip
    gone = destroy(home, database, outside)
    left = still_there(home, outside)
    at_ms = time.time_ns() // 1_000_000
    record = {
        "kind": "destruction",
        "version": 1,
        "at": from_ms(at_ms).astimezone(JST).isoformat(timespec="seconds"),
        "at_ms": at_ms,
        **{name: value for name, value in facts.items() if name != "outside"},
        "keys": gone.keys,
        "files": gone.files,
        "bytes": gone.bytes,
        "database_method": (
            "ファイル（先行書込みログを含む）を上書きして削除"
            if database.is_sqlite
            else "すべての表をサーバーから削除（個人情報は鍵の廃棄により開けません）"
        ),
        "still_there": left,
    }
    certificate = certify(home, record, target)
    finish(home)
    return Ended(index, record, certificate)


def _facts(source: Source, will: Will, index: dict[str, Any], now_ms: int) -> dict[str, Any]:
    """What the certificate says, known before anything goes. Nothing in it names a citizen."""
    settings, months = source.settings, months_of(source.database)
    with source.database.read() as connection:
        held = len(all_holds(connection))
    elsewhere = [
        f"{path}: 最後のバックアップ。鍵を含むため、削除してください" for path in _outside_backups(source)
    ]
    if not source.database.is_sqlite:
        elsewhere.append(
            "データベースサーバーのバックアップと先行書込みログ（WAL）: 保存期限で消えるまで残ります"
        )
    return {
        "by": will.who,
        "reason": will.reason,
        "line": settings.line.name,
        "contract": contract_words(settings),
        "city": settings.report.city,
        "contractor": settings.report.contractor,
        "contract_period": _contract_period(settings),
        "months": f"{months[0]} ～ {months[-1]}" if months else "",
        "machine": platform.node(),
        "home": str(source.home.path),
        "database": "SQLite" if source.database.is_sqlite else "PostgreSQL",
        "rows": count_rows(source.database),
        "held": held,
        "export_files": len(index["files"]),
        "export_index_sha256": hashlib.sha256((will.target / INDEX).read_bytes()).hexdigest(),
        "journal_head": index["journal_head"],
        "asked_ms": now_ms,
        "elsewhere": elsewhere,
        "outside": [str(path) for path in _outside(source)],
    }


def _contract_period(settings: Settings) -> str:
    calendar = settings.calendar
    if calendar.contract_from is None or calendar.contract_to is None:
        return ""
    return f"{wareki_day(calendar.contract_from)} ～ {wareki_day(calendar.contract_to)}"


def _outside(source: Source) -> list[Path]:
    """Directories of ours outside of the state directory."""
    home = source.home.path
    named = [source.report_directory, home / source.settings.backup.directory]
    return [path for path in named if home not in path.parents]


def _outside_backups(source: Source) -> list[Path]:
    last = LastBackup.read(source.home)
    if last is None:
        return []
    path = Path(last.file)
    covered = [source.home.path, *_outside(source)]
    return [path] if path.exists() and not any(one in path.parents for one in covered) else []
