"""Values of ledger entries: each kind in one spelling, what is wrong named, no My Number in any kind."""

from typing import Any

import pytest

from config.categories import DEFAULT_TREE
from config.forms import BOOKING, Form, Kind
from config.mynumber import check_digit
from desk.entry_values import Checked, checked
from desk.problems import ApiProblem

ELEVEN = "12345678901"
MY_NUMBER = ELEVEN + str(check_digit(ELEVEN))
KINDS: tuple[Kind, ...] = (
    *("text", "kana", "date", "datetime", "phone", "choice", "category", "flag", "number", "long"),
)


def form(kind: Kind, **more: Any) -> Form:
    field = {
        "key": "x",
        "label": "項目",
        "kind": kind,
        **({"choices": ["あ", "い"]} if kind == "choice" else {}),
    }
    return Form.model_validate({"title": "様式", "fields": [{**field, **more}]})


def one(kind: Kind, value: object, **more: Any) -> Any:
    found = check(form(kind, **more), {"x": value})
    return {**found.plain, **found.sealed}.get("x")


def check(form: Form, values: dict[str, Any], before: Any = ({}, {})) -> Checked:
    return checked(form, values, DEFAULT_TREE, before)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  長野 花子 ", "長野 花子"),
        ("text", "か\u3099", "が"),
        ("text", "", None),
        ("text", "  ", None),
        ("text", None, None),
        ("long", "一行\r\n二行", "一行\n二行"),
        ("kana", "ながの ﾊﾅｺ", "ナガノ　ハナコ"),
        ("kana", "ジョン・スミス", "ジョン・スミス"),
        ("date", "1955-03-04", "1955-03-04"),
        ("date", "２０２６-11-24", "2026-11-24"),
        ("datetime", "2026-11-24T10:30", "2026-11-24T10:30"),
        ("datetime", "2026-11-24 10:30:00", "2026-11-24T10:30"),
        ("datetime", "2026-11-24T01:30:00+00:00", "2026-11-24T10:30"),
        ("phone", "０２６－２２６－１２３４", "+81262261234"),
        ("phone", "090-1234-5678", "+819012345678"),
        ("choice", "い", "い"),
        ("category", ["紛失", "一時停止"], ["紛失", "一時停止"]),
        ("category", [], None),
        ("flag", False, False),
        ("flag", True, True),
        ("number", 3, 3),
        ("number", 0, 0),
    ],
)
def test_given_a_value_when_checked_then_it_is_kept_in_one_spelling(
    kind: Kind, given: object, kept: object
) -> None:
    assert one(kind, given) == kept


@pytest.mark.parametrize(
    ("kind", "given", "more", "said"),
    [
        ("text", 5, {}, "文字で"),
        ("text", "a\x00b", {}, "制御文字"),
        ("text", "a\nb", {}, "制御文字"),
        ("text", "あ" * 201, {}, "200文字まで"),
        ("text", "あ" * 11, {"longest": 10}, "10文字まで"),
        ("long", "あ" * 4001, {}, "4000文字まで"),
        ("kana", "長野", {}, "カタカナ"),
        ("date", "2026-02-30", {}, "日付"),
        ("date", "20261124", {}, "日付"),
        ("date", "1700-01-01", {}, "日付"),
        ("datetime", "2026-11-24", {}, "日時"),
        ("datetime", "2026-11-24T25:00", {}, "日時"),
        ("datetime", "0001-01-01T00:00+14:00", {}, "日時"),
        ("phone", "110", {}, "電話番号"),
        ("phone", "226-1234", {}, "電話番号"),
        ("choice", "う", {}, "あ、い"),
        ("choice", ["あ"], {}, "あ、い"),
        ("category", ["紛失", "ない"], {}, "一覧"),
        ("category", "紛失", {}, "一覧"),
        ("category", [["紛失"]], {}, "一覧"),
        ("flag", "はい", {}, "true"),
        ("number", "3", {}, "整数"),
        ("number", True, {}, "整数"),
        ("number", 1.5, {}, "整数"),
        ("number", 10**30, {}, "整数"),
        ("number", 10, {"most": 9}, "9以下"),
        ("number", 0, {"least": 1}, "1以上"),
        ("flag", None, {"required": True}, "必ず"),
        ("text", " ", {"required": True}, "必ず"),
    ],
)
def test_given_a_wrong_value_when_checked_then_the_field_is_named(
    kind: Kind, given: object, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ApiProblem, match="項目") as met:
        one(kind, given, **more)
    assert met.value.code == "bad_argument"
    assert said in str(met.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "hidden",
    [
        MY_NUMBER,
        f"{MY_NUMBER[:4]} {MY_NUMBER[4:8]} {MY_NUMBER[8:]}",
        f"番号は{MY_NUMBER[:4]}-{MY_NUMBER[4:8]}-{MY_NUMBER[8:]}です",
        MY_NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        int(MY_NUMBER),
        float(MY_NUMBER),
        [MY_NUMBER],
        [MY_NUMBER[:4], MY_NUMBER[4:8], MY_NUMBER[8:]],
        {"a": [MY_NUMBER]},
        {MY_NUMBER: 1},
    ],
)
def test_given_a_my_number_when_in_any_kind_of_field_then_it_is_refused_and_not_said_back(
    kind: Kind, hidden: object
) -> None:
    with pytest.raises(ApiProblem) as met:
        one(kind, hidden)
    assert met.value.code == "my_number"
    assert "番号法" in str(met.value)
    assert "項目" in str(met.value)
    for piece in (MY_NUMBER, MY_NUMBER[:4], MY_NUMBER[8:]):
        assert piece not in str(met.value)


def test_given_a_my_number_as_a_fields_name_then_it_is_refused_and_not_said_back() -> None:
    with pytest.raises(ApiProblem) as met:
        check(form("text"), {MY_NUMBER: "a"})
    assert met.value.code == "my_number"
    assert MY_NUMBER not in str(met.value)
    with pytest.raises(ApiProblem, match="a field that the form does not have"):
        check(form("text"), {"unknown": "a"})


def test_given_a_booking_when_checked_then_personal_values_are_apart_and_numbers_are_known() -> None:
    found = check(BOOKING, {"kind": "新規", "name": "ナガノ", "phone": "026-226-1234", "told": True})
    assert found.plain == {"kind": "新規", "told": True}
    assert found.sealed == {"name": "ナガノ", "phone": "+81262261234"}
    assert found.phones == ("+81262261234",)


def test_given_a_newer_form_when_an_entry_is_corrected_then_older_fields_and_choices_stay() -> None:
    newer = form("choice", choices=["う"])
    kept = check(newer, {"x": "あ"}, ({"x": "あ", "old": 1}, {"name": "ナガノ"}))
    assert kept.plain == {"x": "あ", "old": 1}
    assert kept.sealed == {"name": "ナガノ"}
    with pytest.raises(ApiProblem):
        check(newer, {"x": "い"}, ({"x": "あ"}, {}))
    unchanged = check(form("category"), {"x": ["昔", "分類"]}, ({"x": ["昔", "分類"]}, {}))
    assert unchanged.plain == {"x": ["昔", "分類"]}
