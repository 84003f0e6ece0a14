"""How long it takes to verify the journal's chain, to rotate the keys and to purge, on both databases.

python -m bench.records [--rows N] [--numbers N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from config import Home
from db import Database, open_database, upgrade, verify
from db.chain import HASHED, ORIGIN, link
from db.personal import reseal
from db.tables import calls, journal, personal
from db.vault import Vault
from madoguchi.purging import Rule, look_up, purge
from tests.unit.db.postgres import Server

_START = 1_700_000_000_000
_AT_ONCE = 20_000


def rows(count: int) -> Iterator[dict[str, object]]:
    """A journal as calls make it."""
    prev = ORIGIN
    data = '{"outcome":"answered","ring_ms":2959,"strategy":"longest_idle"}'
    for seq in range(1, count + 1):
        call = f"01JD{seq // 14:022d}"
        values = (
            seq,
            _START + seq * 500,
            "offer.ended",
            call,
            seq % 7 + 1,
            f"op{seq % 7}",
            f"{call}.1",
            "main",
            data,
            1,
            "a" * 32,
        )
        own = link(prev, values)
        yield {**dict(zip(HASHED, values, strict=True)), "prev": prev, "hash": own}
        prev = own


def sealed(vault: Vault, count: int) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """Calls with numbers, one of two from the same citizen as another."""
    for n in range(count):
        call = f"call{n:08}"
        row = vault.seal(call, {"number": f"+8126{n // 2:08d}"})
        facts = {
            "call": call,
            "received_ms": _START + n,
            "has_received": True,
            "ended_ms": _START + n,
            "offers": 0,
            "held_ms": 0,
            "priority": 0,
            "told": 0,
            "moved": 0,
            "overflows": "",
            "merged": False,
        }
        yield (
            facts,
            {
                "call": call,
                "key_id": row.key_id,
                "wrapped": row.wrapped,
                "number": row.number,
                "number_hash": row.number_hash,
                "callback_number": None,
                "callback_hash": None,
            },
        )


def portions(source: Iterator[object]) -> Iterator[list[object]]:
    from itertools import islice

    while some := list(islice(source, _AT_ONCE)):
        yield some


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


def measure(home: Home, database: Database, count: int, numbers: int) -> dict[str, float]:
    for some in portions(rows(count)):
        with database.write() as connection:
            connection.execute(journal.insert(), some)
    for some in portions(sealed(database.vault, numbers)):
        with database.write() as connection:
            connection.execute(calls.insert(), [one[0] for one in some])  # type: ignore[index]
            connection.execute(personal.insert(), [one[1] for one in some])  # type: ignore[index]
    before_s = time.process_time()
    verified_s = timed(lambda: verify(database))
    processor_s = time.process_time() - before_s
    rotated_s = timed(lambda: list(reseal(database)))
    rule = Rule({"older_than_days": 1}, older_than_days=1)
    now_ms = _START + 10 * 86_400_000
    began = time.perf_counter()
    found = look_up(database, rule, now_ms)
    assert len(found.calls) == numbers
    purge(home, database, rule, who="bench", reason="bench", now_ms=now_ms, found=found)
    purged_s = round(time.perf_counter() - began, 2)
    return {
        "journal rows": count,
        "verified, s": verified_s,
        "verified, s of our processor": round(processor_s, 2),
        "verified rows a second": round(count / verified_s),
        "sealed numbers": numbers,
        "keys rotated, s": rotated_s,
        "all purged, s": purged_s,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--numbers", type=int, default=20_000)
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as place:
        home = Home(place)
        home.prepare()
        database = open_database(home=place)
        upgrade(database)
        results["SQLite"] = measure(home, database, asked.rows, asked.numbers)
        database.close()
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as place:
            home = Home(place)
            home.prepare()
            database = open_database(server.create("bench"), home=place)
            upgrade(database)
            results["PostgreSQL"] = measure(home, database, asked.rows, asked.numbers)
            database.close()
    finally:
        server.close()
    table = Table(title="records")
    table.add_column("")
    for name in results:
        table.add_column(name, justify="right")
    for figure in next(iter(results.values())):
        table.add_row(figure, *(f"{one[figure]:,}" for one in results.values()))
    Console().print(table)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
