"""Quieter half hours are named when the calls of four weeks show them, and not otherwise."""

from datetime import datetime, time, timedelta

import pytest

from config import to_ms
from config.clock import JST
from db import Entry, Journal, open_database, upgrade
from ivr.calendar import Calendar, CalendarRules
from reports.quieter import DAYS, quieter_half_hours

NOW = datetime(2026, 11, 24, 10, tzinfo=JST)
CALENDAR = Calendar(CalendarRules())
HALF = timedelta(minutes=30)
BUSY, QUIET = 3, 1


@pytest.fixture
def database(tmp_path):
    made = open_database(f"sqlite:///{tmp_path / 'madoguchi.db'}")
    upgrade(made)
    yield made
    made.close()


def fill(database, calls_in, *, since=NOW - timedelta(days=DAYS), until=NOW, opened=True):
    """So many calls in every half hour of the opening hours; `calls_in(time of day)` says how many."""
    journal = Journal(database)
    journal.start()
    count = 0
    for begins, ends in CALENDAR.open_intervals(since.date(), (until.date() - since.date()).days):
        at = begins
        while at < ends:
            for n in range(calls_in(at.time())):
                count += 1
                received = to_ms(at + timedelta(minutes=n))
                data = {"called": "", "called_raw": "", "withheld": None, "open": opened, "calendar": ""}
                journal.write(Entry(received, "call.received", call=f"c{count}", line="main", data=data))
            at += HALF
    assert journal.flush(20)
    journal.close()
    return count


def found(database, now=NOW, calendar=CALENDAR):
    return quieter_half_hours(database, to_ms(now), calendar)


def shape(*quiet):
    return lambda at: QUIET if at in quiet else BUSY


def test_given_two_quiet_half_hours_then_they_are_named_in_their_order(database):
    fill(database, shape(time(16, 0), time(9, 0)))
    assert found(database) == (18, 32)


def test_given_three_then_the_two_quietest(database):
    fill(database, lambda at: {time(9): 1, time(13): 0, time(15): 0}.get(at, BUSY))
    assert found(database) == (26, 30)


def test_given_one_then_one(database):
    fill(database, shape(time(9, 0)))
    assert found(database) == (18,)


def test_given_an_even_day_then_nothing_is_named(database):
    fill(database, lambda _: BUSY)
    assert found(database) == ()


def test_given_no_calls_or_few_then_nothing_is_named(database):
    assert found(database) == ()
    fill(database, shape(time(9, 0)), since=NOW - timedelta(days=4))
    assert found(database) == ()


def test_given_calls_of_long_ago_then_they_do_not_count(database):
    fill(database, shape(time(9, 0)), since=NOW - timedelta(days=60), until=NOW - timedelta(days=30))
    assert found(database) == ()


def test_given_calls_to_a_closed_line_then_they_do_not_count(database):
    fill(database, shape(time(9, 0)), opened=False)
    assert found(database) == ()


def test_given_the_half_hour_in_which_the_line_closes_then_it_is_never_named(database):
    fill(database, shape(time(17, 0)))
    assert found(database) == ()


def test_given_hours_that_are_seldom_open_then_they_are_not_named(database):
    fill(database, shape(time(9, 0)))
    sundays = Calendar(CalendarRules(weekdays=(), nth_weekdays=((2, 6),)))
    assert found(database, calendar=sundays) == ()
