from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring import BEST, Par, divided, par_of, score
from services.words.language import format_score

HOUR = 3_600_000

times = st.integers(1, 100 * HOUR)
fields = st.lists(times, min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("handed_in", "total_ms", "runs"),
    [
        ([], 0, 0),
        ([60_000], 60_000, 1),
        ([62_000, 60_000], 122_000, 2),
        ([60_000, 61_000, 62_000, 63_000, 64_000], 310_000, 5),
        ([99_000, 60_000, 61_000, 98_000, 62_000, 63_000, 64_000], 310_000, 5),
        ([60_000] * 6, 300_000, 5),
    ],
)
def test_par_is_the_mean_of_the_fastest_five(handed_in: list[int], total_ms: int, runs: int) -> None:
    assert par_of(handed_in) == Par(total_ms, runs)


HOUR_PAR = Par(5 * HOUR, 5)


@pytest.mark.parametrize(
    ("time_ms", "par", "thousandths"),
    [
        # An hour is par: 100 points. A minute and a half is 2.5 % of it.
        (HOUR, HOUR_PAR, 100_000),
        (HOUR - 90_000, HOUR_PAR, 102_500),
        (HOUR + 90_000, HOUR_PAR, 97_500),
        # Five per cent faster than par is as good as it gets.
        (HOUR - 180_000, HOUR_PAR, 105_000),
        (HOUR - 179_999, HOUR_PAR, 105_000),
        (HOUR - 179_000, HOUR_PAR, 104_972),
        (1, HOUR_PAR, 105_000),
        # Twice as slow as par is nothing, and slower no less.
        (2 * HOUR, HOUR_PAR, 0),
        (2 * HOUR - 1, HOUR_PAR, 0),
        (2 * HOUR - 18, HOUR_PAR, 1),
        (2 * HOUR - 17, HOUR_PAR, 0),
        (99 * HOUR, HOUR_PAR, 0),
        # Half a thousandth is rounded up: one millisecond of 200 s is 0.0005 points.
        (199_999, Par(200_000, 1), 100_001),
        (200_001, Par(200_000, 1), 100_000),
        (200_003, Par(200_000, 1), 99_999),
        # A par that is no whole number of milliseconds is not rounded: 100 s and a third, as 301 s in three.
        (100_000, Par(301_000, 3), 100_332),
        (301_000, Par(602_000, 2), 100_000),
    ],
)
def test_a_score_is_as_computed_by_hand(time_ms: int, par: Par, thousandths: int) -> None:
    assert score(time_ms, par) == thousandths


@given(times, fields)
def test_a_score_is_the_formula_rounded_half_up_and_bounded(time_ms: int, field: list[int]) -> None:
    fastest = sorted(field)[:5]
    exact = (2 - time_ms / Fraction(sum(fastest), len(fastest))) * 100_000
    assert score(time_ms, par_of(field)) == min(max((2 * exact + 1) // 2, 0), 105_000)


@given(st.data(), fields)
def test_the_order_in_which_runs_come_does_not_matter(data: st.DataObject, field: list[int]) -> None:
    assert par_of(data.draw(st.permutations(field))) == par_of(field)


@given(times, times, fields)
def test_whoever_is_faster_scores_no_less(one: int, other: int, field: list[int]) -> None:
    par = par_of(field)
    assert (score(min(one, other), par) >= score(max(one, other), par)) is True


@given(times, fields)
def test_a_score_is_between_nothing_and_the_best(time_ms: int, field: list[int]) -> None:
    assert 0 <= score(time_ms, par_of(field)) <= BEST


@given(fields, times)
def test_a_run_that_is_not_among_the_fastest_five_leaves_the_par_alone(field: list[int], slow: int) -> None:
    fastest = sorted(field)[:5]
    if len(fastest) == 5 and slow >= fastest[-1]:
        assert par_of([*field, slow]) == par_of(field)


@pytest.mark.parametrize(("total", "parts", "quotient"), [(0, 0, 0), (10, 4, 3), (9, 4, 2), (11, 4, 3), (7, 1, 7)])
def test_what_is_shown_is_rounded_half_up(total: int, parts: int, quotient: int) -> None:
    assert divided(total, parts) == quotient


def test_a_score_is_written_with_three_decimals() -> None:
    assert [format_score(one) for one in (0, 7, 98_250, 105_000)] == ["0.000", "0.007", "98.250", "105.000"]
