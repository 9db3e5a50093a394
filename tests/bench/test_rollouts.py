"""That the benchmark of rollouts measures what it says, on the file it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime.history.rollouts.reader import open_rollout
from tests.bench import rollouts
from tests.bench.rollouts import MIB, missed, write_rollout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """A small one of the benchmark's."""
    path = tmp_path / "rollout.jsonl"
    write_rollout(path, MIB)
    return path


def test_the_file_is_one_thread_of_real_turns_in_which_nothing_is_bad(rollout: Path) -> None:
    assert rollout.stat().st_size >= MIB
    with open_rollout(rollout) as reader:
        kinds = [type(entry).__name__ for entry in reader]
    assert reader.problem_count == 0
    assert kinds.count("SessionMetaEntry") == 1
    assert {"EventEntry", "ResponseEntry", "CompactedEntry", "TokenUsageEntry"} <= set(kinds)


def test_every_job_reads_the_whole_file_or_its_end(
    rollout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "ROUNDS", 1)
    figures = rollouts.figures_of(rollout)
    assert figures["lines"] == rollout.read_bytes().count(b"\n")
    assert figures["tail_messages"] == 100
    assert figures["tail_before"] > 0
    assert all(figures[name] > 0 for name in ("count_mb_per_s", "read_mb_per_s", "tail_s"))


def test_a_bound_that_does_not_hold_is_named() -> None:
    good = {"read_mb_per_s": 200.0, "tail_s": 1.0, "tail_peak_mib": 64.0}
    assert missed(good) == []
    assert missed({**good, "read_mb_per_s": 199.0}) == ["read"]
    assert missed({**good, "tail_s": 1.1, "tail_peak_mib": 65.0}) == ["tail_s", "tail_mib"]
