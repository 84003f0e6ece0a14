"""What went wrong in other distributors, each with the number of its report: here it must not."""

import pytest

from acd.commands import CallSettled, CancelRing, Connect, Record, ReleaseSeat, Ring
from acd.events import (
    Break,
    CallbackAsked,
    CallerGone,
    CallQueued,
    EndWrapUp,
    HoldStarted,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
    SeatLegGone,
    TalkRecovered,
    TimerFired,
)
from acd.settings import Destination, LineSettings, MissRule, OverflowRule
from acd.types import CancelCause, OfferOutcome, Outcome, OverflowCause, Phone, Strategy, Toward
from tests.unit.acd.floor_play import Play

ALL = {"strategy": Strategy.RING_ALL}


def settled(play: Play) -> list[tuple[str, str]]:
    return [(c.call, c.outcome.value) for c in play.all if isinstance(c, CallSettled)]


def rows(play: Play, kind: str) -> list[Record]:
    return play.recorded(kind, "all")


@pytest.mark.parametrize(("first", "second"), [("c1.1", "c1.2"), ("c1.2", "c1.1")])
def test_asterisk_176_given_ring_all_when_two_answer_at_once_then_one_is_connected_the_other_ready(
    first, second
):
    """asterisk#176: two agents answer at once, both are acknowledged."""
    play = Play(seats=2, **ALL).ringing()
    play(OfferAnswered(first), OfferAnswered(second), at=5_000)
    assert play.of(Connect) == [Connect("c1", first)]
    assert play.of(CancelRing) == [CancelRing(second, CancelCause.LOST_RACE)]
    loser = int(second[-1])
    assert (play.state(loser), play.misses(loser), play.floor.seat(loser).answered) == ("ready", {}, 0)
    play(Joined(first), CallerGone("c1"))
    assert play.state(loser) == "ready", "no wrap-up"
    assert [row.offer for row in rows(play, "offer.ended") if row.data["outcome"] == "answered"] == [first]


def test_asterisk_1557_given_ring_all_when_the_answer_drops_before_the_bridge_then_the_others_ring_on():
    """asterisk#1557: all others are dropped and a new round begins."""
    play = Play(seats=3, **ALL)
    play(CallQueued("c1"), at=5_000)
    play(CallQueued("c2"), at=6_000)
    play(OfferAnswered("c1.1"), at=7_000)
    play(SeatLegGone("c1.1"), at=7_500)
    assert play.of(CancelRing) == []
    assert play.floor.call("c1").position == 1
    assert play.rings() == [("c2", 1)], "who has dropped is free for the next"
    play(OfferAnswered("c1.2"), at=8_000)
    play(Joined("c1.2"), at=8_100)
    assert play.recorded("call.connected")[0].data["wait_ms"] == 3_100


def test_asterisk_1557_given_one_phone_when_the_answer_drops_then_re_offered_in_the_same_step():
    """asterisk#1557, one phone at a time: the place is kept and the wait goes on."""
    play = Play(seats=2).connecting()
    play(CallQueued("c2"), SeatLegGone("c1.1"))
    assert play.rings()[0] == ("c2", 2)
    assert play.order() == ["c1", "c2"]
    play(OfferFailed("c2.1", OfferOutcome.DECLINED))
    assert play.rings() == [("c1", 2), ("c2", 1)]


@pytest.mark.parametrize(
    "end",
    [
        (CallerGone("c1"),),
        (SeatLegGone("c1.1"),),
        (HoldStarted("c1.1"), CallerGone("c1")),
        (HoldStarted("c1.1"), SeatLegGone("c1.1")),
        (OwnCallStarted(1), SeatLegGone("c1.1"), OwnCallEnded(1)),
    ],
)
def test_asterisk_607_given_a_talk_when_it_ends_in_any_way_then_wrap_up_follows(end):
    """asterisk#607: an attended transfer resets lastcall, and the wrap-up is lost."""
    play = Play(seats=1, wrap_up_ms=30_000).talking()
    play(*end, CallQueued("c2"))
    assert (play.state(1), play.rings()) == ("wrap_up", [])
    assert len(rows(play, "seat.wrap_up")) == 1
    play.until(play.now_ms + 30_000)
    assert play.rings() == [("c2", 1)]


