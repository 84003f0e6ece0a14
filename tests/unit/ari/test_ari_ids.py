from __future__ import annotations

import re

from ari.ids import IdMaker, new_id


def test_given_one_moment_when_many_ids_are_made_then_they_differ_and_increase() -> None:
    make = IdMaker(now_ms=lambda: 1_700_000_000_000)
    ids = [make() for _ in range(1000)]
    assert ids == sorted(set(ids))


def test_given_a_clock_set_back_when_ids_are_made_then_they_still_increase() -> None:
    times = iter([5000, 6000, 1000, 1000, 7000])
    make = IdMaker(now_ms=lambda: next(times), random_bits=lambda bits: 0)
    ids = [make() for _ in range(5)]
    assert ids == sorted(set(ids))


def test_given_time_and_randomness_when_injected_then_the_id_is_known() -> None:
    make = IdMaker(now_ms=lambda: 1, random_bits=lambda bits: (1 << bits) - 1)
    assert make("say-") == "say-" + "0000000001" + "fzzzzzzzzzzzzzzz"


def test_given_the_process_maker_when_used_then_ids_fit_asterisk() -> None:
    assert re.fullmatch(r"say-[0-9a-hjkmnp-tv-z]{26}", new_id("say-"))
