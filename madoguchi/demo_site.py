"""What a demonstration begins with: a site with people, weeks of an invented past, and ways to log in.

Only for looking: everything in it is invented, and nothing of it is done to a site that has its own settings.
"""

from __future__ import annotations

import secrets as random_words
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from config import JST, Home, Settings, from_ms, to_ms
from config.default_toml import DEFAULT_TOML
from db import Database, Entry, Journal, journal_rows, newest_seq, open_database, upgrade
from desk.account_book import AccountRefused, Book
from desk.kiosk_book import Kiosks
from desk.rights import Role
from ivr.calendar import Calendar
from madoguchi.simulation.year import Year
from madoguchi.site import calendars_of

OPERATORS = (
    *(("101", "長野 花子"), ("102", "小林 真由美"), ("103", "宮沢 健"), ("104", "丸山 さくら")),
    *(("105", "竹内 悠斗"), ("106", "清水 美咲"), ("107", "北原 葵")),
)
PEOPLE = (
    ("sekinin", "業務責任者", Role.SUPERVISOR),
    ("kanri", "業務管理者", Role.MANAGER),
    ("shi", "市民課", Role.CITY),
)
WEEKS = 3
CALLS_A_DAY = 720
"""As many as the demonstration itself lets call (`madoguchi.demo`): the day goes on as it has begun."""
TALK_S = 118.0
PATIENCE_S = 75.0
GOOD_HOUR = timedelta(hours=10, minutes=5)
"""Of a day: when a demonstration begins that is started outside of opening hours."""
QUIET = ("call.guidance",)
"""Rows that no figure needs; the past is put in without them, so that it is there in a second or two."""


@dataclass(frozen=True, slots=True)
class Doors:
    """How to come in: the wallboard's own link, and id and password of each role."""

    wall: str
    password: str
    ids: tuple[str, ...]


def settle(home: Home) -> None:
    """Write the demonstration's settings, unless there are some."""
    if home.toml.exists():
        return
    home.path.mkdir(parents=True, exist_ok=True)
    home.toml.write_text(demo_toml(), encoding="utf-8")


def demo_toml() -> str:
    """The default with people, limits of breaks, callbacks, and the names on the reports."""
    people = "".join(f'[[operators]]\nid = "{person}"\nname = "{name}"\n\n' for person, name in OPERATORS)
    text = DEFAULT_TOML
    for was, now in (
        ("[skills] ", f"{people}[skills] "),
        ("#例 [floor.break_limits_min]", "[floor.break_limits_min]"),
        ('#例 "昼食" = 60', '"昼食" = 60'),
        ("#例 1 = 15\n", "1 = 15\n"),
        ("# enabled = false\n", "enabled = true\n"),
        ("# retry_min = 15 ", "retry_min = 1 "),
        ('#例 city = "長野市" ', 'city = "長野市" '),
        ('# wrap_up_ends = "time" ', 'wrap_up_ends = "entry" '),
    ):
        if was not in text:
            raise ValueError(f"the default settings have no {was!r} any more")
        text = text.replace(was, now, 1)
    return text


def moment(home: Home, settings: Settings, now_ms: int) -> int | None:
    """When (ms UTC) a demonstration is to begin that is not told so: None, now, while the line is open;
    else ten o'clock of the next open day after all that the journal holds.
    """
    calendar, now = calendars_of(settings)["main"], from_ms(now_ms)
    newest_ms = _newest_ms(home)
    if calendar.at(now).is_open and newest_ms <= now_ms:
        return None
    latest = max(now.astimezone(JST), from_ms(newest_ms).astimezone(JST))
    for days in range(370):
        day = latest.date() + timedelta(days=days)
        begins = datetime(day.year, day.month, day.day, tzinfo=JST) + GOOD_HOUR
        if begins >= latest and calendar.at(begins).is_open:
            return to_ms(begins)
    return None


