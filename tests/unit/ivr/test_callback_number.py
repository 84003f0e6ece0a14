"""Which numbers are called back: the table of the numbering plan, from both sides of each border."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callback_number import Unfit, callback_number, is_whole, read_out
from ivr.texts import default_folder, load_texts

OURS = ("0260001234", "05011112222")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0262261234", "+81262261234"),
        ("0312345678", "+81312345678"),
        ("0112345678", "+81112345678"),
        ("0988612345", "+81988612345"),
        ("07012345678", "+817012345678"),
        ("08012345678", "+818012345678"),
        ("09012345678", "+819012345678"),
        ("05012345678", "+815012345678"),
        ("026-226-1234", "+81262261234"),
        ("1840262261234", "+81262261234"),
        ("+81262261234", "+81262261234"),
        ("+819012345678", "+819012345678"),
    ],
)
def test_given_a_fixed_mobile_or_050_number_then_it_is_taken_in_e164(typed, number):
    assert callback_number(typed, OURS) == number


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Unfit.INCOMPLETE),
        ("0", Unfit.INCOMPLETE),
        ("026226123", Unfit.INCOMPLETE),
        ("02622612345", Unfit.INCOMPLETE),
        ("0901234567", Unfit.INCOMPLETE),
        ("1234567890", Unfit.INCOMPLETE),
        ("0000000000", Unfit.INCOMPLETE),
        ("2261234", Unfit.INCOMPLETE),
        ("A262261234", Unfit.INCOMPLETE),
        ("110", Unfit.SPECIAL),
        ("118", Unfit.SPECIAL),
        ("119", Unfit.SPECIAL),
        ("104", Unfit.SPECIAL),
        ("117", Unfit.SPECIAL),
        ("171", Unfit.SPECIAL),
        ("177", Unfit.SPECIAL),
        ("188", Unfit.SPECIAL),
        ("189", Unfit.SPECIAL),
        ("1100", Unfit.SPECIAL),
        ("0990123456", Unfit.PAID),
        ("0570123456", Unfit.PAID),
        ("0180123456", Unfit.PAID),
        ("0170123456", Unfit.PAID),
        ("0120123456", Unfit.FREE),
        ("08001234567", Unfit.FREE),
        ("0101415550100", Unfit.ABROAD),
        ("010", Unfit.ABROAD),
        ("0011234567", Unfit.ABROAD),
        ("+14155550100", Unfit.ABROAD),
        ("+821012345678", Unfit.ABROAD),
        ("0260001234", Unfit.OWN),
        ("+81260001234", Unfit.OWN),
        ("05011112222", Unfit.OWN),
        ("02041234567", Unfit.OTHER),
        ("anonymous", Unfit.INCOMPLETE),
    ],
)
def test_given_any_other_number_then_refused_for_its_reason(typed, why):
    assert callback_number(typed, OURS) is why


def test_given_the_reasons_then_each_has_a_spoken_text():
    assert {why.value for why in Unfit} <= load_texts(default_folder()).keys()


@given(st.text(max_size=200) | st.text("0123456789*#+", max_size=40))
def test_given_anything_typed_or_delivered_then_a_number_of_japan_or_a_reason_and_never_an_error(text):
    found = callback_number(text, OURS)
    assert isinstance(found, Unfit) or found.startswith("+81")
    is_whole(text)


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("026226123", False),
        ("0262261234", True),
        ("0901234567", False),
        ("09012345678", True),
        ("0801234567", False),
        ("0120123456", True),
        ("0570123456", True),
        ("0501234567", False),
        ("010141555010", False),
        ("119", False),
        ("1234567890", False),
        ("0000000000", False),
        ("", False),
    ],
)
def test_given_a_number_typed_so_far_then_whole_by_its_length_alone(typed, whole):
    assert is_whole(typed) is whole


@pytest.mark.parametrize(
    ("number", "read"),
    [("+81262261234", "026-226-1234"), ("+81312345678", "03-1234-5678"), ("+819012345678", "090-1234-5678")],
)
def test_given_a_number_then_it_is_read_out_in_its_groups(number, read):
    assert read_out(number) == tuple("digit.dash" if c == "-" else f"digit.{c}" for c in read)
