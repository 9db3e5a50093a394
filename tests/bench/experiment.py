"""What a table of the benchmark is made of: workloads, and the rows that are read from them.

Rows of one experiment alternate within its rounds, so that what is compared ran side by side. A
ratio within one run binds; an absolute figure binds where there is no ratio, and informs elsewhere.
The tables stand in `rows` and `rows_real`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.bench.job import Job

    Medians = Callable[[str, str, str], float]
    """The median by workload, client and figure."""

__all__ = ["Experiment", "Row"]


@attrs.frozen(kw_only=True)
class Row:
    """One figure of one workload."""

    title: str
    work: str
    figure: str
    unit: str
    target: str = ""
    """In words; empty when the row only informs."""
    is_met: Callable[[Medians], bool] | None = None


@attrs.frozen(kw_only=True)
class Experiment:
    """Workloads that alternate, by name and client, and what is read from them."""

    name: str
    works: Mapping[str, Mapping[str, Job]]
    rows: tuple[Row, ...]
