"""予約枠 through the API and in the settings: a full one is told with all that was typed and what is free."""

import asyncio
from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from config import Settings
from config.slots import Slots
from desk.entry_models import EntryConflict
from desk.slots import SlotDay
from tests.unit.desk.desk_rig import SETTINGS, Browser
from tests.unit.desk.test_desk_drafts import drafts, typed
from tests.unit.desk.test_desk_entries import API, VALUES, put

RULES = Slots(capacity=1, hours=("09:00-10:30",), capacity_on={"2026-12-02": 2, "2026-12-01T10:00": 0})
TUESDAY = "2026-12-01"


@pytest.fixture
def counted(browser: Browser) -> Browser:
    browser.site.controller.settings = SETTINGS.model_copy(update={"slots": RULES})
    return browser


async def book(browser: Browser, at: str, **more: object) -> tuple[int, Any]:
    body = {"ledger": "booking", "by": "101", **more}
    values = {**VALUES, "fixed": at, **body.pop("values", {})}  # type: ignore[dict-item]
    return await browser.post(f"{API}/entries", {**body, "values": values})


async def test_given_two_operators_who_take_the_last_place_then_one_has_it_and_the_other_all_he_typed(
    counted: Browser,
) -> None:
    call = await counted.site.call_in()
    await typed(counted, call, by="102")
    both = await asyncio.gather(
        book(counted, f"{TUESDAY}T09:10"), book(counted, f"{TUESDAY}T09:00", by="102", call=call)
    )
    assert sorted(status for status, _ in both) == [201, 409]
    [lost] = [answer for status, answer in both if status == 409]
    EntryConflict.model_validate(lost)
    assert (lost["error"], lost["slot"]["taken"]) == ("slot_full", 1)
    assert lost["yours"]["name"] == "ナガノ　ハナコ"
    assert [one["slot"] for one in lost["free"]][:3] == [
        f"{TUESDAY}T09:30", "2026-12-02T09:00", "2026-12-02T09:30",
    ]  # fmt: skip
    if both[1][0] == 409:
        assert len(await drafts(counted, call, by="102")) == 1
    status, entry = await book(counted, lost["free"][0]["slot"])
    assert status == 201
    status, problem = await put(
        counted, f"/entries/{entry['id']}",
        {"revision": 1, "values": {**VALUES, "fixed": f"{TUESDAY}T09:00"}, "why": "変更", "by": "101"},
    )  # fmt: skip
    assert (status, problem["error"]) == (409, "slot_full")
    status, day = await counted.get(f"{API}/slots", day=TUESDAY)
    assert status == 200
    SlotDay.model_validate(day)
    assert [(one["slot"][11:], one["free"]) for one in day["slots"]] == [
        ("09:00", 0), ("09:30", 0), ("10:00", 0),
    ]  # fmt: skip


async def test_given_a_cancellation_when_written_then_the_place_is_free_again(counted: Browser) -> None:
    _, entry = await book(counted, f"{TUESDAY}T09:00")
    assert (await book(counted, f"{TUESDAY}T09:00"))[0] == 409
    status, _ = await book(counted, f"{TUESDAY}T09:00", values={"kind": "取消"}, replaces=entry["id"])
    assert status == 201
    assert (await book(counted, f"{TUESDAY}T09:00"))[0] == 201
    status, problem = await book(counted, f"{TUESDAY}T09:30", replaces="booking-2026-999999")
    assert (status, problem["error"]) == (404, "no_such_entry")
    for wrong in (f"{TUESDAY}T08:59", f"{TUESDAY}T10:30", "2026-12-05T09:00"):
        status, problem = await book(counted, wrong)
        assert (status, problem["error"]) == (400, "bad_argument"), wrong
        assert "確定日時" in problem["message"]
    for query in ({}, {"day": "x"}, {"day": TUESDAY, "a": "b"}):
        assert (await counted.get(f"{API}/slots", **query))[0] == 400


async def test_given_no_capacity_when_times_are_written_then_nothing_is_counted(browser: Browser) -> None:
    for _ in range(3):
        assert (await book(browser, f"{TUESDAY}T03:00"))[0] == 201
    status, day = await browser.get(f"{API}/slots", day=TUESDAY)
    assert (status, day["counted"], day["slots"]) == (200, False, [])


async def test_given_places_of_their_own_when_one_is_full_then_the_other_is_not(browser: Browser) -> None:
    rules = RULES.model_copy(update={"place_field": "place"})
    browser.site.controller.settings = SETTINGS.model_copy(update={"slots": rules})
    for place, status in (("市役所", 201), ("支所", 201), ("市役所", 409)):
        assert (await book(browser, f"{TUESDAY}T09:00", values={"place": place}))[0] == status
    assert (await browser.get(f"{API}/slots", day=TUESDAY))[0] == 400
    _, day = await browser.get(f"{API}/slots", day=TUESDAY, place="本庁")
    assert [one["free"] for one in day["slots"]] == [1, 1, 0]


def test_given_slots_when_asked_for_a_moment_then_borders_are_half_open() -> None:
    assert RULES.slot_of(datetime(2026, 12, 1, 9, 29)) == datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001
    assert RULES.slot_of(datetime(2026, 12, 1, 9, 30)) == datetime(2026, 12, 1, 9, 30)  # noqa: DTZ001
    assert RULES.slot_of(datetime(2026, 12, 1, 10, 30)) is None  # noqa: DTZ001
    assert list(Slots(capacity=1, closed=(date(2026, 12, 1),)).on(date(2026, 12, 1))) == []
    assert not Slots().counts
    assert [RULES.capacity_of(slot) for slot in RULES.on(date(2026, 12, 1))] == [1, 1, 0]


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ({"hours": ["12:00-09:00"]}, "ends before it begins"),
        ({"hours": ["09:00-12:00", "11:00-13:00"]}, "overlap"),
        ({"capacity_on": {"2026-13-01": 1}}, "no day like"),
        ({"capacity": 1, "field": "name"}, "no datetime field"),
        ({"capacity": 1, "place_field": "colour"}, "no field of"),
        ({"minutes": 1}, "greater than or equal to 5"),
    ],
)
def test_given_slots_with_a_mistake_when_read_then_it_is_named(slots: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate({"slots": slots})
