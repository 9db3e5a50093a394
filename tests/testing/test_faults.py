"""The catalogue of faults: every row is survived, and every row can be failed."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from codex_runtime.testing.faults import RowReport, format_table, run_row, scenarios

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ROWS = {row.id: row for row in scenarios()}


@functools.cache
def report_of(row_id: str) -> RowReport:
    """Its report; a row is run once for all the tests of this module."""
    return run_row(ROWS[row_id])


@pytest.mark.parametrize("row_id", ROWS)
def test_this_client_survives_what_its_control_does_not(row_id: str) -> None:
    report = report_of(row_id)
    if not report.ok:
        trials = (report.client, report.control_without, report.control_with)
        traces = "\n".join(trial.trace for trial in trials)
        pytest.fail(f"{format_table([report])}\n{traces}", pytrace=False)


def test_every_row_of_the_catalogue_is_a_scenario() -> None:
    assert list(ROWS) == [f"B{n}" for n in range(1, 55)] + [f"R{n}" for n in range(1, 12)]


def test_the_table_of_the_docs_is_that_of_the_command() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if line.startswith("| ")]
    table = format_table([report_of(row_id) for row_id in ROWS], markdown=True)
    hint = "write it anew: codex-runtime faults --naive --markdown"
    assert shown == table.splitlines(), hint
