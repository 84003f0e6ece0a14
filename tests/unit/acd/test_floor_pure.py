"""The floor knows nobody: no clock, no chance, no network, none of our other packages."""

import ast
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

import acd
from acd.events import CallerGone, CallQueued, LogIn
from tests.unit.acd.floor_play import Play

ALLOWED = {"acd", "bisect", "collections", "dataclasses", "enum", "operator", "typing"}
FILES = sorted(Path(acd.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_file_of_the_floor_when_its_imports_are_read_then_all_are_pure(file):
    imported = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert imported <= ALLOWED


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_file_of_the_floor_when_its_calls_are_read_then_none_reaches_outside(file):
    names = {n.id for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)}
    assert not names & {"open", "print", "input", "exec", "eval", "__import__", "globals"}


def values():
    play = Play().talking()
    floor = play.floor
    yield from (floor, floor.settings, floor.seats[1], floor.callers["c1"], floor.offers["c1.1"])
    yield from (floor.call("c1"), next(iter(Play().ringing().floor.timers.values())))
    yield from play.all
    yield from (kind for kind in (CallerGone("c1"), LogIn(1, "a"), CallQueued("c1")))


@pytest.mark.parametrize("value", list(values()), ids=lambda value: type(value).__name__)
def test_given_a_value_of_the_floor_when_written_to_then_it_refuses(value):
    name = fields(value)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)
    assert not hasattr(value, "__dict__")
