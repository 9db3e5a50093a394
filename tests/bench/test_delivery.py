"""That the benchmark's runner selects, judges and reports as it says."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.bench.delivery import Figure, Values, as_json, exit_code, judge, selected, table
from tests.bench.experiment import Row

HALF = Row(
    title="half as much",
    work="w",
    figure="us",
    unit="us",
    target="2 times less",
    is_met=lambda m: 2 * m("w", "ours", "us") <= m("w", "sync", "us"),
)


def found_with(ours: list[float], sync: list[float]) -> dict[str, Any]:
    values: Values = {
        ("w", "ours"): [{"us": value, "events": 7.0} for value in ours],
        ("w", "sync"): [{"us": value} if math.isfinite(value) else {} for value in sync],
    }
    return judge(HALF, values)


def test_a_figure_is_the_median_of_its_rounds_with_the_least_and_the_most() -> None:
    assert str(Figure([3.0, 1.0, 20.0])) == "3 (1-20)"
    assert str(Figure([math.inf, math.inf, 1.0])) == "failed"


def test_a_target_is_judged_by_medians() -> None:
    assert found_with([1.0, 9.0, 1.0], [2.0, 2.0, 0.5])["is_met"] is True
    assert found_with([1.0, 9.0, 9.0], [2.0, 2.0, 0.5])["is_met"] is False


def test_a_missed_target_is_named_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    met, missed = found_with([1.0], [2.0]), found_with([1.0], [1.0])
    assert exit_code({"A": {"took_s": 1, "rows": [met]}}) == 0
    assert capsys.readouterr().err == ""
    assert exit_code({"A": {"took_s": 1, "rows": [met, missed]}}) == 1
    assert capsys.readouterr().err == "missed: A: half as much\n"


def test_the_json_holds_each_sample_the_machine_and_null_for_what_did_not_end() -> None:
    row = found_with([1.0, 2.0, 3.0], [4.0, math.inf, 5.0])
    told = json.loads(as_json({"A": {"took_s": 1, "rows": [row]}}, {"rounds": 3}))
    assert {"system", "processor", "Python", "codex_runtime", "trio"} <= told["machine"].keys()
    assert told["rounds"] == 3
    (told_row,) = told["experiments"]["A"]["rows"]
    assert told_row["figures"]["ours"] == {
        "median": 2.0,
        "least": 1.0,
        "most": 3.0,
        "samples": [1.0, 2.0, 3.0],
    }
    assert told_row["figures"]["sync"]["samples"] == [4.0, None, 5.0]
    assert told_row["events"] == {"ours": [7, 7, 7]}


def test_a_client_without_the_figure_has_no_cell_and_one_that_failed_says_so() -> None:
    values: Values = {
        ("w", "ours"): [{"us": 1.0}],
        ("w", "sync"): [{}],
        ("w", "floor"): [{"other": 1.0}],
    }
    row = judge(HALF, values)
    assert row["figures"].keys() == {"ours", "sync"}
    heads, _, line = table([row])
    assert "floor" not in heads
    assert "failed" in line


def test_tables_are_selected_by_a_part_of_their_name_or_all_of_it() -> None:
    names = [experiment.name for experiment in selected(100, ["INTERRUPT", "import"])]
    assert names == [
        "Replay, interrupt",
        "Import",
        "Real server, interrupt",
        "Faces, replay, interrupt",
        "Faces, real server, interrupt",
    ]
    assert [each.name for each in selected(100, ["Replay, one turn"])] == ["Replay, one turn"]
    assert len(selected(100, [])) > 10


def test_a_name_that_selects_nothing_is_refused_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match="Replay, one turn"):
        selected(100, ["no such table"])


def test_every_row_reads_a_workload_of_its_table() -> None:
    for experiment in selected(100, []):
        for row in experiment.rows:
            assert "ours" in experiment.works[row.work], row.title
            assert (row.is_met is None) == (not row.target), row.title
