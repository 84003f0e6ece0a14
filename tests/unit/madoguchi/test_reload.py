"""The settings read anew beside a stand-in for Asterisk: what goes wrong half-way changes nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.events import LogIn
from ari import Fault
from config import ConfigError, Home, RunFile, Settings, load_secrets, load_settings
from config.kept import kept
from controller.office import RefusedError
from db import open_database
from madoguchi.placement import Placement
from madoguchi.reach import run_file
from madoguchi.reload import Reloader
from madoguchi.render import render
from madoguchi.site import Ports
from tests.rig.upgraded import upgraded_file
from tests.unit.controller.controller_rig import TUESDAY, Whole, endpoint_json, until

PORTS = Ports(sip=5070, ari=8099, desk=8080, rtp_first=12_000, rtp_last=12_199)
QUIET = "[guidance]\ngreeting = false\nbusy = false\n"


class Run:
    """An instance as bin/up leaves it when it is READY, without Asterisk."""

    def __init__(self, home: Home, whole: Whole) -> None:
        self.home = home
        self.whole = whole
        self.controller = whole.controller
        self.asterisk = whole.asterisk
        self.etc = home.asterisk / "etc"
        self.reloader = Reloader(home, whole.controller)

    def write(self, more: str) -> None:
        self.home.toml.write_text(QUIET + more, encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (*self.etc.iterdir(), self.home.run_json)}

    def read_anew(self) -> list[str]:
        """The modules that were told to read their files, in order."""
        return [
            r.path.removeprefix("/asterisk/modules/")
            for r in self.asterisk.asked("PUT", "/asterisk/modules/")
        ]

    def rows(self) -> list[dict[str, object]]:
        self.whole.stored()
        with self.whole.database.read() as connection:
            told = connection.exec_driver_sql("select data from journal where kind = 'system.reloaded'")
            return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in told]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return upgraded_file(tmp_path_factory.mktemp("upgraded"))


@pytest.fixture
async def run(tmp_path: Path, upgraded: Path) -> AsyncIterator[Run]:
    home = Home(tmp_path / "home")
    home.prepare()
    home.toml.write_text(QUIET, encoding="utf-8")
    settings = load_settings(home)
    secrets = load_secrets(home, settings)
    placement = Placement(ports=PORTS, bind="127.0.0.1", run=Path("/run/asterisk"))
    placement.write(home)
    render(placement.context(home, settings, secrets, now_ms=TUESDAY), home.asterisk / "etc")
    run_file(
        settings, secrets, processes=(1, 2, 3), desk_url="http://127.0.0.1:9", sip=("127.0.0.1", 5070),
        ari_url="http://127.0.0.1:8099/ari",
    ).write(home.run_json)  # fmt: skip
    database = open_database(f"sqlite:///{shutil.copy(upgraded, tmp_path / 'madoguchi.db')}")
    whole = Whole(database)
    await whole.connects()
    whole.asterisk.requests.clear()
    yield Run(home, whole)
    await whole.close()
    database.close()


async def test_given_more_seats_then_files_asterisk_floor_run_file_and_journal_follow_in_that_order(run: Run):
    run.write("[seats]\ncount = 8")
    told = await run.reloader.reload()
    assert [(c.key, c.old, c.new) for c in told.changed] == [("seats.count", 7, 8)]
    assert told.restart == ()
    assert run.read_anew() == ["res_pjsip.so", "pbx_config.so", "app_queue.so"]
    made = RunFile.read(run.home.run_json)
    assert [phone.seat for phone in made.phones] == list(range(1, 9))
    assert (made.pid, made.controller_pid, made.asterisk_pid) == (1, 2, 3)
    assert made.phones[7].user in (run.etc / "pjsip.conf").read_text()
    assert run.whole.seat(8) == "logged_out"
    (subscribed,) = run.asterisk.asked("POST", "/applications/madoguchi/subscription")
    assert made.phones[7].user in str((subscribed.query, subscribed.body))
    assert run.rows() == [{"changed": ["seats.count"], "restart": [], "seats": list(range(1, 9))}]
    assert kept(run.home) == run.controller.settings


async def test_given_a_new_phone_that_is_registered_already_then_its_seat_is_known_so(run: Run):
    run.write("[seats]\ncount = 8")
    user = load_secrets(run.home, load_settings(run.home)).phones[8].user
    run.asterisk.answers["/endpoints/PJSIP"] = [endpoint_json(user)]
    await run.reloader.reload()
    seat = run.controller.dispatcher.floor.seat(8)
    assert seat is not None
    assert seat.phone.value == "registered"


async def test_given_nothing_new_then_asterisk_is_not_asked_and_that_is_journalled(run: Run):
    told = await run.reloader.reload()
    assert (told.changed, told.restart) == ((), ())
    assert run.read_anew() in ([], ["pbx_config.so"])  # the fallback's calendar begins with the real today
    assert run.rows() == [{"changed": [], "restart": [], "seats": list(range(1, 8))}]


async def test_given_other_rules_then_only_the_floor_is_concerned(run: Run):
    await run.reloader.reload()
    run.asterisk.requests.clear()
    run.write("[queue]\nstrategy = 'ring_all'\n[line]\nmax_calls = 3\n[floor]\nring_time_s = 9")
    await run.reloader.reload()
    assert run.read_anew() == []
    assert run.controller.dispatcher.floor.settings.strategy.value == "ring_all"
    assert run.controller.legs.ring_time_s == 9


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[seats]\ncount = 0", "[seats] count"),
        ("[seats]\ncount = 8\n[queue]\nstrategy = 'x'", "[queue] strategy"),
        ("[trunk]\nprofile = 'hikari'\ngateway = '192.168.1.1'", "[trunk] user"),
        ("[[[", "is not TOML"),
    ],
)
async def test_given_a_mistake_then_it_is_named_and_nothing_changes(run: Run, toml: str, named: str):
    before, settings = run.files(), run.controller.settings
    run.write(toml)
    with pytest.raises(ConfigError) as refused:
        await run.reloader.reload()
    assert named in str(refused.value)
    assert run.files() == before
    assert run.controller.settings is settings
    assert run.read_anew() == []
    assert run.rows() == []


async def test_given_asterisk_away_then_refused_and_nothing_changes(run: Run):
    before = run.files()
    run.whole.loses()
    run.write("[seats]\ncount = 8")
    with pytest.raises(RefusedError) as refused:
        await run.reloader.reload()
    assert refused.value.code == "asterisk_away"
    assert run.files() == before


async def test_given_a_module_that_does_not_reload_then_all_is_as_before_and_the_next_try_reads_it_all(
    run: Run,
):
    run.asterisk.fails("/asterisk/modules/pbx_config.so", Fault.CONFLICT)
    run.write("[seats]\ncount = 8")
    with pytest.raises(RefusedError) as refused:
        await run.reloader.reload()
    assert refused.value.code == "asterisk_away"
    assert run.controller.dispatcher.floor.seat(8) is None
    assert len(RunFile.read(run.home.run_json).phones) == 7
    eighth = load_secrets(run.home, Settings()).phones[8].user
    assert eighth not in (run.etc / "pjsip.conf").read_text()
    del run.asterisk.answers["/asterisk/modules/pbx_config.so"]
    run.asterisk.requests.clear()
    await run.reloader.reload()
    assert run.read_anew() == ["res_pjsip.so", "pbx_config.so", "app_queue.so"]
    assert run.whole.seat(8) == "logged_out"


async def test_given_files_that_cannot_be_written_then_so_and_nothing_changes(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run.write("[seats]\ncount = 8")
    load_secrets(run.home, load_settings(run.home))
    monkeypatch.setattr("madoguchi.render._write", full)
    with pytest.raises(RefusedError, match="No space left") as refused:
        await run.reloader.reload()
    assert refused.value.code == "not_written"
    assert run.controller.dispatcher.floor.seat(8) is None


async def test_given_an_instance_that_bin_up_did_not_place_then_a_restart_is_asked_for(run: Run):
    Placement.file(run.home).unlink()
    run.write("[seats]\ncount = 8")
    with pytest.raises(ConfigError, match=r"placement\.json: No such file or directory; restart"):
        await run.reloader.reload()
    assert run.controller.dispatcher.floor.seat(8) is None


async def test_given_a_removed_seat_at_rest_then_its_phone_is_gone_at_once(run: Run):
    run.controller.dispatcher.submit(LogIn(7, "107"))
    user = RunFile.read(run.home.run_json).phones[6].user
    run.write("[seats]\ncount = 3")
    await run.reloader.reload()
    assert run.controller.dispatcher.floor.seat(7) is None
    assert user not in (run.etc / "pjsip.conf").read_text()
    assert user not in run.controller.phones.endpoints.values()


async def test_given_a_removed_seat_in_a_talk_then_its_phone_goes_when_the_talk_is_over(run: Run):
    phones = RunFile.read(run.home.run_json).phones
    # The rig's endpoints are named otherwise: as bin/up would have them.
    run.controller.phones.serve({phone.seat: phone.user for phone in phones})
    run.controller.phones.found(phones[6].user, True, ())
    run.controller.dispatcher.submit(LogIn(7, "107"))
    call = run.whole.calls_in("chan-1")
    run.whole.talks("chan-1", call)
    run.write("[seats]\ncount = 3")
    await run.reloader.reload()
    assert run.whole.seat(7) == "talking"
    pjsip = run.etc / "pjsip.conf"
    assert phones[6].user in pjsip.read_text()
    assert phones[5].user not in pjsip.read_text()
    assert phones[6].user not in (run.etc / "extensions.conf").read_text()
    assert phones[6].user not in (run.etc / "queues.conf").read_text()
    run.asterisk.requests.clear()
    run.asterisk.hangs_up("chan-1")
    run.asterisk.destroyed("chan-1")
    await until(lambda: run.controller.dispatcher.floor.seat(7) is None, "the seat is gone")
    await until(lambda: "res_pjsip.so" in run.read_anew(), "Asterisk has read that the phone is gone")
    assert phones[6].user not in pjsip.read_text()
    assert sorted(run.controller.phones.endpoints) == [1, 2, 3]


async def test_given_a_removed_seat_whose_operator_calls_by_himself_then_its_phone_stays_until_the_end(
    run: Run,
):
    phones = RunFile.read(run.home.run_json).phones
    run.controller.phones.serve({phone.seat: phone.user for phone in phones})
    run.controller.phones.found(phones[6].user, True, ("own-call",))
    run.write("[seats]\ncount = 3")
    await run.reloader.reload()
    assert phones[6].user in (run.etc / "pjsip.conf").read_text()
    run.controller.phones.endpoint_state(phones[6].user, True, ())
    await until(lambda: phones[6].user not in (run.etc / "pjsip.conf").read_text(), "the phone is gone")


async def test_given_a_removed_seat_that_comes_back_during_its_talk_then_it_stays(run: Run):
    phones = RunFile.read(run.home.run_json).phones
    run.controller.phones.serve({phone.seat: phone.user for phone in phones})
    run.controller.phones.found(phones[6].user, True, ())
    run.controller.dispatcher.submit(LogIn(7, "107"))
    call = run.whole.calls_in("chan-1")
    run.whole.talks("chan-1", call)
    run.write("[seats]\ncount = 3")
    await run.reloader.reload()
    run.write("")
    await run.reloader.reload()
    run.asterisk.hangs_up("chan-1")
    run.asterisk.destroyed("chan-1")
    assert run.whole.seat(7) == "wrap_up"
    assert phones[6].user in (run.etc / "extensions.conf").read_text()


async def test_given_people_who_change_then_new_ones_can_log_in_and_those_at_rest_are_logged_out(run: Run):
    run.controller.dispatcher.submit(LogIn(1, "101"))
    run.controller.dispatcher.submit(LogIn(2, "102"))
    run.write("[[operators]]\nid = '102'\nname = 'b'\n[[operators]]\nid = '900'\nname = '新人'")
    await run.reloader.reload()
    assert run.whole.seat(1) == "logged_out"
    assert run.whole.seat(2) != "logged_out"
    assert dict(run.controller.people.names) == {"102": "b", "900": "新人"}
    (newcomer,) = [one for one in RunFile.read(run.home.run_json).operators if one.id == "900"]
    assert sorted(run.controller.people.pins) == ["102", "900"]  # a former operator's PIN opens nothing
    assert run.controller.people.pins["900"] == newcomer.pin


async def test_given_other_hours_then_the_line_follows(run: Run):
    assert run.controller.hours.moment().is_open
    run.write("[calendar]\nweekdays = ['sat']")
    await run.reloader.reload()
    assert not run.controller.hours.moment().is_open


async def test_given_a_port_then_it_is_told_as_waiting_for_a_restart_each_time(run: Run):
    run.write("[desk]\nport = 8099")
    for _ in range(2):
        told = await run.reloader.reload()
        assert told.changed == ()
        assert [(c.key, c.old, c.new) for c in told.restart] == [("desk.port", 8080, 8099)]
    assert run.controller.settings.desk.port == 8080


async def test_given_no_run_file_then_the_reload_holds_all_the_same(run: Run):
    run.home.run_json.unlink()
    run.write("[seats]\ncount = 8")
    await run.reloader.reload()
    assert run.whole.seat(8) == "logged_out"
    assert not run.home.run_json.exists()


async def test_given_very_many_seats_then_no_request_has_more_phones_than_asterisk_takes(run: Run):
    run.write("[seats]\ncount = 200")
    await run.reloader.reload()
    asked = run.asterisk.asked("POST", "/applications/madoguchi/subscription")
    sources = [str((one.query, one.body)).count("endpoint:PJSIP/") for one in asked]
    assert sum(sources) == 200  # the rig's seven have other names
    assert max(sources) <= 50
