import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from madoguchi.commands import hours, prompts


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Any:
    app = typer.Typer()
    hours.register(app)
    prompts.register(app)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--home", str(tmp_path / "home")])

    return run


def test_given_a_time_when_hours_are_asked_as_json_then_it_is_the_contracts_object(run: Any):
    result = run("hours", "2022-05-08 08:30:00", "--format", "json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "time": "2022-05-08T08:30:00+09:00",
        "state": "open",
        "reason": "受付中: 第2日曜日",
        "next_change": "2022-05-08T17:15:00+09:00",
        "next_opening": "2022-05-09T08:30:00+09:00",
    }


def test_given_a_time_when_hours_are_asked_as_text_then_reason_and_next_opening_are_told(run: Any):
    text = run("hours", "2022-12-28 17:15").stdout

    assert "2022-12-28（水）17:15:00 時間外: 受付終了後（平日）" in text
    assert "次の受付開始: 2023-01-04（水）08:30:00" in text


def test_given_no_time_when_hours_are_asked_then_the_clock_that_was_set_is_used(
    run: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("config.clock.time.time_ns", lambda: 1_651_966_200_000_000_000 - 3_600_000_000_000)
    monkeypatch.setenv("MADOGUCHI_CLOCK_OFFSET_MS", "3600000")

    facts = json.loads(run("hours", "--format", "json").stdout)

    assert facts["time"] == "2022-05-08T08:30:00+09:00"


def test_given_a_month_when_hours_are_asked_as_json_then_each_day_has_its_hours_and_reason(run: Any):
    days = json.loads(run("hours", "--month", "2022-05", "--format", "json").stdout)

    assert len(days) == 31
    assert days[7] == {"date": "2022-05-08", "open": [["08:30", "17:15"]], "reason": "受付日: 第2日曜日"}
    assert days[2] == {"date": "2022-05-03", "open": [], "reason": "閉庁日: 祝日（憲法記念日）"}
    assert sum(bool(day["open"]) for day in days) == 20


def test_given_a_month_past_the_table_when_asked_then_a_warning_stands_below(
    run: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("config.clock.time.time_ns", lambda: 1_651_966_200_000_000_000)  # the table is new
    assert "注意: 祝日表は1955年から2027年まで" in run("hours", "--month", "2028-05").stdout
    assert "warning" in run("hours", "2028-05-01", "--format", "json").stdout
    assert "注意" not in run("hours", "--month", "2027-12").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2022-13-01",), "TIME: '2022-13-01' is not a time like 2022-05-08 08:30:00"),
        (("now",), "TIME: 'now' is not a time"),
        (("9999-12-31",), "TIME: the year 9999 is not between"),
        (("0001-01-01T00:00:00+00:00",), "TIME: the year 1 is not between"),
        (("--month", "2022-13"), "--month: '2022-13' is not a month like 2022-05"),
        (("--month", "2022/05"), "--month: '2022/05' is not a month"),
        (("--month", "２０２２-０５"), "is not a month"),
        (("--month", "0000-01"), "--month: the year 0 is not between"),
        (("2022-05-08", "--month", "2022-05"), "TIME and --month: give one of the two"),
    ],
)
def test_given_a_wrong_argument_when_hours_are_asked_then_one_sentence_and_status_2(
    run: Any, arguments: tuple[str, ...], sentence: str
):
    result = run("hours", *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(sentence) or sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_given_a_wrong_configuration_when_hours_are_asked_then_file_and_key_are_named(
    run: Any, tmp_path: Path
):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "madoguchi.toml").write_text('[calendar]\nopen = "18:00:00"\nclose = "09:00:00"\n')

    result = run("hours", "2022-05-08")

    assert result.exit_code == 2
    assert "madoguchi.toml" in result.stderr
    assert "calendar" in result.stderr


def test_given_the_shipped_prompts_when_checked_and_listed_then_all_is_well(run: Any):
    assert run("prompts", "check").exit_code == 0
    assert json.loads(run("prompts", "check", "--format", "json").stdout) == {"ok": True, "problems": []}
    rows = {row["id"]: row for row in json.loads(run("prompts", "list", "--format", "json").stdout)}
    assert rows["greeting"]["origin"] == "voice"
    assert rows["greeting"]["duration_ms"] > 3000
    assert "長野市マイナンバーカードコールセンター" in run("prompts", "list").stdout


def test_given_texts_without_voice_when_checked_then_status_1_and_each_is_named(run: Any, tmp_path: Path):
    (tmp_path / "texts.toml").write_text('[[text]]\nid = "a"\nja = "あ。"\nwhere = "x"\n', encoding="utf-8")
    (tmp_path / "readings.toml").write_text("[ja]\n")

    result = run("prompts", "check", "--folder", str(tmp_path))

    assert result.exit_code == 1
    assert "a: missing: has no voice" in result.stdout
    assert run("prompts", "check", "--folder", str(tmp_path / "none")).exit_code == 2
    assert run("prompts", "list", "--folder", str(tmp_path / "none")).exit_code == 2


def test_given_no_voice_packages_when_built_then_it_says_how_to_install_them(
    run: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ivr.voice.NEEDED", ("no_such_engine",))

    result = run("prompts", "build")

    assert result.exit_code == 2
    assert "'no_such_engine', which is not installed; run: pip install --require-hashes" in result.stderr
