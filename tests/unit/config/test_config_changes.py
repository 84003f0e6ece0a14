"""What differs between two settings, and what is in force while an instance runs."""

import pytest

from config import Home, Settings
from config.changes import Change, changes, in_force
from config.kept import keep, kept


def settings(**sections):
    return Settings.model_validate(sections)


def test_given_the_same_settings_then_nothing_has_changed():
    assert changes(Settings(), Settings()) == ()


def test_given_other_values_then_each_key_is_named_with_both():
    new = settings(seats={"count": 8}, calendar={"open": "09:00:00", "weekdays": ["mon"]})
    assert changes(Settings(), new) == (
        Change("calendar.open", "08:30:00", "09:00:00"),
        Change("calendar.weekdays", ["mon", "tue", "wed", "thu", "fri"], ["mon"]),
        Change("seats.count", 7, 8),
    )


def test_given_people_who_come_and_go_then_they_are_named_by_their_id():
    old = settings(operators=[{"id": "1", "name": "a"}, {"id": "2", "name": "b"}])
    new = settings(operators=[{"id": "2", "name": "B"}, {"id": "3", "name": "c", "wrap_up_s": 5}])
    told = {change.key: (change.old, change.new) for change in changes(old, new)}
    assert told == {
        "operators.2.name": ("b", "B"),
        "operators.3.id": (None, "3"),
        "operators.3.name": (None, "c"),
        "operators.3.wrap_up_s": (None, 5),
        "operators.1.id": ("1", None),
        "operators.1.name": ("a", None),
    }


def test_given_rules_that_change_then_they_are_named_by_their_place():
    rules = [{"cause": "waited", "limit": 600, "to": "choice"}]
    new = settings(overflow=[{**rules[0], "limit": 300}])
    assert changes(settings(overflow=rules), new) == (Change("overflow.0.limit", 600, 300),)


def test_given_a_password_then_that_it_changed_is_told_and_not_what_it_is():
    one, two = settings(trunk={"password": "old"}), settings(trunk={"password": "new"})
    assert changes(one, two) == (Change("trunk.password", "***", "***"),)
    assert changes(Settings(), two) == (Change("trunk.password", None, "***"),)


def test_given_ports_that_differ_then_those_of_the_running_instance_stay_in_force():
    running = Settings()
    read = settings(desk={"port": 8099}, sip={"port": 5099}, seats={"count": 3})
    new = in_force(running, read)
    assert (new.desk.port, new.sip.port, new.seats.count) == (8080, 5060, 3)
    assert [change.key for change in changes(new, read)] == ["sip.port", "desk.port"]


def test_given_what_operators_work_with_when_it_differs_then_it_is_in_force_at_once():
    read = settings(desk={"port": 8099, "hold_target_s": 90, "hand_reasons": ["苦情"]})
    new = in_force(Settings(), read)
    assert (new.desk.port, new.desk.hold_target_s, new.desk.hand_reasons) == (8080, 90, ("苦情",))
    assert [change.key for change in changes(new, read)] == ["desk.port"]


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_given_an_instance_that_runs_then_what_is_in_force_reads_back_for_its_owner_only(home):
    whole = settings(
        calendar={"open": "09:00:00", "contract_from": "2022-05-01"},
        skills={"english": "英語"},
        needs={"english": [{"skills": {"english": 2}}, {"after_s": 60.5}]},
        operators=[{"id": "1", "name": "a", "skills": {"english": 3}, "lines": ["main"]}],
        trunk={"password": "secret"},
    )
    keep(home, whole)
    home.run_json.write_text("{}")
    assert kept(home) == whole
    assert (home.keys / "in-force.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("trouble", ["nothing runs", "never kept", "of another version"])
def test_given_nothing_that_can_be_told_then_none_and_the_file_counts(home, trouble):
    if trouble != "never kept":
        keep(home, Settings())
    if trouble != "nothing runs":
        home.run_json.write_text("{}")
    if trouble == "of another version":
        (home.keys / "in-force.json").write_text('{"seats": {"colour": "red"}}')
    assert kept(home) is None
