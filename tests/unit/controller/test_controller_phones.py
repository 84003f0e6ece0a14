"""Contacts come and go in any order; the floor hears only of a change of the phone."""

import pytest

from acd.events import OwnCallEnded, OwnCallStarted, PhoneChanged
from acd.types import Phone
from controller.phones import Phones

R, U, N = Phone.REGISTERED, Phone.UNREACHABLE, Phone.UNREGISTERED


@pytest.fixture
def told():
    return []


@pytest.fixture
def phones(told):
    return Phones({1: "phone-a", 2: "phone-b"}, told.append)


def states(told):
    return [event.phone for event in told if isinstance(event, PhoneChanged)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("x", "Reachable")], [R]),
        ([("x", "NonQualified")], [R]),
        ([("x", "Unreachable")], [U]),
        ([("x", "Reachable"), ("x", "Reachable")], [R]),
        ([("x", "Reachable"), ("x", "Unreachable"), ("x", "Reachable")], [R, U, R]),
        ([("x", "Reachable"), ("x", "Removed")], [R, N]),
        ([("x", "Removed")], []),
        # registers anew at another address: the new one is there before the old one goes, or after
        ([("x", "Reachable"), ("y", "Reachable"), ("x", "Removed")], [R]),
        ([("x", "Reachable"), ("x", "Removed"), ("y", "NonQualified")], [R, N, R]),
        ([("x", "Reachable"), ("y", "Unreachable"), ("x", "Removed")], [R, U]),
        ([("x", "Unreachable"), ("y", "Reachable"), ("x", "Removed"), ("y", "Removed")], [U, R, N]),
    ],
)
def test_given_contacts_in_any_order_then_only_changes_are_told(phones, told, steps, expected):
    for uri, status in steps:
        phones.contact("phone-a", uri, status)
    assert states(told) == expected
    assert all(event.seat == 1 for event in told)


def test_given_an_endpoint_found_online_when_its_contact_is_told_then_the_phone_stays_registered(
    phones, told
):
    phones.found("phone-a", True, ())
    phones.contact("phone-a", "x", "Reachable")
    assert states(told) == [R]
    phones.contact("phone-a", "x", "Removed")
    assert states(told) == [R, N]


def test_given_an_endpoint_found_online_when_it_goes_offline_without_a_contact_then_unregistered(
    phones, told
):
    phones.found("phone-a", True, ())
    phones.endpoint_state("phone-a", False, ())
    assert states(told) == [R, N]


def test_given_a_known_contact_when_the_endpoint_says_offline_then_the_contact_counts(phones, told):
    phones.contact("phone-a", "x", "Reachable")
    phones.endpoint_state("phone-a", False, ())
    assert states(told) == [R]


def test_given_a_new_connection_when_the_endpoint_is_found_offline_then_what_was_known_is_forgotten(
    phones, told
):
    phones.contact("phone-a", "x", "Reachable")
    phones.found("phone-a", False, ())
    assert states(told) == [R, N]


def test_given_a_lost_phone_then_unregistered_until_a_contact_is_told(phones, told):
    phones.found("phone-b", True, ())
    phones.lost(2)
    phones.contact("phone-b", "x", "Reachable")
    assert states(told) == [R, N, R]


def test_given_own_calls_then_the_first_begins_and_the_last_ends_and_offers_do_not_count(phones, told):
    phones.endpoint_state("phone-a", True, ("offer-c.1",))
    assert told == []
    phones.endpoint_state("phone-a", True, ("offer-c.1", "own-1"))
    phones.endpoint_state("phone-a", True, ("own-1", "own-2"))
    phones.endpoint_state("phone-a", True, ("own-2",))
    assert told == [OwnCallStarted(1)]
    phones.endpoint_state("phone-a", True, ("offer-c.2",))
    phones.endpoint_state("phone-a", True, ())
    assert told == [OwnCallStarted(1), OwnCallEnded(1)]


def test_given_an_own_call_found_on_connecting_then_it_is_told_and_its_end_too(phones, told):
    phones.found("phone-a", True, ("own-1",))
    phones.found("phone-a", True, ())
    assert told == [PhoneChanged(1, R), OwnCallStarted(1), OwnCallEnded(1)]


def test_given_an_endpoint_that_is_no_seats_then_nothing_happens(phones, told):
    phones.found("trunk", True, ("x",))
    phones.contact("trunk", "x", "Reachable")
    phones.endpoint_state("trunk", False, ("x",))
    assert told == []
    assert phones.seat_of("trunk") is None
    assert phones.seat_of("phone-b") == 2


def test_given_other_seats_then_new_phones_are_named_and_what_is_known_of_the_others_stays(phones, told):
    phones.contact("phone-a", "x", "Reachable")
    assert phones.serve({1: "phone-a", 3: "phone-c"}) == ("phone-c",)
    assert phones.endpoints == {1: "phone-a", 3: "phone-c"}
    assert (phones.seat_of("phone-a"), phones.seat_of("phone-b"), phones.seat_of("phone-c")) == (1, None, 3)
    phones.contact("phone-a", "x", "Reachable")
    phones.contact("phone-b", "y", "Reachable")
    phones.contact("phone-c", "z", "Reachable")
    assert told == [PhoneChanged(1, R), PhoneChanged(3, R)]


def test_given_a_seat_that_gets_another_phone_then_nothing_of_the_old_one_counts(phones, told):
    phones.endpoint_state("phone-a", True, ("own",))
    phones.contact("phone-a", "x", "Reachable")
    assert phones.serve({1: "phone-new"}) == ("phone-new",)
    phones.contact("phone-a", "x", "Reachable")
    assert told == [OwnCallStarted(1), PhoneChanged(1, R), PhoneChanged(1, N), OwnCallEnded(1)]


def test_given_a_seat_without_a_phone_when_it_is_lost_or_asked_about_then_nothing(phones, told):
    phones.lost(9)
    assert phones.own_call(9) is False
    assert told == []


def test_given_a_call_of_the_operators_own_then_so_until_it_ends(phones):
    phones.endpoint_state("phone-a", True, ("own", "offer-c1.1"))
    assert phones.own_call(1) is True
    assert phones.own_call(2) is False
    phones.endpoint_state("phone-a", True, ("offer-c1.1",))
    assert phones.own_call(1) is False
