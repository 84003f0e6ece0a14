from __future__ import annotations

import re
from statistics import fmean, stdev

import pytest

from staffing.chance import Distribution, stream, t_quantile


@pytest.mark.parametrize("text", ["exponential:300", "lognormal:300,200", "constant:300"])
def test_given_a_distribution_when_drawn_from_then_its_mean_and_deviation_are_those_asked_for(
    text: str,
) -> None:
    one = Distribution.parse(text, "exponential")
    draw = one.draws(stream(1, text))
    values = [draw() for _ in range(40_000)]
    assert fmean(values) == pytest.approx(300_000, rel=0.02)
    wanted = {"exponential": 300_000, "lognormal": 200_000, "constant": 0}[one.kind]
    assert stdev(values) == pytest.approx(wanted, rel=0.05)


def test_given_a_bare_number_when_read_then_the_option_says_what_it_means() -> None:
    assert Distribution.parse("30", "constant") == Distribution("constant", 30.0)
    assert Distribution.parse(" 30 ", "exponential") == Distribution("exponential", 30.0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gamma:3", "'gamma' is no distribution; choose from exponential, lognormal, constant"),
        ("exponential", "is not of the form exponential:MEAN in seconds"),
        ("exponential:1,2", "is not of the form exponential:MEAN in seconds"),
        ("lognormal:300", "is not of the form lognormal:MEAN,DEVIATION in seconds"),
        ("lognormal:300,0", "the deviation must be above 0"),
        ("exponential:0", "the mean must be above 0"),
        ("constant:-1", "the mean must be from 0"),
        ("constant:nan", "is not of the form constant:MEAN in seconds"),
        ("constant:1e99", "the mean must be from 0 to 604800 seconds"),
        ("", "'' is no distribution"),
    ],
)
def test_given_a_bad_distribution_when_read_then_one_sentence_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Distribution.parse(text, "exponential")


# Table of Student's t, 97.5 %.
@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (4, 2.776), (5, 2.571), (9, 2.262), (29, 2.045), (199, 1.972)]
)
def test_given_degrees_of_freedom_when_the_quantile_is_asked_then_it_is_the_tables(
    freedom: int, t: float
) -> None:
    assert t_quantile(freedom) == pytest.approx(t, abs=0.004)
