"""Settings file, secrets, clock and run.json: what a user can get wrong is named in one sentence."""

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from config import (
    Clock,
    ConfigError,
    Home,
    RunFile,
    Settings,
    from_ms,
    load_secrets,
    load_settings,
    parse_local,
    to_ms,
)
from config.clock import OFFSET_VARIABLE
from config.runfile import AriAccess, OperatorEntry, Phone, SipAddress, TrunkAddress

VARIABLES = (
    "MADOGUCHI_TOML",
    "MADOGUCHI_TRUNK_ADDRESSES",
    "MADOGUCHI_PUBLIC_ADDRESS",
    "MADOGUCHI_ARI_HOST",
    "MADOGUCHI_RTP_RANGE",
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path / "home")


def written(home, text):
    home.path.mkdir(parents=True, exist_ok=True)
    home.toml.write_text(text, encoding="utf-8")
    return home


def test_given_a_new_directory_then_the_commented_default_is_made_and_says_what_the_program_does(home):
    assert load_settings(home) == Settings()
    made = home.toml.read_text(encoding="utf-8")
    assert load_settings(home) == Settings()
    assert home.toml.read_text(encoding="utf-8") == made


def test_given_the_default_file_when_every_comment_is_taken_away_then_its_values_are_the_defaults(home):
    load_settings(home)
    lines = home.toml.read_text(encoding="utf-8").splitlines()
    keys = re.compile(r"# ([a-z_]+|\d) = |# \[")
    bare = [line.removeprefix("# ") if keys.match(line) else line for line in lines]
    home.toml.write_text("\n".join(bare), encoding="utf-8")
    assert bare != lines
    assert load_settings(home) == Settings()


def test_given_the_default_file_when_the_examples_are_taken_up_too_then_they_are_right(home):
    load_settings(home)
    lines = home.toml.read_text(encoding="utf-8").splitlines()
    home.toml.write_text("\n".join(line.removeprefix("#例 ") for line in lines), encoding="utf-8")
    read = load_settings(home)
    assert read.line_of("0260001235") == "english"
    assert read.operators[0].skills == {"english": 3}
    assert read.floor.limit_of_break_min() == {"休憩": 15, "昼食": 60}


def test_given_the_default_file_then_it_shows_every_section(home):
    load_settings(home)
    text = home.toml.read_text(encoding="utf-8")
    missing = [
        name for name in Settings.model_fields if f"[{name}]" not in text and f"[[{name}]]" not in text
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[seats]\ncuont = 7", ["[seats] cuont", "unknown key"]),
        ("[saets]\ncount = 7", ["[saets]", "unknown key"]),
        ("[seats]\ncount = '7'", ["[seats] count", "given: '7'"]),
        ("[seats]\ncount = true", ["[seats] count"]),
        ("[seats]\ncount = 0", ["[seats] count", "given: 0"]),
        ("[seats]\ncount = 201", ["[seats] count", "given: 201"]),
        ("seats = 7", ["[seats]"]),
        ("[guidance]\ngreeting = 'yes'", ["[guidance] greeting", "given: 'yes'"]),
        ("[line]\nnumber = '12345'", ["[line] number", "given: '12345'"]),
        ("[line]\nnumber = '０２６０００１２３４'", ["[line] number"]),
        ("[calendar]\nopen = 17:15:00\nclose = 08:30:00", ["[calendar]", "close (08:30)", "open (17:15)"]),
        ("[calendar]\nopen = 09:00:00\nclose = 09:00:00", ["[calendar]", "close (09:00)"]),
        ("[calendar]\nweekdays = ['monday']", ["[calendar] weekdays"]),
        ("[calendar]\ncontract_from = 2023-01-02\ncontract_to = 2023-01-01", ["[calendar]", "contract_to"]),
        ("[[seats.seat]]\nnumber = 3\nextension = '701'", ["[seats]", "extension 701", "two seats"]),
        ("[seats]\nsupervisor_extension = '702'", ["[seats]", "extension 702"]),
        ("[[seats.seat]]\nnumber = 8\nextension = '733'", ["[seats]", "seat 8"]),
        (
            "[[operators]]\nid = '1'\nname = 'a'\n[[operators]]\nid = '1'\nname = 'b'",
            ["operators", "id 1", "twice"],
        ),
        ("[[operators]]\nid = 'x1'\nname = 'a'", ["[operators] 0.id", "given: 'x1'"]),
        ("[[operators]]\nid = '1'", ["[operators] 0.name"]),
        ("[floor]\nring_time_s = 0", ["[floor] ring_time_s", "given: 0"]),
        ("[floor.breaks]\n0 = 'x'", ["[floor] breaks"]),
        ("[sip]\nport = 70000", ["[sip] port", "given: 70000"]),
        ("[sip]\nrtp_first = 12000\nrtp_last = 12002", ["[sip]", "too small"]),
        ("[trunk]\nprofile = 'hikari'", ["[trunk]", "gateway"]),
        ("[trunk]\naddresses = []", ["[trunk]", "addresses"]),
        ("[ari]\napp = 'A B'", ["[ari] app", "given: 'A B'"]),
        ("[seats\ncount = 7", ["is not TOML"]),
        ("[seats]\ncount = 7\ncount = 8", ["is not TOML"]),
    ],
)  # fmt: skip
def test_given_a_mistake_then_one_sentence_names_the_file_and_the_key(home, toml, named):
    with pytest.raises(ConfigError) as refused:
        load_settings(written(home, toml))
    (sentence,) = str(refused.value).splitlines()
    assert sentence.startswith(f"{home.toml}: ")
    assert [part for part in named if part not in sentence] == []
    assert refused.value.__suppress_context__


