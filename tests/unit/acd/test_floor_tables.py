"""docs/floor.md and docs/architecture.md say what the floor does, cell by cell."""

import re
from pathlib import Path

import pytest

import acd
from acd.events import CallerGone, Event
from acd.offer import OFFER_EVENTS, OFFER_TABLE, OfferMove
from acd.seat import SEAT_EVENTS, SEAT_TABLE, SeatMove, Standing
from acd.types import OfferState, OverflowCause, SeatState, Strategy, TimerPurpose, Toward
from tests.unit.acd.floor_check import ROWS
from tests.unit.acd.floor_doc import (
    ARCHITECTURE,
    EVENTS,
    FLOOR,
    SCENES,
    WAYS,
    blocks,
    cell,
    offer_event,
    one_seat,
    parts,
)

PARTS = {doc: parts(doc) for doc in (FLOOR, ARCHITECTURE)}


def documented() -> dict[tuple[str, str], str]:
    lines = [line.strip("| \n").split(" | ") for line in PARTS[FLOOR]["matrix"].splitlines()]
    head, rows = lines[0][1:], lines[2:]
    return {(row[0], scene): text for row in rows for scene, text in zip(head, row[1:], strict=True)}


MATRIX = documented()


def test_given_the_matrix_when_read_then_it_has_every_shown_state_and_every_event():
    assert {scene.partition(" (")[0] for scene in SCENES} == {state.value for state in SeatState}
    named = {event.partition(" ")[0] for event in EVENTS}
    assert named == {kind.__name__ for kind in Event.__args__}
    assert set(MATRIX) == {(event, scene) for event in EVENTS for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES)
def test_given_a_scene_when_made_then_the_seat_is_in_that_state(scene):
    assert SCENES[scene]().state(1) == scene.partition(" (")[0]


@pytest.mark.parametrize("event", EVENTS)
def test_given_every_seat_state_when_an_event_comes_then_what_the_matrix_says(event):
    happened = {scene: cell(scene, event) for scene in SCENES}
    assert happened == {scene: MATRIX[event, scene] for scene in SCENES}


@pytest.mark.parametrize(
    ("call", "state"), [(call, state) for call, ways in WAYS.items() for state in ways], ids=str
)
def test_given_an_offer_in_each_state_when_each_event_comes_then_refused_or_nothing_where_its_table_says(
    call, state
):
    for kind in OFFER_EVENTS:
        play = one_seat(*WAYS[call][state])
        assert play.floor.offers[f"{call}.1"].state is state
        before = play.picture()
        play(offer_event(kind, play, call))
        move = OFFER_TABLE[state][kind]
        assert play.refused() == (["out_of_turn"] if move is OfferMove.REFUSE else []), kind
        nothing = play.picture() == before and (not play.last or bool(play.refused()))
        late = (call, state, kind) == ("c1-cb", OfferState.RINGING, CallerGone)  # nobody of that name
        assert nothing == (late or move in {OfferMove.NOTHING, OfferMove.REFUSE}), kind


@pytest.mark.parametrize("doc", [FLOOR, ARCHITECTURE], ids=lambda doc: doc.name)
def test_given_the_tables_when_the_document_is_read_then_they_agree(doc):
    made = blocks(doc)
    assert {name: PARTS[doc].get(name) for name in made} == made


def test_given_the_tables_when_counted_then_complete_and_no_move_is_unused():
    assert set(OFFER_TABLE) == set(OfferState)
    assert set(SEAT_TABLE) == set(Standing)
    assert {tuple(row) for row in OFFER_TABLE.values()} == {OFFER_EVENTS}
    assert {tuple(row) for row in SEAT_TABLE.values()} == {SEAT_EVENTS}
    assert {move for row in OFFER_TABLE.values() for move in row.values()} == set(OfferMove)
    assert {move for row in SEAT_TABLE.values() for move in row.values()} == set(SeatMove)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("## Distribution", Strategy),
        ("## Timers", TimerPurpose),
        ("## Overflow", [*OverflowCause, *Toward]),
    ],
)
def test_given_a_section_of_the_document_when_its_table_is_read_then_every_word_has_its_row(section, words):
    text = FLOOR.read_text(encoding="utf-8").partition(section)[2].partition("\n## ")[0]
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = [word for cell_ in first for word in re.findall(r"`([a-z_]+)`", cell_)]
    assert named == [word.value for word in words]


def test_given_the_source_when_its_journal_rows_are_read_then_the_document_has_each_and_no_other():
    source = "".join(file.read_text(encoding="utf-8") for file in Path(acd.__file__).parent.glob("*.py"))
    kinds = set(re.findall(r"""["']((?:call|callback|offer|seat|line)\.[a-z_]+)["']""", source))
    assert kinds == set(ROWS)
