"""One offer's channel: whatever order its events come in, the floor hears one end of it."""

import pytest

from acd.events import HoldEnded, HoldStarted, Joined, JoinFailed, OfferAnswered, OfferFailed, SeatLegGone
from acd.types import CancelCause, OfferOutcome
from ari import Fault
from controller.exchange import Exchange
from controller.legs import Legs, offer_outcome
from tests.unit.controller.controller_rig import Asterisk, until

O = OfferOutcome  # noqa: E741  # a table reads better


class Bench:
    def __init__(self) -> None:
        self.asterisk = Asterisk()
        self.events = []
        self.legs = Legs(Exchange(self.asterisk, "madoguchi"), self.events.append, 20)

    def ring(self, offer="c.1"):
        self.legs.ring(offer, "c", "chan", "phone-1", '"x" <1>')


@pytest.fixture
async def bench():
    return Bench()


@pytest.mark.parametrize(
    ("cause", "sip", "outcome"),
    [
        (17, None, O.BUSY), (21, None, O.DECLINED), (18, None, O.NO_ANSWER), (19, None, O.NO_ANSWER),
        (1, None, O.UNREACHABLE), (3, None, O.UNREACHABLE), (20, None, O.UNREACHABLE),
        (0, None, O.FAILED), (16, None, O.FAILED), (127, None, O.FAILED),
        (0, 486, O.BUSY), (0, 600, O.BUSY), (0, 603, O.DECLINED), (0, 403, O.DECLINED), (0, 401, O.DECLINED),
        (0, 480, O.NO_ANSWER), (0, 408, O.NO_ANSWER), (0, 404, O.UNREACHABLE),
        (17, 603, O.DECLINED), (21, 486, O.BUSY), (17, 500, O.BUSY), (16, 503, O.FAILED),
    ],
)  # fmt: skip
def test_given_a_phones_answer_then_the_sip_code_counts_before_the_cause(cause, sip, outcome):
    assert offer_outcome(cause, sip) is outcome


async def test_given_a_ring_then_one_originate_under_our_own_id_with_the_citizens_channel(bench):
    bench.ring()
    (asked,) = bench.asterisk.asked("POST", "/channels/offer-c.1")
    said = str(asked)
    assert "PJSIP/phone-1" in said
    assert "offer,c.1" in said
    assert "chan" in said


@pytest.mark.parametrize("cause", list(CancelCause))
async def test_given_a_cancelled_ring_when_it_is_answered_after_all_then_the_floor_decides(bench, cause):
    bench.ring()
    bench.legs.cancel("c.1", cause)
    assert bench.asterisk.hung_up() == ["offer-c.1"]
    assert bench.events == []
    bench.legs.started("c.1")
    assert bench.events == [OfferAnswered("c.1")]
    bench.legs.destroyed("offer-c.1", 16, None)
    assert bench.events == [OfferAnswered("c.1"), SeatLegGone("c.1")]


async def test_given_a_cancelled_ring_when_its_channel_ends_then_that_is_no_news(bench):
    bench.ring()
    bench.legs.cancel("c.1", CancelCause.CALLER_GONE)
    bench.legs.destroyed("offer-c.1", 16, 487)
    assert bench.events == []
    assert not bench.legs.knows("offer-c.1")


async def test_given_a_lost_race_then_the_phone_is_told_that_another_answered(bench):
    bench.ring()
    bench.legs.cancel("c.1", CancelCause.LOST_RACE)
    bench.ring("c.2")
    bench.legs.cancel("c.2", CancelCause.CALLER_GONE)
    first, second = bench.asterisk.asked("DELETE", "/channels/")
    assert ("reasonCode", "26") in first.query or ("reason_code", "26") in first.query
    assert "26" not in str(second.query)


@pytest.mark.parametrize(
    ("fault", "maybe_done", "outcome", "ended"),
    [
        (Fault.UNREACHABLE, False, O.UNREACHABLE, []),
        (Fault.CONFLICT, False, O.FAILED, []),
        (Fault.BUG, False, O.FAILED, []),
        (Fault.TIMEOUT, True, O.FAILED, ["offer-c.1"]),
        (Fault.DISCONNECTED, True, O.FAILED, ["offer-c.1"]),
    ],
)
async def test_given_an_originate_that_fails_then_the_offer_failed_once_and_what_may_ring_is_hung_up(
    bench, fault, maybe_done, outcome, ended
):
    bench.asterisk.fails("/channels/offer-", fault, maybe_done=maybe_done)
    bench.ring()
    await until(lambda: bool(bench.events))
    bench.legs.destroyed("offer-c.1", 20, None)
    assert bench.events == [OfferFailed("c.1", outcome)]
    assert bench.asterisk.hung_up() == ended


async def test_given_an_originate_that_fails_after_the_cancel_then_nothing_is_told(bench):
    bench.asterisk.fails("/channels/offer-c.1", Fault.UNREACHABLE)
    bench.ring()
    bench.legs.cancel("c.1", CancelCause.CALLER_GONE)
    await until(lambda: not bench.legs.knows("offer-c.1"))
    assert bench.events == []