def test_given_two_mistakes_then_both_are_named_a_line_each(home):
    with pytest.raises(ConfigError) as refused:
        load_settings(written(home, "[seats]\ncount = 0\n[desk]\nport = 0"))
    said = str(refused.value).splitlines()
    assert len(said) == 2
    assert "[seats] count" in said[0]
    assert "[desk] port" in said[1]


@pytest.mark.parametrize("how", ["directory", "not text"])
def test_given_a_file_that_cannot_be_read_then_so_in_one_sentence(home, how):
    home.path.mkdir(parents=True)
    if how == "directory":
        home.toml.mkdir()
    else:
        home.toml.write_bytes(b'[line]\nname = "\xff\xfe"')
    with pytest.raises(ConfigError, match=r"madoguchi\.toml: cannot be read"):
        load_settings(home)


def test_given_the_containers_variables_then_they_stand_above_the_file(home, monkeypatch, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[seats]\ncount = 3\n[sip]\nrtp_first = 20000\nrtp_last = 20099", encoding="utf-8")
    monkeypatch.setenv("MADOGUCHI_TOML", str(other))
    monkeypatch.setenv("MADOGUCHI_TRUNK_ADDRESSES", "10.0.0.1, 10.0.0.2,")
    monkeypatch.setenv("MADOGUCHI_PUBLIC_ADDRESS", "192.0.2.1")
    monkeypatch.setenv("MADOGUCHI_ARI_HOST", "asterisk")
    monkeypatch.setenv("MADOGUCHI_RTP_RANGE", "30000-30099")
    read = load_settings(home)
    assert read.seats.count == 3
    assert read.trunk.addresses == ("10.0.0.1", "10.0.0.2")
    assert (read.sip.public_address, read.ari.host) == ("192.0.2.1", "asterisk")
    assert (read.sip.rtp_first, read.sip.rtp_last) == (30000, 30099)
    assert not home.toml.exists()


def test_given_a_range_that_is_none_then_the_key_is_named(home, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_RTP_RANGE", "many")
    with pytest.raises(ConfigError, match=r"\[sip\] rtp_first"):
        load_settings(home)


def test_given_an_extension_out_of_the_row_then_only_that_seat_has_it(home):
    read = load_settings(written(home, "[[seats.seat]]\nnumber = 3\nextension = '733'"))
    assert read.seats.extensions() == {
        1: "701", 2: "702", 3: "733", 4: "704", 5: "705", 6: "706", 7: "707",
    }  # fmt: skip


def test_given_few_media_ports_then_the_line_takes_no_more_calls_than_leave_room_for_the_phones(home):
    assert Settings().call_limit() == 250
    small = load_settings(written(home, "[sip]\nrtp_first = 20000\nrtp_last = 20099\n[seats]\ncount = 7"))
    assert small.call_limit() == 50 - 14
    assert load_settings(written(home, "[sip]\nrtp_first = 20000\nrtp_last = 20007")).call_limit() == 1


# --- secrets


def test_given_a_first_start_then_secrets_are_made_for_their_owner_only(home):
    made = load_secrets(home, Settings())
    file = home.keys / "secrets.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert home.keys.stat().st_mode & 0o777 == 0o700
    assert sorted(made.phones) == list(range(1, 8))
    assert sorted(made.pins) == [str(n) for n in range(101, 108)]
    assert all(len(pin) == 4 and pin.isdigit() for pin in made.pins.values())
    users = [phone.user for phone in [*made.phones.values(), made.supervisor_phone]]
    assert len(set(users)) == 8
    assert all(user.startswith("phone-") and len(user) == 12 for user in users)
    words = [made.ari_password, made.api_token, *(p.password for p in made.phones.values())]
    assert len(set(words)) == 9
    assert min(map(len, words)) >= 24


def test_given_secrets_then_a_second_start_keeps_them_to_the_byte(home):
    first = load_secrets(home, Settings())
    file = home.keys / "secrets.json"
    before = file.read_bytes()
    assert load_secrets(home, Settings()) == first
    assert file.read_bytes() == before


def test_given_a_new_seat_and_a_new_operator_then_only_they_get_new_secrets(home):
    first = load_secrets(home, Settings())
    more = Settings.model_validate({"seats": {"count": 8}, "operators": [{"id": "900", "name": "x"}]})
    second = load_secrets(home, more)
    assert {seat: second.phones[seat] for seat in first.phones} == first.phones
    assert sorted(second.phones) == list(range(1, 9))
    assert second.pins == {**first.pins, "900": second.pins["900"]}
    assert (second.api_token, second.ari_password) == (first.api_token, first.ari_password)
    assert (home.keys / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_given_two_installations_then_they_share_no_secret(tmp_path):
    one, two = (load_secrets(Home(tmp_path / name), Settings()) for name in ("one", "two"))
    assert one.api_token != two.api_token
    assert one.ari_password != two.ari_password
    assert one.phones[1] != two.phones[1]


@pytest.mark.parametrize("text", ["{", '{"phones": {"1": {"user": 5}}}', '{"surprise": 1}'])
def test_given_a_broken_file_of_secrets_then_it_is_named_and_left_as_it_is(home, text):
    home.prepare()
    file = home.keys / "secrets.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"secrets\.json"):
        load_secrets(home, Settings())
    assert file.read_text() == text


# --- clock


def test_given_an_offset_then_the_clock_is_that_far_from_the_machines():
    before = time.time_ns() // 1_000_000
    shown = Clock(-3_600_000).now_ms()
    after = time.time_ns() // 1_000_000
    assert before <= shown + 3_600_000 <= after
    assert Clock().now().tzinfo is UTC


def test_given_the_variable_then_the_clock_has_its_offset_and_nonsense_is_named(monkeypatch):
    monkeypatch.delenv(OFFSET_VARIABLE, raising=False)
    assert Clock.from_environment().offset_ms == 0
    monkeypatch.setenv(OFFSET_VARIABLE, "-42")
    assert Clock.from_environment().offset_ms == -42
    monkeypatch.setenv(OFFSET_VARIABLE, "soon")
    with pytest.raises(ValueError, match=f"{OFFSET_VARIABLE}: 'soon'"):
        Clock.from_environment()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2022-05-08 08:29:50", "2022-05-07T23:29:50+00:00"),
        ("2022-05-08T08:30", "2022-05-07T23:30:00+00:00"),
        ("  2022-05-08  ", "2022-05-07T15:00:00+00:00"),
        ("2022-05-08 08:30:00+00:00", "2022-05-08T08:30:00+00:00"),
        ("2022-05-08 08:30:00Z", "2022-05-08T08:30:00+00:00"),
    ],
)
def test_given_a_time_as_people_write_it_then_it_is_japans_unless_it_names_a_zone(text, utc):
    moment = parse_local(text)
    assert moment == datetime.fromisoformat(utc)
    assert moment.utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize("text", ["", "tomorrow", "2022-13-01", "08:30", "2022-05-08 25:00:00"])
def test_given_no_time_then_the_refusal_shows_the_text(text):
    with pytest.raises(ValueError, match="is not a time like") as refused:
        parse_local(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("ms", [0, 1, 999, 1_651_966_190_123, -1])
def test_given_milliseconds_then_there_and_back_is_the_same(ms):
    assert to_ms(from_ms(ms)) == ms


def test_given_a_moment_without_zone_then_it_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        to_ms(datetime(2022, 5, 8))  # noqa: DTZ001  # that is the case


# --- run.json


def run_file():
    return RunFile(
        pid=1, controller_pid=2, asterisk_pid=3, desk_url="http://127.0.0.1:8080", api_token="t",
        number="0260001234",
        sip=SipAddress(host="127.0.0.1", port=5060), trunk=TrunkAddress(host="127.0.0.2"),
        phones=[Phone(seat=1, user="phone-a", password="p", extension="701")],
        supervisor_phone=Phone(seat=0, user="phone-s", password="q", extension="700"),
        operators=[OperatorEntry(id="101", name="オペレーター1", pin="0042")],
        ari=AriAccess(url="http://127.0.0.1:8088/ari", user="madoguchi", password="r", app="madoguchi"),
        clock_offset_ms=-5, asterisk_version="22.10.1",
    )  # fmt: skip


def test_given_a_run_file_then_it_reads_back_the_same_for_its_owner_only(home):
    home.prepare()
    home.run_json.write_text("of before")
    home.run_json.chmod(0o644)
    run_file().write(home.run_json)
    assert RunFile.read(home.run_json) == run_file()
    assert home.run_json.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in home.path.glob("run.json*")) == ["run.json"]
    assert json.loads(home.run_json.read_text(encoding="utf-8"))["operators"][0]["pin"] == "0042"


def test_given_no_run_file_or_another_file_then_the_error_says_which(home):
    with pytest.raises(FileNotFoundError):
        RunFile.read(home.run_json)
    home.prepare()
    home.run_json.write_text("{}")
    with pytest.raises(ValueError, match="RunFile"):
        RunFile.read(home.run_json)
