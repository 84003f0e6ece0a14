"""`simulate` and `replay` as they are typed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import pytest
import typer
from typer.testing import CliRunner

from acd import FloorSettings
from acd.events import Break, LogOut, Ready
from config import Settings, parse_local, to_ms
from controller.floor_settings import floor_settings
from db import Entry, Journal, open_database, upgrade
from madoguchi.commands import replay, simulate
from staffing.chance import Distribution
from staffing.demand import Call, Curve, People, of_day
from staffing.habits import Habits
from staffing.roster import all_day, in_order
from staffing.tables import clock_ms
from staffing.tally import Tally
from tests.unit.staffing.journalled import journal_of

Run = Callable[..., tuple[int, str, str]]
MIDNIGHT = to_ms(parse_local("2026-11-20"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    for name in ("MADOGUCHI_DATABASE_URL", "MADOGUCHI_TOML"):
        monkeypatch.delenv(name, raising=False)
    app = typer.Typer()
    for command in (simulate, replay):
        command.register(app)

    def invoke(*arguments: str | Path | int) -> tuple[int, str, str]:
        given = [str(one) for one in arguments]
        if "--home" not in given:
            given += ["--home", str(tmp_path / "nowhere")]
        done = CliRunner().invoke(app, given, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return invoke


def a_day(floor: FloorSettings) -> tuple[list[Entry], Tally]:
    people = People(Distribution("exponential", 300.0), Distribution("exponential", 180.0))
    curve = Curve(clock_ms("09:00"), (30.0, 40.0, 30.0), clock_ms("10:30"))
    calls = [
        Call(MIDNIGHT + one.at_ms, one.service_ms, one.patience_ms, f"c{n}")
        for n, one in enumerate(of_day(curve, people, 5, 0))
    ]
    start_ms = MIDNIGHT + clock_ms("08:50")
    roster = in_order(
        all_day(range(1, 6), [f"{100 + n}" for n in range(1, 6)], start_ms),
        [
            (MIDNIGHT + clock_ms("09:20"), Break(2, "1")),
            (MIDNIGHT + clock_ms("09:50"), Ready(2)),
            (MIDNIGHT + clock_ms("10:00"), LogOut(3)),
            *((MIDNIGHT + clock_ms("11:30"), LogOut(seat)) for seat in (1, 2, 4, 5)),
        ],
    )
    return journal_of(floor, calls, roster, Habits(Distribution("constant", 4.0)), start_ms)


@pytest.fixture
def lived(tmp_path: Path) -> tuple[Path, Tally]:
    """A home whose journal holds a day, and what is known of that day."""
    rows, tally = a_day(floor_settings(Settings()))
    return home_of(tmp_path, rows), tally


def home_of(tmp_path: Path, rows: list[Entry]) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    database = open_database(home=home)
    upgrade(database)
    journal = Journal(database)
    journal.start()
    for row in rows:
        journal.write(row)
    assert journal.close(30)
    database.close()
    return home


def test_given_no_home_when_simulated_then_the_centre_of_the_specification_is_answered(
    run: Run, tmp_path: Path
) -> None:
    status, shown, _ = run("simulate", "--calls", 600)
    assert status == 0
    assert "席を1つ増やすと応答率は" in shown
    assert "になります (7席 → 8席)" in shown
    assert not (tmp_path / "nowhere").exists()


def test_given_a_seed_when_simulated_twice_then_json_and_plot_are_the_same(run: Run, tmp_path: Path) -> None:
    plots = [tmp_path / "a.svg", tmp_path / "b.svg"]
    first, second = (run("simulate", "--calls", 600, "--format", "json", "--plot", plot) for plot in plots)
    assert first == second
    told = json.loads(first[1])
    assert [row["seats"] for row in told["rows"]] == [5, 6, 7, 8, 9]
    for row in told["rows"]:
        assert row["identity"]["holds"]
        assert row["answer_rate"]["low"] < row["answer_rate"]["value"] < row["answer_rate"]["high"]
    pair = told["one_more_seat"]
    assert (pair["from_seats"], pair["to_seats"]) == (7, 8)
    assert pair["answer_rate_from"] == told["rows"][2]["answer_rate"]["value"]
    assert plots[0].read_bytes() == plots[1].read_bytes()


def test_given_a_plot_when_drawn_then_it_is_one_document_in_japanese_that_fetches_nothing(
    run: Run, tmp_path: Path
) -> None:
    plot = tmp_path / "席.svg"
    assert run("simulate", "--calls", 600, "--seats", "6-8", "--plot", plot)[0] == 0
    text = plot.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # our own file
    assert root.tag.endswith("svg")
    for word in ("応答率", "サービスレベル", "占有率", "放棄率", "席の数", "7席"):
        assert word in text
    for foreign in ("<script", "href=", "@import", "url("):
        assert foreign not in text


def test_given_a_curve_and_shifts_when_simulated_then_the_plan_is_compared_with_more_and_fewer(
    run: Run, tmp_path: Path
) -> None:
    curve, shifts, rests = tmp_path / "curve.csv", tmp_path / "shifts.csv", tmp_path / "breaks.csv"
    curve.write_text("time,calls\n08:30,20\n09:00,40\n")
    shifts.write_text("time,seats\n08:30,4\n09:00,8\n")
    rests.write_text("seat,from,to\n1,09:00,09:15\n")
    files = ("--curve", curve, "--shifts", shifts, "--break-plan", rests)
    status, shown, _ = run("simulate", *files, "--days", 3, "--format", "json")
    assert status == 0
    told = json.loads(shown)
    assert [row["name"] for row in told["rows"]] == ["計画−1席", "計画", "計画+1席", "計画+2席"]
    assert [row["batches"] for row in told["rows"]] == [3, 3, 3, 3]
    assert told["one_more_seat"]["sentence"].endswith("(計画 → 計画+1席)")


def test_given_settings_in_the_home_when_simulated_then_they_hold(run: Run, tmp_path: Path) -> None:
    (tmp_path / "madoguchi.toml").write_text("[floor]\nwrap_up_s = 95\n[seats]\ncount = 5\n")
    told = json.loads(run("simulate", "--calls", 600, "--home", tmp_path, "--format", "json")[1])
    assert told["wrap_up"] == "constant:95"
    assert told["one_more_seat"]["from_seats"] == 5


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--seats", "0"], "--seats: zero seats: nobody could answer a call"),
        (["--lines", "tax"], "--lines: there is no line 'tax'; the settings have main"),
        (["--lines", "main:0"], "--lines: 'main:0' is not of the form NAME:WEIGHT with a weight above 0"),
        (["--lines", "main:many"], "--lines: 'main:many' is not of the form NAME:WEIGHT"),
        (["--lines", "main,main:2"], "--lines: 'main' stands there twice"),
        (["--callback", "101"], "--callback: 101 is not from 0 to 100 percent"),
        (["--reached", "-1"], "--reached: -1 is not from 0 to 100 percent"),
        (["--seats", "5,x"], "--seats: 'x' is not a number of seats"),
        (["--seats", "9-5"], "--seats: '9-5' runs backwards"),
        (["--seats", "1001"], "--seats: 1001 is more than 1000 seats"),
        (["--arrivals", "0"], "--arrivals: 0 calls an hour: it must be more than 0"),
        (["--arrivals", "-5"], "--arrivals: -5 calls an hour: it must be more than 0"),
        (["--arrivals", "nan"], "--arrivals: nan calls an hour: it must be more than 0"),
        (["--arrivals", "5375", "--seats", "5"], "--arrivals: the load of 5 seats would be 10,003%"),
        (["--patience", "none", "--seats", "6"], "--patience none: the load of 6 seats is 116%"),
        (["--service", "gamma:3"], "--service: 'gamma' is no distribution; choose from exponential,"),
        (["--service", "0"], "--service: '0': the mean must be above 0"),
        (
            ["--wrap-up", "lognormal:30"],
            "--wrap-up: 'lognormal:30' is not of the form lognormal:MEAN,DEVIATION",
        ),
        (["--arrivals", "3", "--curve", "x.csv"], "--arrivals, --curve: give one of the two"),
        (["--curve", "no.csv"], "no.csv: cannot be read: No such file or directory"),
        (["--calls", "99"], "--calls: 99 is not from 100 to 10000000"),
        (["--calls", "500", "--days", "3"], "--calls: cannot go together with --days"),
        (["--days", "0"], "--days: 0 is not at least 1"),
        (["--days", "999999999"], "--days: 999999999 days have more than 10000000 calls"),
        (["--seats", "7", "--shifts", "x.csv", "--days", "2"], "--seats, --shifts: give one of the two"),
        (["--shifts", "x.csv"], "--shifts: needs days"),
        (["--break-plan", "x.csv"], "--break-plan: needs days"),
        (["--breaks", "95"], "--breaks: 95 is not from 0 to 90 percent"),
        (["--break-length", "0"], "--break-length: 0 is not from 1 to 86400 seconds"),
        (["--strategy", "fastest"], "--strategy: 'fastest' is unknown; choose from longest_idle,"),
        (["--config", "no.toml"], "--config: no.toml is no file"),
        (["--pick-up", "20"], "--pick-up: 20 seconds are not less than the ring time of 20 seconds"),
        (["--seed", "-1"], "--seed: -1 is not from 0 to"),
        (["--plot", "no/where.svg"], "--plot: no is no directory"),
    ],
)
def test_given_a_bad_question_when_simulated_then_one_sentence_names_the_option(
    run: Run, arguments: list[str], why: str
) -> None:
    status, shown, told = run("simulate", *arguments)
    assert (status, shown) == (2, "")
    assert why in told
    assert len(told.splitlines()) == 1


def test_given_settings_without_a_choice_when_callbacks_are_simulated_then_that_is_said(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "bare.toml").write_text("overflow = []\n")
    status, _, told = run("simulate", "--callback", "50", "--config", tmp_path / "bare.toml")
    assert (status, len(told.splitlines())) == (2, 1)
    assert "no line of the settings gives callers the choice" in told


def test_given_two_lines_and_callbacks_when_simulated_then_each_is_told(run: Run, tmp_path: Path) -> None:
    tax = '[[lines]]\nid = "tax"\nname = "税の窓口"\nnumbers = ["0260009999"]\n'
    (tmp_path / "two.toml").write_text(tax, encoding="utf-8")
    asked = ("simulate", "--seats", "5", "--calls", "2000", "--patience", "exponential:3000")
    asked = (*asked, "--lines", "main:3,tax:1", "--callback", "50", "--config", str(tmp_path / "two.toml"))
    status, shown, told = run(*asked)
    assert (status, told) == (0, "")
    assert "5席 回線 main:" in shown
    assert "5席 回線 tax:" in shown
    assert "5席 折り返し: 希望" in shown
    status, shown, _ = run(*asked, "--format", "json")
    (row,) = json.loads(shown)["rows"]
    assert sum(one["queued"] for one in row["lines"].values()) == row["queued"]
    assert row["callback"] == sum(row["callbacks"].values()) > 0


def test_given_a_recorded_day_when_replayed_as_it_was_then_the_same_happens(
    run: Run, lived: tuple[Path, Tally]
) -> None:
    home, tally = lived
    assert tally.given_up, "the day must have abandons"
    status, shown, _ = run("replay", "--home", home, "--day", "2026-11-20", "--format", "json")
    assert status == 0
    actual, same = json.loads(shown)["columns"]
    assert (actual["kind"], same["kind"]) == ("actual", "same")
    for one in (actual, same):
        assert one["queued"] == tally.queued
        assert one["answered"] == tally.answered
        assert one["abandoned"] == tally.abandoned
        assert one["asa_s"]["value"] == pytest.approx(fmean(tally.waits) / 1000, abs=0.001)
        assert one["identity"]["holds"]
    assert actual["occupancy"]["value"] == pytest.approx(same["occupancy"]["value"], abs=0.002)


def test_given_a_recorded_day_when_there_are_other_seats_and_times_then_they_stand_beside_it(
    run: Run, lived: tuple[Path, Tally]
) -> None:
    home, tally = lived
    period = ("--home", home, "--from", "2026-11-20", "--to", "2026-11-20")
    status, shown, _ = run("replay", *period, "--seats", "3,9", "--wrap-up", "5", "--format", "json")
    assert status == 0
    columns = json.loads(shown)["columns"]
    assert [one["name"] for one in columns] == ["実績", "再現（同じ設定）", "3席", "9席"]
    rates = [one["answer_rate"]["value"] for one in columns]
    assert rates[2] < rates[0] < rates[3]
    status, shown, _ = run("replay", "--home", home, "--day", "2026-11-20", "--strategy", "linear")
    assert status == 0
    assert "変更後" in shown
    assert str(tally.queued) in shown


def test_given_a_day_of_which_no_log_in_is_known_when_replayed_then_everybody_is_there(
    run: Run, tmp_path: Path
) -> None:
    rows, tally = a_day(floor_settings(Settings()))
    home = home_of(tmp_path, [row for row in rows if not row.kind.startswith("seat.")])
    status, shown, _ = run("replay", "--home", home, "--day", "2026-11-20", "--format", "json")
    assert status == 0
    actual, same = json.loads(shown)["columns"]
    assert actual["answered"] == tally.answered
    assert same["answered"] > tally.answered  # seven seats instead of five
    assert same["identity"]["holds"]


def test_given_a_file_when_replayed_then_the_journal_is_not_needed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(
        "arrival,connected,abandoned,service\n"
        "2026-11-20 09:00,2026-11-20 09:00:05,,300\n"
        "2026-11-20 09:01,,2026-11-20 09:02:30,\n"
        "2026-11-20 09:03,2026-11-20 09:05:05,,60\n"
    )
    status, shown, _ = run("replay", "--csv", file, "--seats", "1,3", "--wrap-up", "0", "--format", "json")
    assert status == 0
    told = json.loads(shown)
    actual, one, three = told["columns"]
    assert (actual["answered"], actual["abandoned"]) == (2, 1)
    assert (one["answered"], one["abandoned"]) == (2, 1)
    assert (three["answered"], three["abandoned"]) == (3, 0)
    assert three["asa_s"]["value"] == 5.0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--csv", "no.csv"], "no.csv: cannot be read: No such file or directory"),
        (["--csv", "no.csv", "--day", "2026-11-20"], "--csv: cannot go together with --day, --from or --to"),
        (["--day", "2026-13-01"], "--day: '2026-13-01' is not a day like 2026-11-22"),
        (["--day", "2026-11-20", "--to", "2026-11-21"], "--day: cannot go together with --from or --to"),
        (["--from", "2026-11-21", "--to", "2026-11-20"], "--to: 2026-11-20 lies before --from 2026-11-21"),
        (["--day", "2026-11-20"], "no such database"),
        (["--seats", "0"], "--seats: zero seats"),
        (["--strategy", "fastest"], "--strategy: 'fastest' is unknown"),
        (["--config", "no.toml"], "--config: no.toml is no file"),
    ],
)
def test_given_a_bad_question_when_replayed_then_one_sentence_names_the_option(
    run: Run, arguments: list[str], why: str
) -> None:
    status, shown, told = run("replay", *arguments)
    assert (status, shown) == (2, "")
    assert why in told
    assert len(told.splitlines()) == 1


def test_given_a_period_without_calls_when_replayed_then_that_is_said(
    run: Run, lived: tuple[Path, Tally]
) -> None:
    status, _, told = run("replay", "--home", lived[0], "--day", "2026-11-19")
    assert status == 2
    assert "2026-11-19: no call entered the queue" in told
