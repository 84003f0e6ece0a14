"""Calls that ended lately: known for a time, and never more than that time's."""

from controller.lately import KNOWN_S, Lately


def test_given_calls_for_weeks_on_one_connection_then_only_the_last_ones_are_known() -> None:
    lately = Lately()
    for n in range(100_000):
        lately.add(f"call-{n}", n * 60.0)
        assert len(lately) <= KNOWN_S / 60 + 1
    assert "call-99999" in lately
    assert "call-99979" in lately
    assert "call-99978" not in lately


def test_given_a_call_that_ends_again_then_it_is_one() -> None:
    lately = Lately()
    lately.add("call", 0.0)
    lately.add("call", 5.0)
    assert len(lately) == 1
