"""`madoguchi holidays import|show`: a new table is checked whole, told, and used from then on."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from config import Clock, ConfigError, parse_local, to_ms
from ivr.holidays import shipped_holidays
from madoguchi.commands import holidays, hours
from tests.unit.ivr.test_holiday_file import rows, table

SHIPPED = [
    f"{day.year}/{day.month}/{day.day},{name}" for day, name in sorted(shipped_holidays().table.items())
]


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MADOGUCHI_TOML", raising=False)
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    offset_ms = to_ms(parse_local("2027-02-15")) - Clock().now_ms()  # when next year's table comes out
    monkeypatch.setenv("MADOGUCHI_CLOCK_OFFSET_MS", str(offset_ms))
    return tmp_path / "home"


@pytest.fixture(name="run")
def _run(home: Path) -> Any:
    app = typer.Typer()
    hours.register(app)
    holidays.register(app)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--home", str(home)])

    return run


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    made = tmp_path / "syukujitsu.csv"
    made.write_bytes(table(*SHIPPED, *rows(2028, 2028)).encode("cp932"))
    return made


def test_given_next_years_table_when_imported_then_what_is_new_is_told_and_hours_use_it(
    run: Any, file: Path, home: Path
):
    assert "注意: 祝日表は1955年から2027年まで" in run("hours", "2028-01-10").stdout

    told = run("holidays", "import", str(file))

    assert told.exit_code == 0
    assert "＋ 2028-01-10（月） 成人の日" in told.stdout
    assert "2027" not in told.stdout
    assert f"{home}/holidays.csv に取り込みました。" in told.stdout
    after = run("hours", "2028-01-10")
    assert "閉庁日: 祝日（成人の日）" in after.stdout
    assert "注意" not in after.stdout
    shown = json.loads(run("holidays", "show", "--year", "2028", "--format", "json").stdout)
    assert (shown["table"], shown["last_year"], len(shown["holidays"])) == (f"{home}/holidays.csv", 2028, 16)
    assert shown["holidays"][0] == {"date": "2028-01-01", "name": "元日"}


def test_given_a_dry_run_when_imported_then_it_is_told_and_nothing_stored(run: Any, file: Path, home: Path):
    told = run("holidays", "import", str(file), "--dry-run")

    assert "＋ 2028-01-10（月） 成人の日" in told.stdout
    assert "何も変えていません" in told.stdout
    assert not (home / "holidays.csv").exists()


def test_given_the_same_table_again_when_imported_then_nothing_changes(run: Any, file: Path, home: Path):
    run("holidays", "import", str(file))
    stored = (home / "holidays.csv").stat()

    facts = json.loads(run("holidays", "import", str(file), "--format", "json").stdout)

    assert facts["stored"] is False
    assert (facts["added"], facts["removed"], facts["renamed"]) == ([], [], [])
    assert (home / "holidays.csv").stat().st_mtime_ns == stored.st_mtime_ns


def test_given_a_running_instance_when_imported_then_how_it_takes_effect_is_told(
    run: Any, file: Path, home: Path
):
    home.mkdir()
    (home / "run.json").write_text("{}")

    assert "bin/madoguchi config reload で効きます" in run("holidays", "import", str(file)).stdout


def test_given_a_table_that_loses_years_when_imported_then_it_is_refused(run: Any, file: Path, home: Path):
    file.write_bytes(table(*rows(2022, 2028)).encode("cp932"))

    refused = run("holidays", "import", str(file))

    assert refused.exit_code == 2
    assert "the table in use knows 1955 to 2021, and this one does not; nothing is changed" in refused.stderr
    file.write_bytes(table(*(row for row in SHIPPED if not row.startswith("2027"))).encode("cp932"))
    assert "knows 2027, and" in run("holidays", "import", str(file)).stderr
    assert not (home / "holidays.csv").exists()


@pytest.mark.parametrize(
    ("lost", "named"),
    [("2028/5/5,こどもの日", "2028-05-05 こどもの日"), ("2027/5/5,こどもの日", "2027-05-05 こどもの日")],
)
def test_given_a_table_without_a_holiday_that_is_one_when_imported_then_only_anyway_takes_it(
    run: Any, file: Path, home: Path, lost: str, named: str
):
    file.write_bytes(table(*(row for row in [*SHIPPED, *rows(2028, 2028)] if row != lost)).encode("cp932"))

    refused = run("holidays", "import", str(file))

    assert refused.exit_code == 2
    assert f"has not {named}, which the table in use or the law has; nothing is changed" in refused.stderr
    assert not (home / "holidays.csv").exists()
    assert run("holidays", "import", str(file), "--anyway").exit_code == 0
    assert "受付中: 平日" in run("hours", f"{named[:10]} 10:00").stdout


def test_given_a_new_holiday_of_the_law_when_imported_then_it_is_taken_and_pointed_out(run: Any, file: Path):
    file.write_bytes(table(*SHIPPED, *rows(2028, 2028), "2028/6/1,防災の日").encode("cp932"))

    told = run("holidays", "import", str(file))

    assert told.exit_code == 0
    assert "注意: 2028-06-01（木） 防災の日 は法律の定めにない日です" in told.stdout
    assert "閉庁日: 祝日（防災の日）" in run("hours", "2028-06-01 10:00").stdout


def test_given_a_wrong_table_when_imported_then_one_sentence_and_the_former_one_stays(
    run: Any, file: Path, home: Path
):
    run("holidays", "import", str(file))
    before = (home / "holidays.csv").read_bytes()
    for wrong in (table(*SHIPPED, "2028/13/1,x").encode(), table(*SHIPPED).encode("euc-jp"), b""):
        file.write_bytes(wrong)
        result = run("holidays", "import", str(file))
        assert isinstance(result.exception, ConfigError)  # bin/madoguchi makes it exit status 2
        assert str(result.exception).startswith(f"{file}: ")
    assert (home / "holidays.csv").read_bytes() == before


def test_given_a_year_beyond_the_table_when_shown_then_it_is_refused(run: Any):
    result = run("holidays", "show", "--year", "2028")

    assert result.exit_code == 2
    assert "--year: the table in use reaches from 1955 to 2027, not to 2028" in result.stderr
    assert "同梱の表" in run("holidays", "show").stdout
    assert "2027-09-23（木） 秋分の日" in run("holidays", "show").stdout
