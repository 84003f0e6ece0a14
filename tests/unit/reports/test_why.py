"""Why: for each decision every seat that was not offered, with its reason, from a real floor's journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import FloorSettings
from acd.events import (
    Break,
    CitizenFailed,
    HoldStarted,
    LogIn,
    LogOut,
    OfferFailed,
    OfferTo,
    OwnCallStarted,
    PhoneChanged,
    TakeOut,
)
from acd.settings import (
    CallbackSettings,
    Destination,
    LineSettings,
    NeedStep,
    OperatorSettings,
    OverflowRule,
)
from acd.types import CalloutFailure, OfferOutcome, OverflowCause, Phone, Strategy, Toward
from db import Database, Entry
from reports import call_story
from reports.why_words import TEXTS
from tests.unit.reports.floor_days import FloorDay

Store = Callable[[list[Entry]], None]
Told = Callable[[FloorDay, str], list[dict[str, Any]]]


@pytest.fixture
def told(records: Database, store: Store) -> Told:
    def why(day: FloorDay, call: str) -> list[dict[str, Any]]:
        store(day.rows)
        story = call_story(records, call)
        assert story is not None
        shown: list[dict[str, Any]] = story.to_json()["why"]
        return shown

    return why


def seats(decision: dict[str, Any]) -> dict[int, tuple[str, str]]:
    return {one["seat"]: (one["code"], one["text"]) for one in decision["seats"]}


def of(decisions: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    return [one for one in decisions if one["what"] == what]


def test_given_seats_in_every_state_when_a_call_waits_then_each_is_named_with_its_reason(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=tuple(range(1, 11)), wrap_up_ms=30_000))
    day.staff(1, 2, 3, 4, 5, 7, 8, 9)
    day.do(LogIn(6, "op6"))
    day.do(Break(4, "昼食"))
    day.do(OwnCallStarted(7))
    day.do(PhoneChanged(9, Phone.UNREACHABLE))
    for name in ("talks", "wraps", "holds", "rings"):
        day.call(name)
    offers = {seat: day.pick_up(seat) for seat in (1, 2, 3)}
    day.do(HoldStarted(offers[3]))
    day.wait(115_000)
    day.hang_up(offers[2])  # op2 was called by "wraps"
    day.wait(5_000)
    # seat 5 did not answer in time and is on break; seat 8 has "rings" now, for the second time
    day.wait(3_000)
    day.call("asked")
    (queued,) = told(day, "asked")
    shown = seats(queued)
    assert shown[1] == ("talking", "席1: 通話中 2分3秒")
    assert shown[2] == ("wrap_up", "席2: 後作業 残り22秒")
    assert shown[3] == ("hold", "席3: 保留中 2分3秒")
    assert shown[4] == ("break", "席4: 離席(昼食) 2分3秒")
    assert shown[6] == ("phone_unregistered", "席6: 電話が登録されていません")
    assert shown[7] == ("own_call", "席7: 通話中(自分の電話) 2分3秒")
    assert shown[9] == ("phone_unreachable", "席9: 電話が応答しません")
    assert shown[10] == ("logged_out", "席10: ログインしていません")
    assert set(shown) == set(range(1, 11))


def test_given_a_phone_that_rings_for_another_when_a_call_waits_then_it_is_said(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1,)))
    day.staff(1)
    day.call("first")
    day.call("second")
    (queued,) = told(day, "second")
    assert seats(queued) == {1: ("ringing", "席1: 呼出中(別の着信)")}
    assert "2番目" in queued["text"]
    assert "受付席 1" in queued["text"]


def test_given_the_longest_idle_seat_when_it_rings_then_the_others_had_been_idle_for_less(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2, 3)))
    day.staff(2, 1, 3)
    day.call("a")
    decisions = told(day, "a")
    assert [one["what"] for one in decisions] == ["queued", "offer_started"]
    assert decisions[0]["seats"] == []
    assert decisions[1]["text"] == "席2を呼び出す（待機の長い順）"
    assert seats(decisions[1]) == {
        1: ("not_first", "席1: 受付可だが待機の短い席(席2が先)"),
        3: ("not_first", "席3: 受付可だが待機の短い席(席2が先)"),
    }


def test_given_a_seat_that_failed_the_call_when_the_next_rings_then_its_cool_down_is_told(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), max_misses=5, cool_down_ms=10_000))
    day.staff(1, 2)
    day.call("a")
    day.wait(4_000)
    day.do(OfferFailed(day.rings[1], OfferOutcome.DECLINED))
    day.wait(4_000)
    day.do(OfferFailed(day.rings[2], OfferOutcome.BUSY))
    decisions = told(day, "a")
    assert decisions[2]["text"] == "席1: 拒否（呼出 4.0秒）"
    assert decisions[2]["seats"] == []
    assert seats(decisions[3]) == {1: ("cool_down", "席1: この着信に出られなかったため 残り10秒")}
    assert seats(decisions[4]) == {
        1: ("cool_down", "席1: この着信に出られなかったため 残り6秒"),
        2: ("cool_down", "席2: この着信に出られなかったため 残り10秒"),
    }


def test_given_a_miss_too_many_when_nobody_is_left_then_the_break_and_its_cause_are_told(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1,), max_misses=1))
    day.staff(1)
    day.call("a")
    day.wait(20_000)
    decisions = told(day, "a")
    assert decisions[-1]["text"] == "席1: 応答なし（呼出 20.0秒）"
    assert seats(decisions[-1]) == {1: ("break", "席1: 離席(応答なし) 0秒")}


def test_given_a_need_that_nobody_ready_meets_when_the_call_waits_then_that_is_the_reason(told: Told) -> None:
    day = FloorDay(
        FloorSettings(
            seats=(1, 2),
            needs={"english": (NeedStep(0, {"english": 1}),)},
            operators={"op2": OperatorSettings({"english": 2})},
        )
    )
    day.staff(1, 2)
    day.call("a", need="english")
    day.call("b", need="english")
    assert seats(of(told(day, "a"), "offer_started")[0]) == {
        1: ("not_eligible", "席1: この着信の条件に合いません")
    }


def test_given_a_line_that_a_seat_does_not_serve_when_waiting_then_that_is_the_reason(told: Told) -> None:
    lines = {"main": LineSettings(), "night": LineSettings()}
    operators = {"op1": OperatorSettings(lines=frozenset({"main"}))}
    day = FloorDay(FloorSettings(seats=(1,), lines=lines, operators=operators))
    day.staff(1)
    day.call("a", line="night")
    (queued,) = told(day, "a")
    assert seats(queued)[1][0] == "not_eligible"
    assert "回線 night" in queued["text"]


def test_given_ring_all_when_it_rings_then_it_is_one_decision_of_several_seats(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2, 3), strategy=Strategy.RING_ALL))
    day.staff(1, 2, 3)
    day.do(Break(3, "休憩"))
    day.call("a")
    day.wait(2_000)
    day.pick_up(2)
    decisions = told(day, "a")
    (rung,) = of(decisions, "offer_started")
    assert rung["text"] == "席1・席2を呼び出す（一斉呼出）"
    assert seats(rung) == {3: ("break", "席3: 離席(休憩) 0秒")}
    ends = [one["text"] for one in of(decisions, "offer_ended")]
    assert ends == ["席2: 応答（呼出 2.0秒）", "席1: 他の席が先に応答（呼出 2.0秒）"]
    assert all(one["seats"] == [] for one in of(decisions, "offer_ended"))
    assert of(decisions, "connected")[0]["text"] == "席2、オペレーター op2につながる（待ち時間 2秒）"


def test_given_progressive_ringing_when_the_second_round_comes_then_the_first_seat_rings_for_this(
    told: Told,
) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), strategy=Strategy.RING_PROGRESSIVELY, round_ms=5_000))
    day.staff(1, 2)
    day.call("a")
    day.wait(5_000)
    first, second = of(told(day, "a"), "offer_started")
    assert seats(first) == {2: ("next_round", "席2: 受付可だが次の回に呼び出す席(席1が先)")}
    assert seats(second) == {1: ("ringing_for_this", "席1: この着信で呼出中")}


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (Strategy.ROUND_ROBIN, "席2: 受付可だが順番で後の席(席1が先)"),
        (Strategy.LINEAR, "席2: 受付可だが席の並び順で後の席(席1が先)"),
        (Strategy.FEWEST_CALLS, "席2: 受付可だが応答の少ない順で後の席(席1が先)"),
        (Strategy.LEAST_TALK, "席2: 受付可だが通話の短い順で後の席(席1が先)"),
    ],
)
def test_given_another_strategy_when_it_rings_then_the_others_come_after_by_it(
    told: Told, strategy: Strategy, text: str
) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), strategy=strategy))
    day.staff(1, 2)
    day.call("a")
    assert seats(of(told(day, "a"), "offer_started")[0]) == {2: ("not_first", text)}


def test_given_a_citizen_who_calls_again_when_the_last_operator_is_ready_then_that_is_why(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), wrap_up_ms=0, same_operator_ms=3_600_000))
    day.staff(1, 2)
    day.call("a", caller="key")
    day.hang_up(day.pick_up(1))
    day.wait(60_000)
    day.call("b", caller="key")
    (offered,) = of(told(day, "b"), "offer_started")
    assert offered["text"] == "席1を呼び出す（待機の長い順）"
    assert seats(offered) == {2: ("same_operator", "席2: 受付可だが前に応対したオペレーターの席1を優先")}


def test_given_the_supervisor_when_he_chooses_a_seat_then_the_ready_ones_are_passed_over_by_his_word(
    told: Told,
) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2, 3)))
    day.staff(1, 2, 3)
    day.call("a")
    day.wait(1_000)
    day.do(OfferTo("a", 3))
    decisions = told(day, "a")
    assert of(decisions, "moved")[0]["text"] == "業務責任者が席を指定（1番目へ）"
    assert seats(of(decisions, "offer_started")[1]) == {
        1: ("chosen_by_supervisor", "席1: 受付可だが業務責任者が席3を指定"),
        2: ("chosen_by_supervisor", "席2: 受付可だが業務責任者が席3を指定"),
    }


def test_given_an_overflow_when_it_acts_then_the_numbers_that_it_saw_are_told(told: Told) -> None:
    rules = (
        OverflowRule(OverflowCause.QUEUE_FULL, 1, Destination(Toward.ANNOUNCE)),
        OverflowRule(OverflowCause.WAITED, 60_000, Destination(Toward.HANG_UP)),
    )
    day = FloorDay(FloorSettings(seats=(1,), lines={"main": LineSettings(overflow=rules)}))
    day.staff(1)
    day.call("talks")
    day.pick_up(1)
    day.call("first")
    day.call("second")
    day.wait(60_000)
    decisions = told(day, "second")
    full, waited = of(decisions, "overflowed")
    assert full["text"] == (
        "あふれ（待ち始め）: 待ち行列の満員（上限 1人）→ 案内して待つ。"
        "2番目、待ち 2人、受付席 1、予想待ち時間 3分、待ち時間 0秒"
    )
    assert seats(full) == {1: ("talking", "席1: 通話中 0秒")}
    assert of(decisions, "queued")[0]["seats"] == []
    assert waited["text"].startswith("あふれ（待っている間）: 待ち時間の超過（上限 1分）→ 案内して終了。")
    assert seats(waited) == {1: ("talking", "席1: 通話中 1分")}


def test_given_a_call_that_is_taken_out_when_told_then_by_whom_and_why(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1,)))
    day.call("a")
    day.wait(1_000)
    day.do(TakeOut("a", "いたずら"))
    day.end_all()
    decisions = told(day, "a")
    assert [one["text"] for one in decisions[1:]] == [
        "業務責任者が列から外す（いたずら）",
        "着信の終わり: 取下げ",
    ]


def test_given_a_callback_when_it_is_made_then_the_citizens_call_tells_it_to_its_end(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), callback=CallbackSettings(attempts=2, retry_ms=600_000)))
    day.call("a", caller="key")
    day.wait(5_000)
    day.ask_callback("a", "key")
    day.end_all()
    day.staff(2, 1)
    offer = day.pick_up(2)
    day.wait(7_000)
    day.citizen_picks_up(offer)
    day.wait(60_000)
    day.hang_up(offer)
    decisions = told(day, "a")
    assert [one["what"] for one in decisions] == [
        *("queued", "callback_asked", "ended", "callback_offered", "callback_calling"),
        *("callback_offer_ended", "callback_connected", "callback_talk_ended", "callback_closed"),
    ]
    assert decisions[3]["text"] == "折り返し: 席2を呼び出す（待機の長い順）"
    assert decisions[4]["text"] == "折り返し: 申込者を呼び出す（1回目）"
    assert decisions[-1]["text"] == "折り返しの終わり: つながった"


def test_given_who_is_not_waiting_any_more_when_offers_end_then_no_seat_is_asked_for_a_reason(
    told: Told,
) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), callback=CallbackSettings(attempts=2, retry_ms=600_000)))
    day.staff(1)
    day.call("a", caller="key")
    day.ask_callback("a", "key")
    day.end_all()
    offer = day.pick_up(1)
    day.wait(2_000)
    day.do(CitizenFailed(offer, CalloutFailure.BUSY))
    decisions = told(day, "a")
    assert of(decisions, "offer_ended")[0]["seats"] == []
    assert of(decisions, "callback_failed")[0]["text"] == "折り返し: つながらない（話中、10分後に再び）"
    assert of(decisions, "callback_offer_ended")[0]["seats"] == []
    assert seats(of(decisions, "callback_offered")[0])[2][0] == "logged_out"


def test_given_a_callbacks_id_when_asked_then_the_story_is_that_of_its_call(
    records: Database, store: Store
) -> None:
    day = FloorDay(FloorSettings(seats=(1,)))
    day.call("a", caller="key")
    day.ask_callback("a", "key")
    store(day.rows)
    story = call_story(records, "a-cb")
    assert story is not None
    assert story.line.facts.call == "a"
    assert call_story(records, "b-cb") is None


def test_given_a_seat_on_a_callback_when_a_call_waits_then_it_is_said(told: Told) -> None:
    day = FloorDay(FloorSettings(seats=(1,)))
    day.call("a", caller="key")
    day.ask_callback("a", "key")
    day.staff(1)
    day.call("b")
    offer = day.pick_up(1)
    day.wait(5_000)
    day.call("c")
    day.citizen_picks_up(offer)
    day.wait(3_000)
    day.call("d")
    assert seats(told(day, "b")[0])[1] == ("ringing", "席1: 呼出中(折り返し)")


def test_given_a_seat_that_has_not_changed_for_hours_when_asked_then_its_state_is_still_known(
    told: Told,
) -> None:
    day = FloorDay(FloorSettings(seats=(1, 2, 3)))
    day.staff(1, 2)
    day.do(Break(1, "研修"))
    day.wait(3 * 3_600_000 + 5 * 60_000)
    day.do(LogOut(2))
    day.call("a")
    assert seats(told(day, "a")[0]) == {
        1: ("break", "席1: 離席(研修) 3時間5分"),
        2: ("logged_out", "席2: ログインしていません"),
        3: ("logged_out", "席3: ログインしていません"),
    }


def test_given_an_earlier_run_when_another_controller_decides_then_only_its_own_rows_count(
    records: Database, store: Store
) -> None:
    first = FloorDay(FloorSettings(seats=(1, 2)))
    first.staff(1, 2)
    store(first.rows)
    second = FloorDay(FloorSettings(seats=(1, 2)), start_ms=first.now_ms + 1_000)
    second.staff(2)
    second.do(Break(2, "休憩"))
    second.call("a")
    store(second.rows)
    story = call_story(records, "a")
    assert story is not None
    assert {one.seat: one.code for one in story.why[0].seats} == {1: "logged_out", 2: "break"}


def test_given_a_busy_day_when_one_call_is_asked_then_the_answer_is_quick(
    records: Database, store: Store
) -> None:
    day = FloorDay(FloorSettings(seats=tuple(range(1, 8)), wrap_up_ms=5_000))
    day.staff(*range(1, 8))
    for n in range(3_000):
        day.call(f"c{n}")
        seat = next(number for number, offer in day.rings.items() if offer == f"c{n}.1")
        offer = day.pick_up(seat)
        day.wait(9_000)
        day.hang_up(offer)
        day.end(f"c{n}")
    store(day.rows)
    began_s = time.perf_counter()
    story = call_story(records, "c2500")
    took_s = time.perf_counter() - began_s
    assert story is not None
    assert len(story.why[1].seats) == 6
    assert took_s < 0.5, f"{took_s:.3f} s"


_KEYS = (
    *("position", "predicted_ms", "staffed", "line", "need", "priority", "strategy", "outcome", "ring_ms"),
    *("cause", "toward", "target", "stage", "limit", "waiting", "waited_ms", "why", "minutes", "wait_ms"),
    *("by", "reason", "merged", "ticket", "attempt", "due_ms", "state"),
)
_VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()))


@given(st.sampled_from(sorted(TEXTS)), st.dictionaries(st.sampled_from(_KEYS), _VALUES))
def test_given_any_data_when_told_then_there_is_a_sentence(kind: str, data: dict[str, object]) -> None:
    assert TEXTS[kind]([Entry(0, kind, call="a", data=data)])
