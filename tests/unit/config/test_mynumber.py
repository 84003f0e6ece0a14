from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.mynumber import REFUSAL, check_digit, contains_my_number, is_my_number, masked, spans

VALID = "123456789018"
"""The sum of its products is 212 = 19·11 + 3, so the check digit is 8."""


@pytest.mark.parametrize(
    ("digits", "valid"),
    [
        (VALID, True),
        ("123456789012", False),
        ("111111111118", True),  # 47 = 4·11 + 3
        ("000000000000", True),
        ("12345678901", False),
        ("1234567890180", False),
        ("１２３４５６７８９０１８", False),
        ("", False),
    ],
)
def test_given_digits_when_checked_then_the_ministrys_rule_decides(digits: str, valid: bool) -> None:
    assert is_my_number(digits) is valid


@given(st.text("0123456789", min_size=11, max_size=11))
def test_given_any_eleven_digits_when_completed_then_one_last_digit_fits_and_no_other(first: str) -> None:
    weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]  # of the first digit to the eleventh
    rest = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
    expected = 0 if rest <= 1 else 11 - rest
    assert [n for n in range(10) if is_my_number(f"{first}{n}")] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        f"マイナンバーは{VALID}です",
        "1234 5678 9018",
        "1234-5678-9018",
        "１２３４　５６７８　９０１８",
        "１２３４－５６７８－９０１８",
        "1234ー5678ー9018",
        "1234 - 5678 - 9018",
        "1234.5678.9018",
        "1234・5678・9018",
        "1234\n5678\n9018",
        "1234\u200b5678\u200b9018",
        "1 2 3 4 5 6 7 8 9 0 1 8",
        "123456-789018",
        "一二三四五六七八九〇一八",
        "電話026-226-1230、1234 5678 9018",
        "026-226-1230 1234-5678-9018",
        f"0262261234 {VALID} 5",
        f"No.{VALID}",
        f"12345678901 {VALID}",
    ],
)
def test_given_a_number_in_any_writing_when_looked_for_then_it_is_found_and_masked(text: str) -> None:
    assert contains_my_number(text)
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert not contains_my_number(hidden)
    assert hidden.count("＊") == 12
    assert VALID not in REFUSAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789012",
        "12345678901",
        f"1{VALID}",
        f"{VALID}1",
        "026-226-1234",
        "080-1234-5678",
        "+81 90 1234 5673",
        "+819012345673",
        "＋819012345673",
        "2026-11-23 10:30:45",
        "12345678901823456789012",
        "1234 5678 9018 2345 6789 012",
        "1234 5678 9012",
        "第2日曜日は8時30分から17時15分まで",
    ],
)
def test_given_other_numbers_when_looked_for_then_they_are_let_pass(text: str) -> None:
    assert spans(text) == []
    assert masked(text) == text


@given(st.text(max_size=200))
def test_given_any_text_when_looked_through_then_nothing_raises_and_masking_is_complete(text: str) -> None:
    for first, behind in spans(text):
        assert 0 <= first < behind <= len(text)
    assert not contains_my_number(masked(text))


@given(
    st.text("0123456789", min_size=11, max_size=11),
    st.sampled_from(["", " ", "-", "　", "－", " - ", "・"]),
    st.booleans(),
    st.text("あいう漢字。「」:abc", max_size=10),
    st.text("あいう漢字。「」:abc", max_size=10),
)
def test_given_any_valid_number_between_words_when_looked_for_then_it_is_found(
    first: str, separator: str, wide: bool, before: str, behind: str
) -> None:
    digits = f"{first}{check_digit(first)}"
    shown = separator.join((digits[:4], digits[4:8], digits[8:]))
    if wide:
        shown = shown.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert spans(before + shown + behind) == [(len(before), len(before) + len(shown))]
