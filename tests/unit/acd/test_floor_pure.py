"""The floor knows nobody: no clock, no chance, no network, none of our other packages."""

import ast
from collections.abc import Hashable
from functools import cache
from pathlib import Path

import pytest

import acd
from acd import Floor, FloorSettings, step
from acd.commands import Command, Record, Refused
from acd.events import CallbackAsked, CallerGone, CallQueued, Event, LogIn, OfferAnswered
from acd.settings import LineSettings, NeedStep, OperatorSettings
from acd.types import Strategy
from tests.unit.acd.floor_check import picture
from tests.unit.acd.floor_play import Play


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


ALLOWED = {"acd", "bisect", "collections", "dataclasses", "enum", "fractions", "types", "typing"}
FILES = sorted(Path(acd.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_file_of_the_floor_when_its_imports_are_read_then_all_are_pure(file):
    imported = set()
    for node in nodes(file):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert imported <= ALLOWED


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_file_of_the_floor_when_its_calls_are_read_then_none_reaches_outside(file):
    names = {n.id for n in nodes(file) if isinstance(n, ast.Name)}
    assert not names & {"open", "print", "input", "exec", "eval", "__import__", "globals"}


@pytest.mark.parametrize("kind", Event.__args__, ids=lambda kind: kind.__name__)
def test_given_two_events_with_the_same_fields_when_compared_then_they_are_one_value(kind):
    fields = dict.fromkeys(kind.__slots__, 1)
    one, other = kind(**fields), kind(**fields)
    assert one is not other
    assert (one, hash(one)) == (other, hash(other))
    assert one != kind(**{**fields, kind.__slots__[-1]: 2})
    assert not hasattr(one, "__dict__")


@pytest.mark.parametrize("kind", Command.__args__, ids=lambda kind: kind.__name__)
def test_given_two_commands_with_the_same_fields_when_compared_then_they_are_one_value(kind):
    fields = dict.fromkeys(kind.__slots__, 1)
    assert kind(**fields) == kind(**fields)
    assert kind(**fields) != kind(**{**fields, kind.__slots__[-1]: 2})
    assert isinstance(kind(**fields), Hashable)
    assert not hasattr(kind(**fields), "__dict__")


def test_given_a_record_without_data_when_written_to_then_it_refuses():
    with pytest.raises(TypeError):
        Record("call.held").data["x"] = 1  # type: ignore[index]


LIFE = (
    CallQueued("c2", line="b", need="tax", caller="k"),
    CallQueued("c3", caller="k3"),
    OfferAnswered("c1.1"),
    CallerGone("c1"),
    CallerGone("c3"),
)


def rich() -> Play:
    """A floor on which every kind of thing is remembered."""
    return Play(
        seats=3,
        lines={"b": LineSettings(strategy=Strategy.RING_ALL)},
        needs={"tax": (NeedStep(0, {"tax": 2}), NeedStep(1_000, {}))},
        operators={"op-1": OperatorSettings(skills={"tax": 2})},
        keep_place_ms=1_000,
        same_operator_ms=1_000,
        fair_after_ms=9_000,
    )


@pytest.mark.parametrize("upto", range(len(LIFE)))
def test_given_a_floor_when_a_step_is_made_then_the_given_floor_stays_and_apply_does_the_same(upto):
    play = rich().talking()
    play(*LIFE[:upto])
    before = picture(play.floor)
    after, commands = step(play.floor, LIFE[upto], play.now_ms + 10)
    assert picture(play.floor) == before
    assert play.floor.now_ms == play.now_ms
    assert after.now_ms == play.now_ms + 10
    assert play(LIFE[upto]) == commands
    assert picture(play.floor) == picture(after)
    assert (after.waiting(), after.open_tickets()) == (play.floor.waiting(), play.floor.open_tickets())


def test_given_an_illegal_event_when_a_step_is_made_then_the_same_floor_comes_back():
    floor = Floor.open(FloorSettings(seats=(1,)), 5)
    event = LogIn(9, "x")
    after, commands = step(floor, event, 6)
    assert after is floor
    assert [type(command) for command in commands] == [Refused]
    assert commands[0].event is event
    assert floor.now_ms == 5


def test_given_a_copy_when_it_goes_its_own_way_then_the_floor_does_not_notice():
    play = rich().talking()
    play(*LIFE[:4])
    before = picture(play.floor)
    other = play.floor.copy()
    assert picture(other) == before
    for event in (CallQueued("c9"), CallerGone("c2"), CallerGone("c3"), LogIn(1, "op-1")):
        other.apply(event, 99_000)
    other.waits.handled(99_000, 1)
    other.waits.waited(1, 1)
    assert picture(play.floor) == before


def test_given_a_floor_that_keeps_no_journal_when_events_come_then_the_same_commands_but_no_rows():
    one, other = rich(), rich()
    other.floor.journals = False
    for play in (one, other):
        play.all.clear()
        play.talking()(*LIFE)
    assert other.all == [command for command in one.all if not isinstance(command, Record)]
    copied = other.floor.copy()
    assert not any(isinstance(command, Record) for command in copied.apply(CallQueued("c9"), 5_000))


def test_given_a_callback_when_a_copy_calls_it_then_the_floor_does_not_notice():
    play = Play(seats=1)
    play(CallQueued("c1"), CallbackAsked("c1", "key"))
    before = (play.picture(), play.floor.open_tickets())
    after, _ = step(play.floor, OfferAnswered("c1-cb.1"), 5_000)
    assert (play.picture(), play.floor.open_tickets()) == before
    assert [view.attempts for view in after.open_tickets()] == [1]


def test_given_the_same_events_at_the_same_times_when_played_twice_then_the_same_commands():
    one, other = rich().talking(), rich().talking()
    one(*LIFE)
    other(*LIFE)
    assert one.all == other.all
    assert one.picture() == other.picture()
