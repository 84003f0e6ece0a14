"""A table from outside: both encodings, every mistake by its line, and the one that a home uses."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from config import ConfigError, Home
from ivr.holiday_file import (
    LARGEST_BYTES,
    decoded,
    difference,
    holidays_in,
    holidays_or_shipped,
    lost_years,
    missing_by_law,
    read_table,
    store,
)
from ivr.holidays import Holidays, by_law, shipped_holidays
from tests.unit.ivr.calendar_oracle import DAY

HEADER = "国民の祝日・休日月日,国民の祝日・休日名称"


@cache
def rows(first: int, last: int) -> list[str]:
    """The years by the law; since 2022 the table says the same, with 休日 for the days of rest."""
    days = [date(first, 1, 1) + n * DAY for n in range((date(last + 1, 1, 1) - date(first, 1, 1)).days)]
    return [
        f"{day.year}/{day.month}/{day.day},{'休日' if name.endswith('休日') else name}"
        for day in days
        if (name := by_law(day))
    ]


def table(*lines: str, end: str = "\r\n") -> str:
    return end.join([HEADER, *lines, ""])


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "syukujitsu.csv"


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_given_the_ministrys_encodings_when_read_then_the_table_is_the_same(
    file: Path, encoding: str, end: str
):
    file.write_bytes(table(*rows(2022, 2028), end=end).encode(encoding))

    found = read_table(file)

    assert (found.first_year, found.last_year, len(found.table)) == (2022, 2028, len(rows(2022, 2028)))
    assert found.name(date(2028, 1, 10)) == "成人の日"


def test_given_the_shipped_table_in_the_ministrys_encoding_when_read_then_nothing_differs(file: Path):
    shipped = shipped_holidays()
    text = table(*(f"{day.year}/{day.month}/{day.day},{name}" for day, name in shipped.table.items()))
    file.write_bytes(text.encode("cp932"))

    assert read_table(file) == shipped
    assert difference(shipped, read_table(file)).is_empty


GOOD = rows(2022, 2027)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (table(*GOOD).encode("euc-jp"), "neither UTF-8 nor CP932"),
        (table(*GOOD).encode("utf-16"), "neither UTF-8 nor CP932"),
        (table(*GOOD).encode("iso-2022-jp"), "line 1: does not begin with the header"),
        (b"\x89PNG\r\n\x1a\n\0\0", "neither UTF-8 nor CP932"),
        (b"\xff\xfe\xfd", "neither UTF-8 nor CP932"),
        (b"", "line 1: does not begin with the header"),
        (HEADER.encode(), "no rows"),
        ("\n".join(GOOD).encode(), "line 1: does not begin with the header"),
        (table(*GOOD[:3], "2022/2/30,祝日").encode(), "line 5: '2022/2/30,祝日' is not"),
        (table(*GOOD[:3], "2022-02-23,天皇誕生日").encode(), "line 5"),
        (table(*GOOD[:3], "天皇誕生日,2022/2/23").encode(), "line 5"),
        (table(*GOOD[:3], "2022/2/23").encode(), "line 5"),
        (table(*GOOD[:3], "2022/2/23,天皇誕生日,x").encode(), "line 5"),
        (table(*GOOD[:3], "2022/2/23,").encode(), "line 5: '' is not the name"),
        (table(*GOOD[:3], "２０２２/2/23,天皇誕生日").encode(), "line 5"),
        (table(*GOOD[:3], '2022/2/23,"天皇').encode(), "line 5"),
        (table(*GOOD[:3], "2022/2/23,ﾃﾝﾉｳ").encode(), "line 5: 'ﾃﾝﾉｳ' is not the name"),
        (table(*GOOD[:3], "2022/2/23,\u0007鐘").encode(), "line 5: .* is not the name"),
        (table(*GOOD[:3], "2022/2/23," + "祝" * 31).encode(), "line 5: .* is not the name"),
        (table(*GOOD[:3], "1899/2/23,紀元節").encode(), "line 5"),
        (table(*GOOD[:3], "2200/1/1,元日").encode(), "line 5"),
        (table(*GOOD, GOOD[-1]).encode(), f"line {len(GOOD) + 2}: 2027-11-23 comes twice"),
        (table(*GOOD[:3], GOOD[0]).encode(), "line 5: 2022-01-01 comes twice"),
        (table(*GOOD, "2028/1/1,元日").encode(), "2028 ends with 2028-01-01: rows are missing"),
        (table(*GOOD[1:]).encode(), "2022 has no 1 January"),
        (table(*GOOD, *rows(2029, 2029)).encode(), "2028 has no 1 January"),
        (b"x" * (LARGEST_BYTES + 1), "is no holiday table"),
    ],
)  # fmt: skip
def test_given_a_damaged_table_when_read_then_file_and_line_are_named(file: Path, data: bytes, named: str):
    file.write_bytes(data)

    with pytest.raises(ConfigError, match=named) as refused:
        read_table(file)

    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)


def test_given_no_file_when_read_then_so(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_table(tmp_path)


def test_given_cp932_bytes_that_are_also_utf8_when_decoded_then_utf8_comes_first():
    assert decoded(HEADER.encode() + b"\n2022/1/1,x") == HEADER + "\n2022/1/1,x"


def test_given_two_tables_when_compared_then_added_removed_and_renamed_are_told():
    used = Holidays.parse(table(*GOOD))
    changed = [row.replace("スポーツの日", "体育の日") for row in GOOD if row != "2027/5/5,こどもの日"]
    new = Holidays.parse(table(*changed, *rows(2028, 2028)))

    found = difference(used, new)

    assert [day.year for day, _ in found.added] == [2028] * len(rows(2028, 2028))
    assert found.removed == ((date(2027, 5, 5), "こどもの日"),)
    assert [(before, name) for _, before, name in found.renamed] == [("スポーツの日", "体育の日")] * 6
    assert missing_by_law(new) == ((date(2027, 5, 5), "こどもの日"),)
    assert lost_years(used, new) == ()
    assert lost_years(new, used) == (2028,)
    assert lost_years(shipped_holidays(), used) == tuple(range(1955, 2022))


def test_given_the_shipped_table_when_compared_with_the_law_then_nothing_is_missing():
    assert missing_by_law(shipped_holidays()) == ()


def test_given_a_home_when_a_table_is_stored_then_every_process_reads_it(tmp_path: Path):
    home = Home(tmp_path / "new" / "home")
    longer = Holidays.parse(table(*rows(1955, 2029)))
    assert holidays_in(home) == shipped_holidays()

    store(longer, home)

    assert holidays_in(home) == longer
    assert [path.name for path in home.path.iterdir()] == ["holidays.csv"]
    assert home.holidays.read_text(encoding="utf-8").startswith(HEADER)


def test_given_a_program_that_ships_a_longer_table_when_asked_then_the_homes_older_one_is_not_used(
    tmp_path: Path,
):
    home = Home(tmp_path)
    store(Holidays.parse(table(*rows(1955, 2026))), home)

    assert holidays_in(home) == shipped_holidays()


def test_given_a_damaged_table_in_a_home_when_asked_then_it_is_named_or_the_shipped_one_used(tmp_path: Path):
    home = Home(tmp_path)
    home.holidays.write_text("broken")
    said: list[str] = []

    with pytest.raises(ConfigError, match=r"holidays\.csv: holiday table, line 1"):
        holidays_in(home)
    assert holidays_or_shipped(home, said.append) == shipped_holidays()
    assert len(said) == 1


def test_given_a_home_that_cannot_be_written_when_stored_then_nothing_is_changed(tmp_path: Path):
    blocked = tmp_path / "home"
    blocked.write_text("a file, where the directory should be")

    with pytest.raises(ConfigError, match=r"holidays\.csv: cannot be written"):
        store(shipped_holidays(), Home(blocked))

    in_the_way = Home(tmp_path / "other")
    in_the_way.holidays.mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be written"):
        store(shipped_holidays(), in_the_way)
    assert [path.name for path in in_the_way.path.iterdir()] == ["holidays.csv"]
