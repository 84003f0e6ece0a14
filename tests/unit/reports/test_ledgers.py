"""The ledgers to hand over: headings over versions of forms, formulas, encodings, workbooks, the command."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from config import Home, parse_local, to_ms
from config.forms import BOOKING, INQUIRY, Form
from db import Database, Entry, Journal, looks, open_database, upgrade
from db.ledger import Writing, correct, write
from db.personal import erase
from madoguchi.commands import ledger as command
from reports.ledger_csv import csv_of, neutral
from reports.ledger_xlsx import xlsx_of
from reports.ledgers import LedgerReport, ledger_report, period_of

DAY = "2026-11-24"
AT = to_ms(parse_local(f"{DAY} 10:05:00"))
NAMES = {"101": "長野 花子"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def database(home: Home) -> Database:
    opened = open_database(f"sqlite:///{home.database}", home=home.path)
    upgrade(opened)
    return opened


def booking(form: Form = BOOKING, **sealed: object) -> Writing:
    return Writing("booking", "101", form.version, form.definition, plain={"kind": "新規"}, sealed=sealed)


def report(database: Database, period: str = DAY, form: Form = BOOKING) -> LedgerReport:
    return ledger_report(
        database, "booking", period_of(period), form, NAMES, who="sato", why="日次報告", at_ms=AT
    )


def shown(made: LedgerReport, row: int = 0) -> dict[str, str]:
    return dict(zip([column.label for column in made.columns], made.rows[row], strict=True))


def test_given_a_day_when_its_ledger_is_made_then_only_its_entries_stand_there_as_they_are_now(
    database: Database,
) -> None:
    for at in ("2026-11-23 23:59:59", f"{DAY} 00:00:00", f"{DAY} 23:59:59", "2026-11-25 00:00:00"):
        write(database, booking(name="ナガノ"), to_ms(parse_local(at)))
    correct(
        database,
        "booking-2026-000002",
        1,
        Writing(
            "booking", "102", BOOKING.version, BOOKING.definition,
            plain={"kind": "変更", "told": True, "fixed": "2026-12-01T10:30"},
            sealed={"name": "マツモト", "phone": "+81262261234", "birth": "1955-03-04"},
            why="聞き違い",
        ),
        to_ms(parse_local("2026-11-26 09:00:00")),
    )  # fmt: skip
    made = report(database)
    assert [row[0] for row in made.rows] == ["2026-000002", "2026-000003"]
    assert shown(made) | {"区分": "変更"} == shown(made)
    assert {
        key: shown(made)[key]
        for key in (
            "受付日時",
            "受付者",
            "氏名（カナ）",
            "生年月日",
            "連絡先電話",
            "確定日時",
            "持ち物案内済",
            "版",
        )
    } == {
        "受付日時": f"{DAY} 00:00",
        "受付者": "長野 花子",
        "氏名（カナ）": "マツモト",
        "生年月日": "1955-03-04",
        "連絡先電話": "026-226-1234",
        "確定日時": "2026-12-01 10:30",
        "持ち物案内済": "○",
        "版": "2",
    }
    assert shown(made)["更新履歴"] == "第2版 2026-11-26 09:00 102: 聞き違い"
    assert len(report(database, "2026-11").rows) == 4
    with database.read() as connection:
        assert {one.what.partition(" ")[0] for one in looks(connection)} == {"export"}
        assert len(looks(connection)) == 6


def test_given_entries_of_several_forms_when_the_ledger_is_made_then_no_field_is_lost(
    database: Database,
) -> None:
    older = Form.model_validate(
        {"title": "旧", "fields": [{"key": "name", "label": "お名前"}, {"key": "memo", "label": "メモ"}]}
    )
    write(database, booking(older, name="ナガノ", memo="車いす"), AT)
    write(database, booking(name="マツモト"), AT + 1)
    made = report(database)
    assert [column.label for column in made.columns].count("氏名（カナ）") == 1
    assert (shown(made)["氏名（カナ）"], shown(made)["メモ"]) == ("ナガノ", "車いす")
    assert shown(made, 1)["メモ"] == ""


def test_given_a_purged_entry_when_the_ledger_is_made_then_its_number_stands_and_the_citizen_does_not(
    database: Database,
) -> None:
    entry = write(database, booking(name="ナガノ"), AT).entry
    with database.write() as connection:
        erase(connection, [entry])
    row = shown(report(database))
    assert (row["受付番号"], row["区分"], row["氏名（カナ）"]) == ("2026-000001", "新規", "（消去済）")
    assert "ナガノ" not in json.dumps(report(database).to_json(), ensure_ascii=False)


def test_given_an_inquiry_of_a_call_when_the_ledger_is_made_then_the_calls_times_stand_beside_it(
    database: Database,
) -> None:
    journal = Journal(database)
    journal.start()
    for after, kind, data in (
        (0, "call.received", {"withheld": "payphone", "open": True}),
        (9_000, "call.connected", {"wait_ms": 9000}),
        (69_900, "call.talk_ended", {"by": "caller"}),
        (70_000, "call.ended", {"outcome": "answered", "queued": True}),
    ):
        journal.write(Entry(AT + after, kind, "c1", line="main", data=data))
    assert journal.close()
    write(
        database,
        Writing(
            "inquiry", "101", INQUIRY.version, INQUIRY.definition,
            plain={"category": ["紛失", "一時停止"], "handling": "完結", "complaint": False},
            sealed={"content": "なくした\n昨日"}, call="c1",
        ),
        AT + 80_000,
    )  # fmt: skip
    made = ledger_report(
        database, "inquiry", period_of(DAY), INQUIRY, NAMES, who="sato", why="月次報告", at_ms=AT
    )
    row = shown(made)
    assert made.title == "問合せ記録簿"
    assert (row["受電日時"], row["終了日時"]) == (f"{DAY} 10:05", f"{DAY} 10:06")
    assert (row["通話時間（秒）"], row["発信番号"], row["担当"]) == ("60", "公衆電話", "長野 花子")
    assert (row["分類"], row["内容"], row["苦情"], row["通話ID"]) == (
        "紛失 / 一時停止",
        "なくした\n昨日",
        "×",
        "c1",
    )
    assert made.to_json()["entries"][0]["talk_s"] == 60


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+81 26", "'+81 26"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("＝1+1", "'＝1+1"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\n=1", "'\n=1"),
        ("\x00x", "' x"),
        ("a\x01b", "a b"),
        ("\ufeff=1", "'\ufeff=1"),
        ("0262261234", "0262261234"),
        ("一行\n=二行", "一行\n=二行"),
        ("ー", "ー"),
        ("", ""),
        (" ", " "),
    ],
)
def test_given_a_text_when_written_then_no_spreadsheet_runs_it(given: str, written: str) -> None:
    assert neutral(given) == written
    raw, _ = csv_of(["氏名"], [[given]])
    assert list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))[1:] in ([[written]], [[]])
    sheet = load_workbook(io.BytesIO(xlsx_of("簿", "日", [("氏名", "text")], [[given]]))).active
    assert isinstance(sheet, Worksheet)
    cell = sheet.cell(4, 1)
    assert (cell.value or "") == written
    assert cell.data_type in ("s", "n" if cell.value is None else "s")


def test_given_characters_that_cp932_has_not_when_encoded_then_they_are_replaced_and_counted() -> None:
    raw, missing = csv_of(["氏名"], [["髙﨑𠮷野"], ["０〜１−２"], ["00123"]], "cp932")
    assert raw.decode("cp932").split("\r\n") == ["氏名", "髙﨑〓野", "０～１－２", "00123", ""]
    assert missing == 1
    utf8, none = csv_of(["氏名"], [["𠮷野"], ["00123"]])
    assert utf8.startswith(b"\xef\xbb\xbf")
    assert none == 0
    assert b"00123" in utf8
    with pytest.raises(ValueError, match="no encoding of ours"):
        csv_of([], [], "latin-1")


def test_given_a_workbook_when_opened_then_it_prints_on_a4_landscape_with_headings_on_each_page() -> None:
    columns = [("受付番号", "number_text"), ("照会番号", "text"), ("備考", "long")]
    rows = [["2026-000001", "00123", "長い" * 60]] * 80
    sheet = load_workbook(io.BytesIO(xlsx_of("交付予約受付簿", "2026年11月24日", columns, rows))).active
    assert isinstance(sheet, Worksheet)
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$3:$3"
    assert [cell.value for cell in sheet[3]] == ["受付番号", "照会番号", "備考"]
    assert {cell.data_type for row in sheet.iter_rows(min_row=3) for cell in row} == {"s"}
    assert sheet.cell(4, 2).value == "00123"
    height = sheet.row_dimensions[4].height
    assert height is not None
    assert height > 100


@pytest.mark.parametrize("label", ["2026-13", "2026-02-30", "2026", "x", "", "2026-11-24T00:00"])
def test_given_no_period_when_read_then_a_sentence_says_so(label: str) -> None:
    with pytest.raises(ValueError, match="is n"):
        period_of(label)


def test_given_the_command_when_run_then_files_are_written_and_mistakes_are_said(
    database: Database, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    write(database, booking(name="ヨシノ", remarks="𠮷野様"), AT)
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)

    def run(*arguments: str) -> tuple[int, bytes, str]:
        done = CliRunner().invoke(
            app, ["ledger", *arguments, "--home", str(home.path)], catch_exceptions=False
        )
        return done.exit_code, done.stdout_bytes, done.stderr

    status, out, said = run("booking", DAY, "--encoding", "cp932", "--by", "sato", "--why", "提出")
    assert (status, said) == (0, "1 文字は cp932 にないため 〓 にしました。\n")
    assert "〓野様" in out.decode("cp932")
    file = tmp_path / "簿.xlsx"
    assert run("booking", "2026-11", "--format", "xlsx", "-o", str(file))[0] == 0
    assert load_workbook(file).active is not None
    status, out, _ = run("booking", DAY, "--format", "json")
    assert (status, json.loads(out)["count"]) == (0, 1)
    for wrong, named in (
        (("other", DAY), "LEDGER"),
        (("booking", "2026-13"), "PERIOD"),
        (("booking", DAY, "--encoding", "x"), "--encoding"),
        (("booking", DAY, "--why", " "), "--why"),
        (("booking", DAY, "--why", "123456789018"), "番号法"),
        (("booking", DAY, "-o", str(tmp_path / "no" / "file")), "--output"),
    ):
        status, _, said = run(*wrong)
        assert status == 2, wrong
        assert named in said
    with database.read() as connection:
        assert next((one.who, one.why) for one in looks(connection)) == ("sato", "提出")
