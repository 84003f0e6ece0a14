"""Reconciliation on every connection: what is over, what is nobody's, and what comes or breaks meanwhile."""

from acd.events import LogIn
from ari import Fault
from db import open_calls
from tests.unit.controller.controller_rig import bridge_json, channel_json, until
from tests.unit.controller.recovery_rig import facts_of, fallen, risen


async def test_given_what_nobody_knows_then_legs_and_bridges_go_and_strangers_stay(open_whole):
    new = risen(
        open_whole,
        [
            channel_json("offer-dead.1"),
            channel_json("code-1", app="madoguchi,code,phone-1,20"),
            channel_json("own-call"),
            channel_json("of another", app="other,call,num=1"),
        ],
        [bridge_json("talk-dead.1"), bridge_json("of-another")],
    )
    await new.connects()
    assert sorted(new.asterisk.hung_up()) == ["code-1", "offer-dead.1"]
    assert [r.path for r in new.asterisk.asked("DELETE", "/bridges/")] == ["/bridges/talk-dead.1"]


async def test_given_the_same_controller_when_only_the_connection_broke_then_its_calls_go_on(open_whole):
    whole = open_whole()
    await whole.connects()
    stays, leaves = whole.calls_in("stays"), whole.calls_in("leaves")
    whole.loses()
    whole.asterisk.answers["/channels"] = [channel_json("stays")]
    await whole.connects()
    assert list(whole.controller.calls) == [stays]
    facts, rows = facts_of(whole, leaves)
    assert (facts.outcome, rows.count("call.ended")) == ("abandoned", 1)
    assert facts_of(whole, stays)[1].count("call.queued") == 1


async def test_given_a_connection_that_breaks_under_it_then_not_ready_and_the_next_one_reconciles(open_whole):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole)
    new.asterisk.fails("/bridges", Fault.DISCONNECTED)
    new.asterisk._opened()
    task = new.controller._reconciling
    await until(task.done)
    assert not new.controller.ready.is_set()
    assert facts_of(new, call)[0].outcome is None
    del new.asterisk.answers["/bridges"]
    await new.connects()
    assert facts_of(new, call)[0].outcome == "abandoned"


async def test_given_a_database_that_is_away_when_a_controller_comes_then_it_reconciles_once_it_is_there(
    open_whole, monkeypatch
):
    call = await fallen(open_whole, lambda old: old.calls_in("chan"))
    new = risen(open_whole, [channel_json("chan")])
    asked = []

    def read(connection):
        asked.append(1)
        if len(asked) == 1:
            raise OSError("the database is away")
        return open_calls(connection)

    monkeypatch.setattr("controller.controller.RECONCILE_AGAIN_S", 0.01)
    monkeypatch.setattr("controller.known_calls.open_calls", read)
    await new.connects()
    assert len(asked) > 1
    assert [view.call for view in new.controller.dispatcher.floor.waiting()] == [call]


async def test_given_a_call_that_comes_during_recovery_then_it_stands_behind_who_waited_before(
    open_whole,
):
    old = open_whole()
    await old.connects()
    old.controller.dispatcher.submit(LogIn(1, "101"))
    old.calls_in("rings")
    waits = old.calls_in("waits")
    old.stored()
    old.controller._away()
    channels = [
        channel_json("came", app="madoguchi,call,num=0262269999"),
        channel_json("waits", app="madoguchi,call,num=0262261234"),
    ]
    new = risen(open_whole, channels)
    new.asterisk._opened()
    came = "came"
    new.asterisk.tell(
        "StasisStart", args=["call", "num=0262269999"],
        channel=channel_json(came, app="madoguchi,call,num=0262269999"),
    )  # fmt: skip
    await until(new.controller.ready.is_set, "reconciled")
    first, second = new.controller.dispatcher.floor.waiting()
    assert first.call == waits
    assert first.offer is not None
    assert second.call == new.controller.calls.on(came).id
