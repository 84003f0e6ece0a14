"""Calls to the carrier: what may be dialled, and one end of each, whatever order its events come in."""

import pytest

from acd.types import CalloutFailure
from ari import Fault
from controller.exchange import Exchange
from controller.outward import DayCap, Going, Outward, dialled
from tests.unit.controller.controller_rig import Asterisk, until

F = CalloutFailure


class Bench:
    def __init__(self) -> None:
        self.asterisk = Asterisk()
        self.told = []
        self.outward = Outward(Exchange(self.asterisk, "madoguchi"), ("0260001234", "0260005678"))

    def dial(self, number="+81262261234", channel="citizen-t.1"):
        self.outward.dial(
            Going(
                channel=channel,
                number=number,
                originator="offer-t.1",
                timeout_s=45,
                answered=lambda: self.told.append("answered"),
                failed=self.told.append,
                ended=lambda: self.told.append("ended"),
            )
        )


@pytest.fixture
async def bench():
    return Bench()


@pytest.mark.parametrize(
    ("number", "as_dialled"),
    [
        ("+81262261234", "0262261234"), ("0262261234", "0262261234"), ("+819012345678", "09012345678"),
        ("05012345678", "05012345678"), ("110", None), ("+14155550100", None), ("00812622612", None),
        ("01081262261", None), ("0990123456", None), ("02622612", None), ("0262261234@evil", None),
        ("０２６２２６１２３４", None), ("", None),
    ],
)  # fmt: skip
def test_given_a_number_then_only_national_ones_are_dialled(number, as_dialled):
    assert dialled(number) == as_dialled


async def test_given_a_call_then_it_goes_to_the_trunk_from_the_citys_number(bench):
    bench.dial()
    (asked,) = bench.asterisk.asked("POST", "/channels/citizen-t.1")
    said = str(asked)
    for part in ("PJSIP/0262261234@trunk", "outward,citizen-t.1", "<0260001234>", "offer-t.1"):
        assert part in said, part
    assert bench.told == []


@pytest.mark.parametrize("number", ["+81260001234", "0260005678", "119", "+14155550100", "x@trunk"])
async def test_given_a_number_that_may_not_be_called_then_it_fails_and_asterisk_is_not_asked(bench, number):
    bench.dial(number)
    assert bench.told == [F.UNREACHABLE]
    assert bench.asterisk.requests == []


@pytest.mark.parametrize(
    ("cause", "sip", "failure"),
    [
        (17, 486, F.BUSY), (21, 603, F.BUSY), (19, 480, F.NO_ANSWER), (1, 404, F.UNREACHABLE),
        (34, 503, F.FAILED), (0, None, F.FAILED),
    ],
)  # fmt: skip
async def test_given_a_refusal_then_it_fails_with_its_cause_once(bench, cause, sip, failure):
    bench.dial()
    bench.outward.destroyed("citizen-t.1", cause, sip)
    bench.outward.destroyed("citizen-t.1", cause, sip)
    assert bench.told == [failure]
    assert not bench.outward.knows("citizen-t.1")


@pytest.mark.parametrize(
    ("fault", "maybe_done", "failure", "hung_up"),
    [
        (Fault.UNREACHABLE, False, F.UNREACHABLE, []),
        (Fault.BUG, False, F.FAILED, []),
        (Fault.TIMEOUT, True, F.FAILED, ["citizen-t.1"]),
    ],
)
async def test_given_a_request_that_fails_then_it_failed_once_and_what_may_ring_is_hung_up(
    bench, fault, maybe_done, failure, hung_up
):
    bench.asterisk.fails("/channels/citizen-t.1", fault, maybe_done=maybe_done)
    bench.dial()
    await until(lambda: bool(bench.told))
    bench.outward.destroyed("citizen-t.1", 0, None)
    assert bench.told == [failure]
    assert bench.asterisk.hung_up() == hung_up


async def test_given_an_answer_when_told_twice_and_ended_twice_then_each_is_told_once(bench):
    bench.dial()
    bench.outward.started("citizen-t.1")
    bench.outward.started("citizen-t.1")
    bench.outward.hanging_up("citizen-t.1")
    bench.outward.hanging_up("citizen-t.1")
    bench.outward.destroyed("citizen-t.1", 16, None)
    assert bench.told == ["answered", "ended"]


async def test_given_a_cancelled_call_when_it_is_answered_all_the_same_then_hung_up_and_nothing_told(bench):
    bench.dial()
    bench.outward.cancel("citizen-t.1")
    bench.outward.started("citizen-t.1")
    bench.outward.destroyed("citizen-t.1", 16, None)
    assert bench.asterisk.hung_up() == ["citizen-t.1", "citizen-t.1"]
    assert bench.told == []


async def test_given_a_call_of_nobody_when_it_is_answered_then_it_is_hung_up(bench):
    bench.outward.started("citizen-old.1")
    assert bench.asterisk.hung_up() == ["citizen-old.1"]


async def test_given_the_days_limit_when_reached_then_no_call_goes_out_until_the_next_day(bench):
    day_ms = 86_400_000
    now = [20_000 * day_ms]  # 9:00 in Japan
    bench.outward.cap = DayCap(3, lambda: now[0])
    bench.outward.cap.made_before(1)
    for number in range(3):
        bench.dial(channel=f"citizen-{number}")
    assert bench.told == [F.FAILED]
    assert not bench.asterisk.asked("POST", "/channels/citizen-2")
    now[0] += 15 * 3_600_000 - 1  # a ms before midnight
    bench.dial(channel="citizen-late")
    assert bench.told == [F.FAILED] * 2
    now[0] += 1
    bench.dial(channel="citizen-next")
    assert bench.told == [F.FAILED] * 2
    assert bench.asterisk.asked("POST", "/channels/citizen-next")


async def test_given_a_limit_of_none_then_nothing_ever_goes_out(bench):
    bench.outward.cap = DayCap(0, lambda: 0)
    bench.dial()
    assert bench.told == [F.FAILED]
