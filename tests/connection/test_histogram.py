"""Histograms: what is counted comes out again, in its bucket, and percentiles are never too low."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.connection.histogram import BOUNDS_MS, Histogram, LatencyHistogram

VALUES_MS = st.one_of(
    st.sampled_from(BOUNDS_MS[:-1]),
    st.floats(min_value=0, max_value=1e12, allow_nan=False, allow_infinity=False),
)
TOLD_MS = (0.1, 2.5)
"""A percentile is at most this, or so many times the value, too high."""


def of(*values_ms: float) -> LatencyHistogram:
    """What a histogram shows of these."""
    histogram = Histogram()
    for value_ms in values_ms:
        histogram.add(value_ms)
    return histogram.snapshot()


def filled(shown: LatencyHistogram) -> list[tuple[float, int]]:
    """The buckets that have something in them."""
    return [bucket for bucket in shown.buckets if bucket[1]]


def test_the_bounds_go_in_steps_of_one_two_and_five_to_minutes_and_then_on_for_ever() -> None:
    steps = {round(above / below, 6) for below, above in pairwise(BOUNDS_MS[:-1])}
    assert steps == {2.0, 2.5}
    assert (BOUNDS_MS[0], BOUNDS_MS[-2], BOUNDS_MS[-1]) == (0.1, 500_000, math.inf)


def test_one_in_which_nothing_was_counted_shows_zeros_and_every_bucket() -> None:
    empty = of()
    assert (empty.count, empty.sum_ms, empty.max_ms) == (0, 0, 0)
    assert empty.buckets == tuple((bound_ms, 0) for bound_ms in BOUNDS_MS)
    assert [empty.percentile_ms(p) for p in (0, 50, 100)] == [0, 0, 0]


@given(st.lists(VALUES_MS))
def test_what_was_counted_is_shown_once_in_its_bucket(values_ms: list[float]) -> None:
    shown = of(*values_ms)
    assert shown.count == len(values_ms) == sum(count for _, count in shown.buckets)
    assert shown.sum_ms == pytest.approx(math.fsum(values_ms))
    assert shown.max_ms == max(values_ms, default=0)
    below_ms = -1.0
    for bound_ms, count in shown.buckets:
        assert count == sum(below_ms < value_ms <= bound_ms for value_ms in values_ms)
        below_ms = bound_ms


@given(st.lists(VALUES_MS, min_size=1), st.floats(min_value=0, max_value=100))
def test_a_percentile_is_never_too_low_and_at_most_one_bucket_too_high(
    values_ms: list[float], percentile: float
) -> None:
    told_ms = of(*values_ms).percentile_ms(percentile)
    rank = max(1, math.ceil(len(values_ms) * percentile / 100))
    exact_ms = sorted(values_ms)[rank - 1]
    least_ms, times = TOLD_MS
    assert exact_ms <= told_ms <= max(values_ms)
    if exact_ms <= BOUNDS_MS[-2]:
        assert told_ms <= max(least_ms, times * exact_ms * (1 + 1e-9))


@given(st.lists(VALUES_MS), st.floats(min_value=0, max_value=100), st.floats(0, 100))
def test_a_higher_percentile_is_never_less(
    values_ms: list[float], percentile: float, other: float
) -> None:
    shown = of(*values_ms)
    lower, higher = sorted((percentile, other))
    assert shown.percentile_ms(lower) <= shown.percentile_ms(higher)


def test_the_percentiles_of_a_hundred_are_the_bounds_of_their_buckets() -> None:
    shown = of(*[0.3] * 50, *[3.0] * 40, *[30.0] * 9, 700_000.0)
    assert [shown.percentile_ms(p) for p in (0, 50, 51, 90, 99, 99.5, 100)] == [
        *(0.5, 0.5, 5, 5, 50),
        *(700_000, 700_000),
    ]


def test_clocks_that_disagree_count_as_no_time_at_all() -> None:
    shown = of(-5.0, 0.0, math.nan)
    assert (shown.count, shown.sum_ms, shown.max_ms) == (3, 0, 0)
    assert filled(shown) == [(0.1, 3)]


@pytest.mark.parametrize("percentile", [-0.1, 100.1, math.nan])
def test_a_percentile_that_is_none_is_refused(percentile: float) -> None:
    with pytest.raises(ValueError, match=r"from 0 to 100, not (-0\.1|100\.1|nan)"):
        of(1.0).percentile_ms(percentile)


def test_what_is_shown_stays_as_it_is_while_counting_goes_on() -> None:
    histogram = Histogram()
    histogram.add(1.0)
    before = histogram.snapshot()
    histogram.add(1.0)
    assert (before.count, histogram.snapshot().count) == (1, 2)
    assert before == of(1.0) != of(1.0, 1.0)


def test_the_repr_leaves_out_the_empty_buckets() -> None:
    assert repr(of(1.0, 600_000.0)) == (
        "LatencyHistogram(count=2, sum_ms=600001.0, max_ms=600000.0, buckets=((1.0, 1), (inf, 1)))"
    )