def test_asterisk_1736_given_calls_that_end_in_every_way_when_counted_then_received_is_the_sum_of_outcomes():
    """asterisk#1736: calls are counted twice under load. Conservation at every step."""
    full = OverflowRule(OverflowCause.QUEUE_FULL, 2, Destination(Toward.HANG_UP))
    play = Play(seats=1, wrap_up_ms=0, lines={"main": LineSettings(overflow=(full,))})
    for n in range(40):
        play(CallQueued(f"c{n}", caller=f"k{n}"))
        if n % 3 == 0:
            offer = next(iter(play.floor.offers), None)
            if offer:
                play(OfferAnswered(offer), OfferAnswered(offer), Joined(offer), Joined(offer))
        if n % 4 == 0:
            call = list(play.floor.callers)[-(n // 4 % 2)]
            play(CallerGone(call), CallerGone(call))
        if n % 7 == 0 and play.order() and not play.order()[-1].endswith("-cb"):
            play(CallbackAsked(play.order()[-1], "one number"))
        on_floor = {c for c, caller in play.floor.callers.items() if caller.ticket is None}
        ended = [call for call, _ in settled(play)]
        assert len(ended) == len(set(ended))
        assert len(ended) + len(on_floor) == n + 1
        assert not on_floor & set(ended)
    assert len({outcome for _, outcome in settled(play)}) == 4
    answered = {call for call, outcome in settled(play) if outcome == "answered"}
    connected = [row.call for row in rows(play, "call.connected")]
    assert len(connected) == len(set(connected))
    assert answered <= set(connected)


def test_asterisk_313_given_two_simultaneous_answers_when_written_then_one_row_of_an_answer_a_call():
    """asterisk#313: queue_log is wrong with two simultaneous answers."""
    play = Play(seats=3, **ALL).ringing()
    play(OfferAnswered("c1.1"), OfferAnswered("c1.2"), OfferAnswered("c1.3"), Joined("c1.1"), Joined("c1.1"))
    assert [row.call for row in rows(play, "call.connected")] == ["c1"]
    outcomes = [row.data["outcome"] for row in rows(play, "offer.ended")]
    assert sorted(outcomes) == ["answered", "lost_race", "lost_race"]


def test_freeswitch_1973_given_a_talk_when_either_side_is_found_gone_then_no_seat_is_left_answered():
    """freeswitch#1973: a member is stuck "Answered" hours later. Every end of a leg ends the talk, once."""
    for event in (CallerGone("c1"), SeatLegGone("c1.1")):
        play = Play(seats=1, wrap_up_ms=0).talking()
        play(event)
        assert play.state(1) == "ready"
        assert play(CallerGone("c1"), SeatLegGone("c1.1")) == ()
        assert settled(play) == [("c1", "answered")]


def test_freeswitch_1973_given_a_talk_recovered_whose_leg_has_gone_when_told_then_the_seat_is_free():
    """freeswitch#1973, after a restart: what the sweep finds gone is told, and that ends it."""
    play = Play(seats=1, logged_in=False, wrap_up_ms=0)
    play(PhoneChanged(1, Phone.REGISTERED), TalkRecovered("c1", "c1.1", 1, "op-1", 500, 100))
    play(SeatLegGone("c1.1"))
    assert (play.state(1), settled(play)) == ("ready", [("c1", "answered")])


def test_freeswitch_2529_given_a_phone_being_rung_when_the_caller_hangs_up_then_cancelled_and_no_zombie():
    """freeswitch#2529: the caller hangs up while the agent's leg is made; the agent answers into silence."""
    play = Play(seats=1).ringing()
    assert play(CallerGone("c1"))[0] == CancelRing("c1.1", CancelCause.CALLER_GONE)
    assert play(OfferAnswered("c1.1")) == (CancelRing("c1.1", CancelCause.CALLER_GONE),)
    assert play.state(1) == "ready"
    play = Play(seats=1).connecting()
    assert play(CallerGone("c1"))[0] == ReleaseSeat("c1.1")
    assert play.state(1) == "ready"


@pytest.mark.parametrize("strategy", Strategy)
def test_freeswitch_2540_given_reserved_seats_when_the_world_is_silent_then_each_is_free_by_its_deadline(
    strategy,
):
    """freeswitch#2540: agents are stuck "Reserved" in ring-all."""
    play = Play(seats=3, strategy=strategy, ring_time_ms=20_000, max_misses=99, cool_down_ms=10**9)
    play(CallQueued("c1"), CallQueued("c2"), at=5_000)
    play(OfferAnswered("c1.1"), at=24_000)
    for at in range(24_000, 120_000, 1_000):
        play.until(at)
        for offer in play.floor.offers.values():
            since_ms = offer.started_ms if offer.answered_ms is None else offer.answered_ms
            assert at - since_ms <= 20_000 + 2_000
    assert not play.floor.offers
    assert [play.state(n) for n in (1, 2, 3)] == ["ready"] * 3


@pytest.mark.parametrize(
    "away",
    [
        (PhoneChanged(1, Phone.UNREACHABLE),),
        (PhoneChanged(1, Phone.UNREGISTERED),),
        (Break(1, "x"),),
        (LogOut(1),),
        (OwnCallStarted(1),),
        (CallQueued("c0"), OfferAnswered("c0.1"), Joined("c0.1")),
        (CallQueued("c0"),),
    ],
)
def test_freeswitch_pr1221_given_one_unavailable_operator_when_calls_come_then_the_others_take_them(away):
    """freeswitch PR#1221, #1216: one unavailable agent stalls the whole distribution."""
    play = Play(seats=3)
    play(*away)
    play(CallQueued("c1"), CallQueued("c2"))
    assert play.rings() == [("c1", 2), ("c2", 3)]


def test_freeswitch_1062_1641_given_any_event_when_it_has_been_seen_then_no_ready_seat_and_caller_coexist():
    """freeswitch#1062, #1641: the dispatching thread dies, calls wait for ever."""
    events = (
        Ready(1),
        EndWrapUp(1),
        PhoneChanged(1, Phone.REGISTERED),
        OwnCallEnded(1),
        LogIn(1, "op-1"),
        TimerFired("wrap_up:c0.1@1"),
    )
    away = (
        (Break(1, "x"),),
        (CallQueued("c0"), OfferAnswered("c0.1"), Joined("c0.1"), CallerGone("c0")),
        (PhoneChanged(1, Phone.UNREACHABLE),),
        (OwnCallStarted(1),),
        (LogOut(1),),
        (CallQueued("c0"), OfferAnswered("c0.1"), Joined("c0.1"), CallerGone("c0")),
    )
    for before, event in zip(away, events, strict=True):
        play = Play(seats=1)
        play(*before, CallQueued("c1"))
        assert play.rings()[-1:] != [("c1", 1)]
        play(event)
        assert play.of(Ring)[-1].call == "c1", event


def test_freeswitch_1641_given_an_illegal_event_when_it_comes_then_the_next_is_dispatched_as_ever():
    """freeswitch#1641: an error in the dispatcher must not end it."""
    play = Play(seats=1)
    play(LogIn(9, "x"), Joined("c9.1"), JoinFailed("c1.1"), TimerFired("?"), EndWrapUp(1))
    play(CallQueued("c1"))
    assert play.rings() == [("c1", 1)]


@pytest.mark.parametrize("way", ["ringing", "connecting", "talking"])
def test_opensips_3123_given_a_busy_seat_when_its_leg_is_destroyed_then_it_is_never_locked_in_call(way):
    """opensips#3123: an agent is locked for ever in "incall"."""
    play = getattr(Play(seats=1, wrap_up_ms=0), way)()
    play(SeatLegGone("c1.1"))
    assert play.state(1) == "ready"
    play(CallerGone("c1"), CallQueued("c2"))
    assert play.rings() == [("c2", 1)]


def test_kazoo_pr2689_given_a_ringing_seat_when_its_operator_makes_a_call_then_withdrawn_busy_and_back():
    """kazoo PR#2689: an agent falls out of state by a call that is not of the queue while ringing."""
    play = Play(seats=2).ringing()
    play(OwnCallStarted(1))
    assert play.last[0] == CancelRing("c1.1", CancelCause.WITHDRAWN)
    assert play.rings() == [("c1", 2)]
    assert (play.state(1), play.floor.seat(1).reason, play.misses(1)) == ("talking", "own_call", {})
    play(OwnCallEnded(1), CallQueued("c2"))
    assert play.rings() == [("c2", 1)]


@pytest.mark.parametrize("way", ["waiting", "ringing", "connecting"])
def test_fusionpbx_1043_given_an_abandoned_call_when_it_is_over_then_nothing_of_it_remains(way):
    """fusionpbx#1043: rows of abandoned calls stay for 900 s."""
    play = Play(seats=1, fair_after_ms=60_000)
    if way == "waiting":
        play(Break(1, "x"), CallQueued("c1"))
    else:
        getattr(play, way)()
    play(CallerGone("c1"))
    floor = play.floor
    assert [*floor.timers, *floor.callers, *floor.offers, *floor.rounds, *floor.queue.groups] == []
    assert not floor.queue.ringing
    assert floor.waiting() == ()
    assert settled(play) == [("c1", "abandoned")]


def test_mikopbx_1084_given_ring_all_when_losing_legs_end_then_the_answering_one_is_not_closed_by_them():
    """mikopbx#1084: the row of the answering agent is closed by a losing leg, the recording lost."""
    play = Play(seats=3, **ALL).ringing()
    play(OfferAnswered("c1.2"), Joined("c1.2"))
    before = play.picture()
    for offer in ("c1.1", "c1.3"):
        assert play(OfferFailed(offer, OfferOutcome.LOST_RACE), SeatLegGone(offer)) == ()
    assert play.picture() == before
    assert play.floor.call("c1").offer == "c1.2"
    assert play.state(2) == "talking"
    ended = {row.offer: row.data["outcome"] for row in rows(play, "offer.ended")}
    assert ended == {"c1.1": "lost_race", "c1.2": "answered", "c1.3": "lost_race"}


# What users of other systems complain of


def test_asterisk_1006_given_many_lines_when_in_wrap_up_then_no_line_ends_it_early():
    """asterisk#1006: a wrap-up of 30 s ends early with six queues."""
    play = Play(seats=1, wrap_up_ms=30_000, lines={f"l{n}": LineSettings() for n in range(6)}).talking()
    play(CallerGone("c1"), at=10_000)
    for n in range(6):
        play(CallQueued(f"x{n}", line=f"l{n}"))
    play.until(39_999)
    assert play.rings() == []
    play.until(40_000)
    assert play.rings() == [("x0", 1)]


def test_asterisk_1691_freeswitch_2511_given_many_callers_when_seats_come_and_go_then_first_come_first():
    """asterisk#1691 (offering stops), freeswitch#2511 (the eighth caller first)."""
    play = Play(seats=2, wrap_up_ms=0)
    play(Break(1, "x"), Break(2, "x"))
    play(*(CallQueued(f"c{n}") for n in range(12)))
    order = []
    for n in range(12):
        seat = n % 2 + 1
        play(Ready(seat))
        (offer,) = play.of(Ring)
        order.append(offer.call)
        play(OfferAnswered(offer.offer), Joined(offer.offer), Break(seat, "x"), CallerGone(offer.call))
    assert order == [f"c{n}" for n in range(12)]


def test_opensips_2679_given_several_in_wrap_up_when_time_passes_then_the_first_is_freed_first():
    """OpenSIPS#2679: wrap-up is freed by the last, not by the first."""
    play = Play(seats=2, wrap_up_ms=30_000)
    play.talk("c1")
    play.talk("c2")
    play(CallerGone("c1"), at=10_000)
    play(CallerGone("c2"), at=20_000)
    play(CallQueued("c3"))
    play.until(40_000)
    assert play.rings() == [("c3", 1)]


def test_freeswitch_152_given_a_declined_call_when_only_that_seat_is_free_then_it_is_not_rung_in_a_loop():
    """freeswitch#152, amazon-connect-streams#292: the same call rings the same agent again and again."""
    play = Play(seats=1, misses={OfferOutcome.DECLINED: MissRule(strikes=99, cool_down_ms=10_000)}).ringing()
    for n in range(1, 6):
        play(OfferFailed(f"c1.{n}", OfferOutcome.DECLINED), at=n * 10_000)
        assert play.rings() == []
        play.until((n + 1) * 10_000)
        assert play.rings() == [("c1", 1)]


def test_kazoo_pr6609_given_a_seat_put_on_break_by_misses_when_its_operator_says_ready_then_it_is_back():
    """kazoo PR#6609: who misses too many is thrown out for ever."""
    play = Play(seats=1, max_misses=1).ringing()
    play(OfferFailed("c1.1", OfferOutcome.NO_ANSWER))
    assert (play.state(1), play.floor.seat(1).operator) == ("break", "op-1")
    play(CallerGone("c1"), Ready(1), CallQueued("c2"))
    assert play.rings() == [("c2", 1)]


@pytest.mark.parametrize("phone", [Phone.UNREACHABLE, Phone.UNREGISTERED])
def test_teams_3847_amazon_493_given_a_phone_that_is_off_when_calls_come_then_it_is_never_offered(phone):
    """MicrosoftDocs Teams #3847, amazon-connect-streams#493: offline agents are offered calls."""
    play = Play(seats=2)
    play(PhoneChanged(1, phone), CallQueued("c1"), CallQueued("c2"))
    assert play.rings() == [("c1", 2)]
    assert play.state(1) == "unreachable"


def test_amazon_613_kazoo_pr1331_given_a_break_asked_in_talk_or_wrap_up_when_it_ends_then_break_not_ready():
    """amazon-connect-streams#613, #135, kazoo PR#1331: the next state is lost; pause from wrap-up fails."""
    play = Play(seats=1).talking()
    play(Break(1, "lunch"), CallerGone("c1"), CallQueued("c2"), EndWrapUp(1))
    assert (play.state(1), play.rings()) == ("break", [])
    play = Play(seats=1).talking()
    play(CallerGone("c1"), CallQueued("c2"), Break(1, "lunch"))
    assert (play.state(1), play.rings()) == ("break", [])


def test_teams_9902_given_a_choice_that_was_offered_when_the_caller_waits_on_then_the_place_is_kept():
    """MicrosoftDocs Teams #9902: the place is lost on the menu "keep waiting?"."""
    choice = OverflowRule(OverflowCause.WAITED, 10_000, Destination(Toward.CHOICE))
    play = Play(seats=1, lines={"main": LineSettings(overflow=(choice,))}).talking()
    play(CallQueued("c2"), at=10_000)
    play(CallQueued("c3"), at=11_000)
    play.until(20_000)
    assert play.order() == ["c2", "c3"]
    play(SeatLegGone("c1.1"), EndWrapUp(1))
    assert play.rings() == [("c2", 1)]


def test_kazoo_ghost_call_given_a_call_that_went_when_its_seat_logs_in_again_then_it_is_not_offered():
    """kazoo-acdc doc/todo: a ghost call after log-in."""
    play = Play(seats=1).ringing()
    play(LogOut(1), CallerGone("c1"), LogIn(1, "op-1"))
    assert play.rings() == []
    assert play.state(1) == "ready"


def test_calld_operator_answers_a_hung_up_channel_then_the_operators_leg_is_hung_up():
    """wazo-calld test_switchboards: operator_is_answering_a_hungup_channel."""
    play = Play(seats=2, **ALL).ringing()
    play(CallerGone("c1"))
    for offer in ("c1.1", "c1.2"):
        assert play(OfferAnswered(offer)) == (CancelRing(offer, CancelCause.CALLER_GONE),)
    assert settled(play) == [("c1", Outcome.ABANDONED.value)]
