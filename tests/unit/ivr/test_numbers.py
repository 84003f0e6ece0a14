import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.numbers import CallerId, Withheld, called_number, caller_id, e164, mask, printable, shown

MAIN = "0260001234"
OURS = (MAIN, "0262260000", "05012345678")


@pytest.mark.parametrize(
    ("called", "to", "ruri", "number", "source"),
    [
        # P-Called-Party-ID wins; the request URI is our random contact (NGN, direct)
        (
            "<sip:0262260000@ntt-east.ne.jp>",
            "<sip:0260001234@x>",
            "sip:a8Zq@192.0.2.1",
            "0262260000",
            "p-called-party-id",
        ),
        ("tel:0260001234;isub=12", "", "sip:a8Zq@192.0.2.1", MAIN, "p-called-party-id"),
        # home gateway: the number is To's display name
        ("", '"0260001234" <sip:s@192.168.1.1>;tag=3', "sip:s@192.168.1.5", MAIN, "to"),
        # office gateway and router: the number is To's user part
        ("", "<sip:0260001234@192.168.1.1;user=phone>;tag=3", "sip:s@192.168.1.5", MAIN, "to"),
        ("", "sip:0260001234@192.168.1.1", "", MAIN, "to"),
        # a 050 number delivered without its 050
        ("", "<sip:12345678@carrier.example>", "", "05012345678", "to"),
        # To is an alias of the forwarding contract; the request URI has it
        ("", "<sip:0269999999@x>", "sip:+81260001234@x", MAIN, "ruri"),
        ("", "", "sip:８１-２６-０００-１２３４@x", MAIN, "ruri"),
        ("+81260001234", "", "", MAIN, "p-called-party-id"),
        ("", "<sip:%30260001234@x>", "", MAIN, "to"),
    ],
)
def test_given_a_carriers_way_to_name_the_called_number_when_read_then_it_is_found(
    called: str, to: str, ruri: str, number: str, source: str
):
    found = called_number(called, to, ruri, OURS)

    assert (found.number, found.ours, found.source) == (number, True, source)


@pytest.mark.parametrize("to", ["<sip:0269999999@x>", "", "<sip:@>", "<", '"\\', "sip:" + "9" * 30_000])
def test_given_a_number_that_is_not_ours_when_called_then_the_main_number_is_taken_and_flagged(to: str):
    found = called_number("", to, "", OURS)

    assert (found.number, found.ours, found.source) == (MAIN, False, "main")
    assert len(found.raw) <= 129


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0262260000", "+81262260000"),
        ("026-226-0000", "+81262260000"),
        ("０２６（２２６）００００", "+81262260000"),
        ("1840262260000", "+81262260000"),
        ("186 026 226 0000", "+81262260000"),
        ("+81262260000", "+81262260000"),
        ("+810262260000", "+81262260000"),
        ("81262260000", "+81262260000"),
        ("010819012345678", "+819012345678"),
        ("01014155550100", "+14155550100"),
        ("+1-415-555-0100", "+14155550100"),
        ("05012345678", "+815012345678"),
        ("06012345678", "+816012345678"),
        ("0120950178", "+81120950178"),
        ("110", None),
        ("701", None),
        ("*11", None),
        ("anonymous", None),
        ("026226000", None),
        ("026226000000", None),
        ("+999999999999999999", None),
        ("٠٢٦٢٢٦٠٠٠٠", None),
        ("", None),
    ],
)
def test_given_a_written_number_when_normalised_then_it_is_e164_or_nothing(text: str, number: str | None):
    assert e164(text) == number


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"num": "0262260000"}, ("+81262260000", "none", "026-226-0000")),
        ({"num": "sip:09012345678@x", "name": "田中"}, ("+819012345678", "none", "090-1234-5678")),
        ({"pai": "<tel:+81262260000>", "num": "0269999999"}, ("+81262260000", "none", "026-226-0000")),
        ({"pai": '"x" <sip:+14155550100@x>'}, ("+14155550100", "none", "+1 415-555-0100")),
        ({"pai": "<sip:0262260000@x>", "num": "unavailable"}, ("+81262260000", "none", "026-226-0000")),
        ({"num": "0262260000", "privacy": "none"}, ("+81262260000", "none", "026-226-0000")),
        ({"num": "0262260000", "pres": "allowed_not_screened"}, ("+81262260000", "none", "026-226-0000")),
        ({"num": "anonymous", "name": "Anonymous"}, (None, "anonymous", "非通知")),
        ({"num": '"ANONYMOUS" <sip:anonymous@anonymous.invalid>'}, (None, "anonymous", "非通知")),
        ({"num": "anonymous", "name": "Coin line/payphone"}, (None, "payphone", "公衆電話")),
        ({"num": "anonymous", "name": '"coin LINE/payphone"'}, (None, "payphone", "公衆電話")),
        ({"num": "anonymous", "name": "Unavailable"}, (None, "unavailable", "表示圏外")),
        ({"num": "anonymous", "name": "Interaction with other service"}, (None, "interaction", "通知不可")),
        ({"num": "", "name": "Ｃ"}, (None, "payphone", "公衆電話")),
        ({"num": "restricted"}, (None, "anonymous", "非通知")),
        ({"num": "unknown"}, (None, "unknown", "番号不明")),
        ({"num": ""}, (None, "unknown", "番号不明")),
        ({"num": "sipp"}, (None, "unknown", "番号不明")),
        ({"num": "110"}, (None, "unknown", "番号不明")),
    ],
)
def test_given_what_the_carrier_says_of_the_caller_when_read_then_number_or_reason_is_known(
    headers: dict[str, str], expected: tuple[str | None, str, str]
):
    found = caller_id(**headers)

    assert (found.number, found.withheld, found.display) == (expected[0], Withheld(expected[1]), expected[2])