async def test_given_a_channel_that_ends_before_the_answer_when_it_is_told_twice_then_one_failure(bench):
    bench.ring()
    bench.legs.destroyed("offer-c.1", 17, 486)
    bench.legs.destroyed("offer-c.1", 17, 486)
    assert bench.events == [OfferFailed("c.1", O.BUSY)]


async def test_given_an_answered_leg_when_hang_up_request_and_two_ends_come_then_it_is_gone_once(bench):
    bench.ring()
    bench.legs.started("c.1")
    bench.legs.hanging_up("offer-c.1")
    bench.legs.hanging_up("offer-c.1")
    bench.legs.destroyed("offer-c.1", 16, None)
    bench.legs.destroyed("offer-c.1", 16, None)
    assert bench.events == [OfferAnswered("c.1"), SeatLegGone("c.1")]


async def test_given_a_leg_of_nobody_when_it_is_answered_then_it_is_hung_up(bench):
    bench.legs.started("old.7")
    assert bench.asterisk.hung_up() == ["offer-old.7"]
    assert bench.events == []


async def test_given_both_in_the_bridge_then_joined_once_and_strangers_and_repeats_do_not_count(bench):
    bench.ring()
    bench.legs.started("c.1")
    assert bench.legs.connect("c.1")
    bench.legs.entered("talk-c.1", "chan")
    bench.legs.entered("talk-c.1", "chan")
    bench.legs.entered("talk-c.1", "a stranger")
    bench.legs.entered("talk-other", "offer-c.1")
    assert bench.events == [OfferAnswered("c.1")]
    bench.legs.entered("talk-c.1", "offer-c.1")
    bench.legs.entered("talk-c.1", "offer-c.1")
    assert bench.events == [OfferAnswered("c.1"), Joined("c.1")]


async def test_given_a_join_that_fails_then_the_floor_hears_so_and_no_empty_bridge_is_left(bench):
    bench.asterisk.fails("/bridges/talk-c.1/addChannel", Fault.GONE)
    bench.ring()
    bench.legs.started("c.1")
    bench.legs.connect("c.1")
    await until(lambda: len(bench.events) > 1)
    assert bench.events == [OfferAnswered("c.1"), JoinFailed("c.1")]
    bench.legs.destroyed("offer-c.1", 16, None)
    assert [r.path for r in bench.asterisk.asked("DELETE", "/bridges/")] == ["/bridges/talk-c.1"]


async def joins_unheard(bench, wait_s):
    """Asterisk accepts the request to join; the events are lost. Then so long nothing is heard."""
    bench.ring()
    bench.legs.started("c.1")
    bench.legs.connect("c.1")
    leg = bench.legs._by_channel["offer-c.1"]
    await until(lambda: leg.accepted_s is not None, "accepted")
    leg.accepted_s -= wait_s


@pytest.mark.parametrize(("wait_s", "talked"), [(0, False), (2, True)])
@pytest.mark.parametrize("who", ["operator", "operator's channel", "caller"])
async def test_given_joining_that_was_not_heard_of_when_one_leaves_long_after_then_they_talked(
    bench, wait_s, talked, who
):
    await joins_unheard(bench, wait_s)
    if who == "operator":
        bench.legs.hanging_up("offer-c.1")
    elif who == "caller":
        bench.legs.caller_leaves("chan")
        bench.legs.caller_leaves("another")
    else:
        bench.legs.destroyed("offer-c.1", 16, None)
    end = [] if who == "caller" else [SeatLegGone("c.1")]
    assert bench.events[1:] == [Joined("c.1")] * talked + end
    bench.legs.entered("talk-c.1", "chan")
    bench.legs.entered("talk-c.1", "offer-c.1")
    assert bench.events.count(Joined("c.1")) <= 1


async def test_given_a_connected_leg_when_it_ends_then_its_bridge_is_destroyed_once(bench):
    bench.ring()
    bench.legs.started("c.1")
    bench.legs.connect("c.1")
    bench.legs.destroyed("offer-c.1", 16, None)
    bench.legs.destroyed("offer-c.1", 16, None)
    assert [r.path for r in bench.asterisk.asked("DELETE", "/bridges/")] == ["/bridges/talk-c.1"]


async def test_given_hold_then_only_of_an_answered_leg(bench):
    bench.ring()
    bench.legs.held("offer-c.1", True)
    assert bench.events == []
    bench.legs.started("c.1")
    bench.legs.held("offer-c.1", True)
    bench.legs.held("offer-c.1", False)
    assert bench.events[1:] == [HoldStarted("c.1"), HoldEnded("c.1")]


async def test_given_an_unknown_offer_then_it_cannot_be_connected(bench):
    assert bench.legs.connect("c.9") is False
    assert bench.asterisk.requests == []
