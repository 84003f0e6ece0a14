"""席の配置 and 勤務実態: the seats' states, cut at half-open borders, each part where it passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain, pairwise

from hypothesis import given
from hypothesis import strategies as st

from acd import FloorSettings
from acd.events import Break, LogOut, Ready
from config.calendar import Calendar as CalendarSettings
from config.report import Report
from db import Database, Entry, SeatFold
from db.seat_slots import SLOT_MS, STATES, Span
from ivr.calendar import Calendar, rules_of
from reports import Rules, day_report, month_report
from reports.period import HALF_HOUR_MS, day_period, month_period
from reports.seat_time import spans_of
from reports.staffed import Staffed, staffed_of
from reports.work import work_of
from tests.unit.reports.days import at
from tests.unit.reports.floor_days import FloorDay

Store = Callable[[list[Entry]], None]
LATER = at("2026-12-24T12:00:00")
DAY = 86_400_000


def told(seat: int, state: str, from_ms: int, to_ms: int, reason: str | None = None) -> list[Entry]:
    came = {"from": "logged_out", "to": state, "reason": reason}
    return [
        Entry(from_ms, "seat.state", seat=seat, operator=f"op{seat}", data=came),
        Entry(to_ms, "seat.state", seat=seat, data={"from": state, "to": "logged_out"}),
    ]


def span(seat: int, state: str, begin: str, end: str, reason: str | None = None) -> list[Entry]:
    return told(seat, state, at(begin), at(end), reason)


def spans(rows: Iterable[Entry], from_ms: int = 0, to_ms: int = 2**42) -> list[Span]:
    fold = SeatFold()
    for row in rows:
        fold.add(row)
    return spans_of(fold.slots.values(), from_ms, to_ms, min(to_ms, LATER))


def state(seat: int, moment: str, to: str, *, before: str = "ready", reason: str | None = None) -> Entry:
    data = {"from": before, "to": to, "reason": reason}
    return Entry(at(moment), "seat.state", seat=seat, operator=f"op{seat}", data=data)


def staffed(rows: list[list[Entry]], opens: str, closes: str, required: int = 2, seats: int = 2) -> Staffed:
    return staffed_of(spans(chain(*rows)), [(at(opens), at(closes))], required, range(1, seats + 1))


def test_given_a_talk_over_midnight_when_worked_then_each_day_has_its_part() -> None:
    work = work_of(spans(span(1, "talking", "2026-11-30T23:50:00", "2026-12-01T00:20:00")), {"op1": "長野"})
    assert [(day.day.isoformat(), day.worked.states["talking"]) for day in work.days] == [
        ("2026-11-30", 600_000),
        ("2026-12-01", 1_200_000),
    ]
    assert work.days[0].to_json()["stays"] == [
        {"seat": 1, "from": "2026-11-30T23:50:00+09:00", "to": "2026-12-01T00:00:00+09:00"}
    ]


def test_given_a_talk_over_the_months_end_when_reported_then_each_month_has_its_part(
    records: Database, store: Store
) -> None:
    store(
        [
            Entry(at("2026-11-30T23:00:00"), "seat.login", seat=1, operator="op1"),
            state(1, "2026-11-30T23:00:00", "ready", before="logged_out"),
            state(1, "2026-11-30T23:45:00", "talking"),
            state(1, "2026-12-01T00:05:00", "wrap_up", before="talking"),
            state(1, "2026-12-01T00:06:00", "ready", before="wrap_up"),
            state(1, "2026-12-01T01:00:00", "logged_out"),
            Entry(at("2026-12-01T01:00:00"), "seat.logout", seat=1, operator="op1"),
        ]
    )
    november, december = (month_report(records, month, LATER).to_json() for month in ("2026-11", "2026-12"))
    (mine,) = november["work"]["operators"]
    assert (mine["logged_in_s"], mine["states_s"]["talking"], mine["states_s"]["ready"]) == (3600, 900, 2700)
    (mine,) = december["work"]["operators"]
    assert (mine["logged_in_s"], mine["states_s"]["talking"], mine["states_s"]["wrap_up"]) == (3600, 300, 60)
    assert mine["occupancy"] == round(360 / (360 + 3240), 4)
    assert mine["utilisation"] == 1.0


def test_given_a_talk_over_a_quarter_past_five_when_staffing_is_measured_then_only_the_open_part_counts() -> (
    None
):
    found = staffed(
        [
            span(1, "talking", "2026-11-20T17:00:00", "2026-11-20T17:40:00"),
            span(2, "ready", "2026-11-20T17:00:00", "2026-11-20T17:14:59"),
        ],
        "2026-11-20T17:00:00",
        "2026-11-20T17:15:00",
    )
    (slot,) = found.slots
    assert (slot.open_ms, slot.seat_ms, slot.least) == (900_000, 900_000 + 899_000, 1)
    (below,) = found.below
    assert (below.from_ms, below.to_ms) == (at("2026-11-20T17:14:59"), at("2026-11-20T17:15:00"))


def test_given_a_state_that_ends_on_a_half_hour_when_measured_then_it_is_in_the_one_before_only() -> None:
    found = staffed(
        [
            span(1, "ready", "2026-11-20T08:30:00", "2026-11-20T09:30:00"),
            span(2, "ready", "2026-11-20T08:30:00", "2026-11-20T09:00:00"),
        ],
        "2026-11-20T08:30:00",
        "2026-11-20T09:30:00",
    )
    assert [(slot.seat_ms, slot.least, slot.below_ms) for slot in found.slots] == [
        (2 * HALF_HOUR_MS, 2, 0),
        (HALF_HOUR_MS, 1, HALF_HOUR_MS),
    ]


def test_given_too_few_seats_when_measured_then_every_stretch_is_listed_with_who_was_missing() -> None:
    found = staffed(
        [
            span(1, "ready", "2026-11-20T08:30:00", "2026-11-20T12:00:00"),
            span(2, "ready", "2026-11-20T08:32:00", "2026-11-20T10:00:00"),
            span(2, "break", "2026-11-20T10:00:00", "2026-11-20T10:15:00", "昼食"),
            span(2, "talking", "2026-11-20T10:15:00", "2026-11-20T11:00:00"),
            span(2, "unreachable", "2026-11-20T11:00:00", "2026-11-20T11:00:30"),
            span(2, "ready", "2026-11-20T11:00:30", "2026-11-20T12:00:00"),
        ],
        "2026-11-20T08:30:00",
        "2026-11-20T12:00:00",
    )
    assert [(one.length_ms, one.least, one.why) for one in found.below] == [
        (120_000, 1, "席2 ログアウト"),
        (900_000, 1, "席2 離席(昼食)"),
        (30_000, 1, "席2 未登録"),
    ]
    assert found.below_ms == 1_050_000
    assert found.full_rate == 1 - 1_050_000 / 12_600_000


def test_given_breaks_that_count_when_measured_then_they_are_staffed() -> None:
    there = spans(span(1, "break", "2026-11-20T08:30:00", "2026-11-20T09:00:00", "昼食"))
    opens = [(at("2026-11-20T08:30:00"), at("2026-11-20T09:00:00"))]
    assert staffed_of(there, opens, 1, [1], with_breaks=True).below == ()
    assert staffed_of(there, opens, 1, [1]).below_ms == HALF_HOUR_MS


def test_given_a_controller_that_fell_when_folded_then_what_was_under_way_ends_with_its_last_row() -> None:
    rows = [
        Entry(at("2026-11-20T08:30:00"), "seat.login", seat=1, operator="op1"),
        state(1, "2026-11-20T08:30:00", "ready", before="logged_out"),
        state(2, "2026-11-20T09:00:00", "ready", before="logged_out"),
        Entry(at("2026-11-20T10:00:00"), "system.started"),
        Entry(at("2026-11-20T10:01:00"), "seat.login", seat=1, operator="op1"),
        state(1, "2026-11-20T10:01:00", "ready", before="logged_out"),
    ]
    days = work_of(spans(rows, *_day("2026-11-20")), {}).days
    assert next(day.stays for day in days if day.operator == "op1") == [
        (1, at("2026-11-20T08:30:00"), at("2026-11-20T09:00:00")),
        (1, at("2026-11-20T10:01:00"), at("2026-11-21T00:00:00")),
    ]


def test_given_a_break_that_nobody_ends_when_folded_then_every_day_has_it_but_not_for_ever() -> None:
    rows = [state(1, "2026-10-20T09:00:00", "break", reason="会議")]
    for day in ("2026-10-21", "2026-11-19"):
        (worked,) = work_of(spans(rows, *_day(day)), {}).days
        assert (worked.worked.breaks, worked.stays) == ({"会議": DAY}, [(1, *_day(day))])
    # 31 days after its last row nobody believes it any more.
    assert spans(rows, *_day("2026-11-21")) == []


def test_given_two_runs_at_the_same_time_of_the_clock_when_folded_then_none_is_charged_twice() -> None:
    rows = [
        Entry(at("2026-11-20T08:30:00"), "system.started"),
        state(1, "2026-11-20T08:31:00", "ready", before="logged_out"),
        state(1, "2026-11-20T08:40:00", "ringing"),
        Entry(at("2026-11-20T08:30:00"), "system.started"),
        state(1, "2026-11-20T08:35:00", "ready", before="logged_out"),
        state(1, "2026-11-20T08:45:00", "logged_out"),
    ]
    (one,) = work_of(spans(rows, *_day("2026-11-20")), {}).days
    assert one.worked.states["ready"] == 540_000 + 300_000
    assert one.worked.logged_in_ms == one.worked.states["ready"]


def test_given_the_real_floor_when_a_day_is_worked_then_states_add_up_to_the_stay(
    records: Database, store: Store
) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), wrap_up_ms=10_000))
    day.staff(1, 2)
    day.call("a", caller="key")
    day.wait(4_000)
    offer = day.pick_up(1)
    day.wait(60_000)
    day.hang_up(offer)
    day.wait(20_000)
    day.do(Break(2, "昼食"))
    day.wait(600_000)
    day.do(Ready(2))
    day.wait(60_000)
    day.do(LogOut(1))
    day.do(LogOut(2))
    day.end_all()
    store(day.rows)
    calendar = Calendar(rules_of(CalendarSettings()))
    rules = Rules(Report(staffed_seats=2), {"op1": "長野 花子"}, {}, (1, 2), calendar)
    report = day_report(records, "2026-11-20", LATER, rules)
    shown = report.to_json()
    one, two = shown["work"]["operators"]
    assert one["states_s"] | {"ready": 0} == {
        **dict.fromkeys(one["states_s"], 0),
        "ringing": 4.0,
        "talking": 60.0,
        "wrap_up": 10.0,
    }
    assert (one["name"], two["breaks_s"]) == ("長野 花子", {"昼食": 600.0})
    for mine in shown["work"]["days"]:
        stay = mine["stays"][0]
        assert sum(mine["states_s"].values()) == mine["logged_in_s"] > 0
        assert stay["seat"] == int(mine["operator"][-1])
    assert shown["staffed"]["required"] == 2
    assert any(
        missing["why"] == "離席(昼食)" and missing["seconds"] == 600.0
        for below in shown["staffed"]["below"]
        for missing in below["missing"]
    )
    for words in ("席の配置（基準 2席）", "離席(昼食)", "長野 花子", "占有率"):
        assert words in report.to_html()


def test_given_open_hours_when_a_month_is_reported_then_only_they_are_measured(records: Database) -> None:
    rules = Rules(calendar=Calendar(rules_of(CalendarSettings())), seats=tuple(range(1, 8)))
    shown = month_report(records, "2026-11", LATER, rules).to_json()["staffed"]
    # 18 weekdays less two holidays, and the second Sunday: each from 8:30 to before 17:15.
    opened = rules.open_hours(month_period("2026-11"), LATER)
    assert shown["open_s"] == len(opened) * 31_500 == sum(b - a for a, b in opened) / 1000
    assert shown["below_s"] == shown["open_s"]
    assert shown["half_hours"][17]["from"] == "2026-11-02T17:00:00+09:00"
    assert shown["half_hours"][17]["open_s"] == 900


def test_given_a_day_that_runs_when_reported_then_the_time_to_come_is_not_understaffed(
    records: Database,
) -> None:
    rules = Rules(calendar=Calendar(rules_of(CalendarSettings())), seats=(1,))
    shown = day_report(records, "2026-11-20", at("2026-11-20T09:00:00"), rules).to_json()["staffed"]
    assert shown["open_s"] == 1800


Stay = tuple[int, str, int, int]


@st.composite
def some_stays(draw: st.DrawFn) -> list[Stay]:
    made: list[Stay] = []
    for seat in (1, 2, 3):
        moment = at("2026-11-20T08:00:00")
        for _ in range(draw(st.integers(0, 6))):
            moment += draw(st.integers(0, 3_000_000))
            end = moment + draw(st.integers(1, 4_000_000))
            made.append((seat, draw(st.sampled_from(STATES)), moment, end))
            moment = end
    return made


def rows_of(stays: list[Stay]) -> list[Entry]:
    # As they are written: who leaves does so before the next one comes.
    return sorted((row for stay in stays for row in told(*stay)), key=lambda row: row.at_ms)


@given(stays=some_stays())
def test_given_any_stays_when_measured_then_it_is_what_counting_each_second_would_give(
    stays: list[Stay],
) -> None:
    opens, closes = at("2026-11-20T08:30:00"), at("2026-11-20T11:15:00")
    found = staffed_of(spans(rows_of(stays)), [(opens, closes)], 2, (1, 2, 3))
    borders = sorted({opens, closes, *(t for stay in stays for t in stay[2:] if opens < t < closes)})
    seat_ms = below_ms = 0
    for first, last in pairwise(borders):
        count = sum(
            from_ms <= first < to_ms and state not in ("break", "unreachable")
            for _, state, from_ms, to_ms in stays
        )
        seat_ms += count * (last - first)
        below_ms += (last - first) * (count < 2)
    assert sum(slot.seat_ms for slot in found.slots) == seat_ms
    assert sum(slot.open_ms for slot in found.slots) == closes - opens
    assert found.below_ms == below_ms == sum(one.length_ms for one in found.below)
    assert all(one.to_ms < two.from_ms for one, two in pairwise(found.below))


@given(stays=some_stays())
def test_given_any_stays_when_folded_then_no_time_is_lost_and_no_span_crosses_a_border(
    stays: list[Stay],
) -> None:
    by_state: Counter[str] = Counter()
    for one in spans(rows_of(stays)):
        by_state.update(one.states)
        assert sum(one.states.values()) == one.to_ms - one.from_ms > 0
        assert one.from_ms // SLOT_MS == (one.to_ms - 1) // SLOT_MS
    expected: Counter[str] = Counter()
    for _, kind, from_ms, to_ms in stays:
        expected[kind] += to_ms - from_ms
    assert by_state == expected


def _day(text: str) -> tuple[int, int]:
    period = day_period(text)
    return period.from_ms, period.to_ms