def past(home: Home, settings: Settings, now_ms: int) -> int:
    """Put weeks of invented calls, and the day so far, before `now_ms` into a journal that has no call yet.

    Returns the number of rows; 0: there were calls already.
    """
    with closing(open_database(home=home.path)) as database:
        upgrade(database)
        if _has_calls(database):
            return 0
        journal = Journal(database)
        journal.start()
        rows = 0
        for entry in _entries(calendars_of(settings)["main"], settings.seats.count, now_ms):
            journal.write(entry)
            rows += 1
        journal.close()
    return rows


def doors(home: Home, api_token: str, desk_url: str, now_ms: int) -> Doors:
    """Make the accounts and the wall's link, if they are not there; the password is kept with the keys."""
    kept = home.path / "keys" / "demo-password"
    if not kept.exists():
        kept.write_text(random_words.token_urlsafe(9), encoding="utf-8")
        kept.chmod(0o600)
    password = kept.read_text(encoding="utf-8").strip()
    with closing(open_database(home=home.path)) as database:
        book = Book(database, "demo", now_ms)
        for person, name, role in PEOPLE:
            _person(book, person, name, role, password)
        _, token = Kiosks(database, api_token).make("デモ", 1, "demo", time.time(), now_ms)
    return Doors(f"{desk_url.rstrip('/')}/kiosk/{token}", password, tuple(person for person, _, _ in PEOPLE))


def _person(book: Book, person: str, name: str, role: Role, password: str) -> None:
    from db.people import Account

    account = Account(person, name, role.value)
    try:
        book.add(account, password)
    except AccountRefused:
        return
    book.set_password(account, password, must_change=False)


def _entries(calendar: Calendar, seats: int, now_ms: int) -> list[Entry]:
    """The same weekday of the weeks before, and the day so far."""
    today = from_ms(now_ms).astimezone(JST).date()
    made: list[Entry] = []
    number = 0
    for week in range(WEEKS, -1, -1):
        day = today - timedelta(weeks=week)
        year = Year(
            CALLS_A_DAY - 20 * week,
            day,
            day + timedelta(days=1),
            seats,
            seed=day.toordinal(),
            patience_s=PATIENCE_S,
            talk_s=TALK_S,
            number=number,
            calendar=calendar,
        )
        for played in year.days():
            made += _before(played.entries, now_ms - 60_000 if week == 0 else None)
        number += year.calls
    return made


def _before(entries: list[Entry], until_ms: int | None) -> list[Entry]:
    """The day without what is quiet; cut off at `until_ms`, nothing of it is left under way."""
    told = [entry for entry in entries if entry.kind not in QUIET]
    if until_ms is None:
        return told
    last = {entry.call: entry.at_ms for entry in told if entry.call is not None}
    kept = [
        entry
        for entry in told
        if (entry.at_ms < until_ms if entry.call is None else last[entry.call] < until_ms)
    ]
    # Everybody leaves: those whom the demonstration seats log in anew.
    states: dict[int, str] = {}
    for entry in kept:
        if entry.kind == "seat.state" and entry.seat is not None:
            states[entry.seat] = str(entry.data["to"])
    for seat, state in sorted(states.items()):
        if state != "logged_out":
            data = {"from": state, "reason": None, "to": "logged_out"}
            kept.append(Entry(until_ms, "seat.state", None, seat, f"{100 + seat}", data=data))
            kept.append(Entry(until_ms, "seat.logout", None, seat, f"{100 + seat}"))
    return kept


def _has_calls(database: Database) -> bool:
    with database.read() as connection:
        return next(journal_rows(connection, kinds=["call.received"]), None) is not None


def _newest_ms(home: Home) -> int:
    if not home.database.exists():
        return 0
    with closing(open_database(home=home.path)) as database:
        upgrade(database)
        with database.read() as connection:
            if not newest_seq(connection):
                return 0
            rows = journal_rows(connection, kinds=["system.started", "system.stopped", "call.received"])
            return max((row.entry.at_ms for row in rows), default=0)
