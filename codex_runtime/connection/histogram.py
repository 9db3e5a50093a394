"""`Histogram`: how long something took, counted in fixed buckets; always on.

Owns the bounds of the buckets and the frozen `LatencyHistogram` that users see. Does not know what
is measured, nor by which clock. Enter at `Histogram.add` and `Histogram.snapshot`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final

import attrs

__all__ = ["BOUNDS_MS", "Histogram", "LatencyHistogram"]

# Steps of 1, 2 and 5: every percentile is right within a factor of 2.5, whatever its magnitude.
BOUNDS_MS: Final = (
    *(0.1, 0.2, 0.5),
    *(1.0, 2.0, 5.0),
    *(10.0, 20.0, 50.0),
    *(100.0, 200.0, 500.0),
    *(1_000.0, 2_000.0, 5_000.0),
    *(10_000.0, 20_000.0, 50_000.0),
    *(100_000.0, 200_000.0, 500_000.0),
    math.inf,
)
"""The upper bound of each bucket, which belongs to it; what is above 500 s is in the last."""


def _filled(buckets: tuple[tuple[float, int], ...]) -> str:
    return repr(tuple(bucket for bucket in buckets if bucket[1]))


@attrs.frozen(kw_only=True)
class LatencyHistogram:
    """How long something took, each time since the runtime was opened; milliseconds.

    The bounds are the same in every histogram and never move, so two looks can be subtracted:
    ``count``, ``sum_ms`` and each bucket (not ``max_ms``) then say what happened in between.
    """

    count: int
    """How often it was measured."""
    sum_ms: float
    """Of all that was measured; ``sum_ms / count`` is the mean."""
    max_ms: float
    """The longest; 0.0 while nothing was measured."""
    buckets: tuple[tuple[float, int], ...] = attrs.field(repr=_filled)
    """Pairs ``(bound_ms, count)`` in rising order: how many took at most that and more than the
    bound before. From 0.1 ms to 500 s in steps of 1, 2 and 5; the last bound is infinite. Empty
    buckets are listed too, but not shown by ``repr``."""

    def percentile_ms(self, percentile: float) -> float:
        """A bound that ``percentile`` per cent of what was measured did not exceed.

        It is the upper bound of the bucket in which the percentile lies, or ``max_ms`` where that
        is less: never too low, and at most 2.5 times too high (or 0.1 ms). 0.0 while nothing was
        measured. Raises `ValueError` outside of 0 to 100.
        """
        if not 0 <= percentile <= 100:  # noqa: PLR2004 - per cent
            raise ValueError(f"a percentile is a number from 0 to 100, not {percentile!r}")
        wanted = max(1, math.ceil(self.count * percentile / 100))
        for bound_ms, count in self.buckets:
            wanted -= count
            if wanted <= 0:
                return min(bound_ms, self.max_ms)
        return self.max_ms


class Histogram:
    """The counting half: one addition to one bucket for each measurement."""

    __slots__ = ("_counts", "_max_ms", "_sum_ms")

    def __init__(self) -> None:
        self._counts: Final = [0] * len(BOUNDS_MS)
        self._sum_ms = 0.0
        self._max_ms = 0.0

    def add(self, value_ms: float) -> None:
        """Count one measurement; a negative one (of clocks that disagree) is 0."""
        if value_ms > 0:
            self._counts[bisect_left(BOUNDS_MS, value_ms)] += 1
            self._sum_ms += value_ms
            self._max_ms = max(self._max_ms, value_ms)
        else:
            self._counts[0] += 1

    def snapshot(self) -> LatencyHistogram:
        """What was counted so far."""
        counts = self._counts.copy()  # once: it may be read from any thread
        return LatencyHistogram(
            count=sum(counts),
            sum_ms=self._sum_ms,
            max_ms=self._max_ms,
            buckets=tuple(zip(BOUNDS_MS, counts, strict=True)),
        )