@pytest.mark.parametrize(
    "wish",
    [
        {"privacy": "id"},
        {"privacy": "id; critical"},
        {"privacy": "USER;header"},
        {"pres": "prohib_passed_screen"},
        {"name": "Anonymous"},
        {"num": "anonymous"},
    ],
)
def test_given_a_caller_who_withholds_when_the_carrier_asserts_the_number_all_the_same_then_it_is_not_kept(
    wish: dict[str, str],
):
    found = caller_id(**{"pai": "<sip:+81262260000@x>", "num": "0262260000"} | wish)

    assert found == CallerId(None, Withheld.ANONYMOUS)


TEXT = st.text() | st.text(alphabet='0123456789+*#<>"\\;@:%sipteł１４８\x00\r\n ', max_size=60)


@given(called=TEXT, to=TEXT, ruri=TEXT, name=TEXT, pres=TEXT, privacy=TEXT)
def test_given_any_text_in_any_header_when_read_then_nothing_raises(
    called: str, to: str, ruri: str, name: str, pres: str, privacy: str
):
    found = called_number(called, to, ruri, OURS)
    caller = caller_id(pai=called, num=to, name=name, pres=pres, privacy=privacy)

    assert found.number in OURS
    assert not any(unicodedata.category(char)[0] == "C" for char in found.raw)
    assert (caller.number is None) is (caller.withheld is not Withheld.NONE)
    assert caller.number is None or e164(caller.number) == caller.number
    assert caller.display


@pytest.mark.parametrize("char", ["0", '"', "<", "\\", "1", "ー", "%", "＋", "\n"])
def test_given_thirty_kilobytes_when_read_then_it_is_handled_at_once(char: str):
    text = char * 30_000

    assert not called_number(text, text, text, OURS).ours
    assert caller_id(pai=text, num=text, name=text, pres=text, privacy=text).number is None
    assert len(printable(text)) == 129


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+81262260000", "**********00"), (None, "-"), ("", "-"), ("110", "***"), ("9" * 90, "*" * 19 + "9…")],
)
def test_given_a_number_when_masked_then_only_its_end_is_left(number: str | None, masked: str):
    assert mask(number) == masked


def test_given_control_characters_when_made_printable_then_none_is_left():
    assert printable("a\x00b\r\n\x1b[31mc\u202e") == "a�b���[31mc�"


def test_given_text_that_is_no_number_when_shown_then_it_stays():
    assert shown("番号不明") == "番号不明"
