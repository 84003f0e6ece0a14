"""The soak's own judgement: it finds a planted leak, is not frightened by noise, and counts calls exactly."""

import random
from collections.abc import Callable

import pytest

from bench.soak.book import Book
from bench.soak.limits import LIMITS, SIZES, left_over
from bench.soak.plot import PANELS, draw
from bench.soak.sample import TASKPROCESSOR, quantile
from bench.soak.table import failures, table
from bench.soak.trend import Limit, after_warm_up, judge, trend

COLUMNS = {one.column for one in (*LIMITS, *SIZES)} | {c for _, _, some in PANELS for c, _ in some}
RSS = Limit("rss", 1.0, "MB", 1e6)


def rows(calls: int, **columns: Callable[[int], float]) -> list[dict[str, float]]:
    """A sample for each 25 calls."""
    return [
        {"t_s": n * 10.0, "calling": 1.0, "received": 25.0 * n, **{k: f(25 * n) for k, f in columns.items()}}
        for n in range(calls // 25)
    ]


def test_given_points_on_a_line_then_its_slope_is_told_without_error() -> None:
    found = trend([0, 100, 300], [5, 6, 8])
    assert (found.slope, found.first, found.last) == pytest.approx((10, 5, 8))
    assert found.error == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("calls", "values"), [([1, 2], [1, 2]), ([5, 5, 5], [1, 2, 3]), ([1, 2, 3], [1])])
def test_given_too_little_for_a_line_then_nothing_is_judged(calls: list[float], values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"line can be judged|no call was made"):
        trend(calls, values)


@pytest.mark.parametrize(("leak_bytes", "verdict"), [(0, "flat"), (500, "flat"), (3_000, "grows")])
def test_given_a_leak_of_so_many_bytes_a_call_in_a_noisy_process_then_it_is_found(
    leak_bytes: int, verdict: str
) -> None:
    chance = random.Random(7)
    seen = rows(10_000, rss=lambda calls: 110e6 + leak_bytes * calls + chance.gauss(0, 2e6))
    (judged,) = judge(seen, [RSS])
    assert judged.verdict == verdict
    assert bool(failures([judged])) == (verdict == "grows")
    assert verdict in table([judged])


def test_given_growth_that_is_kept_on_purpose_then_only_what_is_beyond_it_counts() -> None:
    seen = rows(10_000, rss=lambda calls: 110e6 + 2_500 * calls)
    assert judge(seen, [RSS])[0].verdict == "grows"
    (judged,) = judge(seen, [RSS], explained={"rss": 2_400_000})
    assert judged.unexplained == pytest.approx(0.1)
    assert judged.verdict == "flat"


@pytest.mark.parametrize(("leak", "verdict"), [(0, "flat"), (2, "grows")])
def test_given_garbage_that_is_collected_now_and_then_then_only_what_stays_is_judged(
    leak: int, verdict: str
) -> None:
    blocks = Limit("blocks", 500, collected=True)
    seen = rows(10_000, blocks=lambda calls: 700e3 + leak * calls + 60 * ((calls + 700) % 1_900))
    (judged,) = judge(seen, [blocks])
    assert judged.slope == pytest.approx(leak * 1_000, abs=400)
    assert judged.verdict == verdict


def test_given_a_column_that_is_looked_at_now_and_then_then_only_those_rows_count() -> None:
    limit = Limit("size", 1, when="looked")
    seen = rows(
        1_000, looked=lambda calls: float(calls % 100 == 0), size=lambda calls: calls * (calls % 100 == 0)
    )
    (judged,) = judge(seen, [limit])
    assert (judged.slope, judged.verdict) == (pytest.approx(1_000), "grows")
    assert judge(seen[:8], [limit])[0].verdict == "unsure"


def test_given_few_wild_points_then_they_are_no_proof_of_anything() -> None:
    chance = random.Random(1)
    (judged,) = judge(rows(500, rss=lambda _: chance.gauss(110e6, 20e6)), [RSS])
    assert judged.verdict == "unsure"


def test_given_growth_in_the_warm_up_only_then_it_is_not_judged() -> None:
    seen = rows(10_000, rss=lambda calls: 110e6 + 100_000 * min(calls, 1_000))
    assert judge(after_warm_up(seen, 400), [RSS])[0].verdict == "flat"
    assert judge(seen, [RSS])[0].verdict == "grows"


def test_given_a_run_then_it_is_drawn_without_anything_from_elsewhere() -> None:
    svg = draw(rows(1_000, **dict.fromkeys(COLUMNS, float))).decode()
    assert svg.count("<svg") == len(PANELS) * 2 + 1
    assert "<script" not in svg
    assert "http://" not in svg.replace("http://www.w3.org/", "")


def test_given_a_channel_that_stays_then_it_is_left_over() -> None:
    nothing = dict.fromkeys(
        ("held_calls", "held_callers", "held_offers", "held_legs", "held_outward", "channels", "bridges",
         "waiting", "callbacks_open", "journal_pending", "taskprocessor_waiting"), 0.0,
    )  # fmt: skip
    assert left_over(nothing) == {}
    assert left_over({**nothing, "channels": 1.0}) == {"channels": 1.0}


def booked() -> Book:
    book = Book()
    for _ in range(10):
        book.add(frozenset({"answered"}))
    book.add(frozenset({"answered", "abandoned"}))
    return book


@pytest.mark.parametrize(
    ("terms", "agrees"),
    [
        ({"answered": 11}, True),
        ({"answered": 10, "abandoned": 1}, True),
        ({"answered": 9, "abandoned": 2}, False),
        ({"answered": 10}, False),
        ({"answered": 10, "closed": 1}, False),
        ({"answered": 12}, False),
    ],
)
def test_given_a_report_then_it_agrees_only_with_what_the_callers_know(
    terms: dict[str, int], agrees: bool
) -> None:
    assert (booked().differences(terms) == []) is agrees


def test_given_calls_that_the_exchange_took_then_as_many_may_have_ended_otherwise_but_none_is_lost() -> None:
    book = booked()
    book.add(frozenset({"overflowed"}))
    assert book.differences({"answered": 12}, by_exchange=1) == []
    assert book.differences({"answered": 12}) != []
    assert book.differences({"answered": 11}, by_exchange=1) != []
    assert book.differences({"answered": 13}, by_exchange=1) != []
    assert book.differences({"answered": 11, "closed": 1}, by_exchange=1) == []


def test_given_a_call_that_was_not_served_then_the_book_does_not_agree() -> None:
    book = booked()
    book.lost("no answer")
    assert book.calls == 12
    assert "1 calls failed" in book.differences({"answered": 11})


def test_given_asterisks_list_of_taskprocessors_then_depth_and_mark_are_read() -> None:
    text = (
        "Processor      Processed   In Queue  Max Depth  Low water High water Low time(us) High time(us)\n"
        "pjsip/distributor-0000001b     605       3     12        450        500          0       2592\n"
        "ast_msg_queue                    0       0      0        450        500          0          0\n"
        "\n93 taskprocessors\n"
    )
    assert TASKPROCESSOR.findall(text) == [("3", "12"), ("0", "0")]


def test_given_a_histogram_then_the_quantile_is_its_buckets_edge() -> None:
    buckets = {0.001: 90.0, 0.01: 98.0, 0.1: 100.0, float("inf"): 100.0}
    assert quantile(buckets, 0.5) == 0.001
    assert quantile(buckets, 0.99) == 0.1
    assert quantile({}, 0.99) == 0.0
