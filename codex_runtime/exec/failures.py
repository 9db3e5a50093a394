"""Which failure a run of ``codex exec`` was, told from its end, its exit code and its words.

Owns the words (as 0.163.0 and 0.169.0 write them): every failure but that of wrong arguments exits
with 1. Knows no process. Pure. Enter at `failure_of`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_runtime.errors.exec import (
    ExecExited,
    ExecFailure,
    ExecFailureKind,
    ExecLoginRequired,
    ExecOutputBroken,
    ExecRefused,
    ExecStartFailed,
    ExecThreadNotFound,
    ExecTurnFailed,
)
from codex_runtime.launch.first_start import is_passing_start_failure

if TYPE_CHECKING:
    from codex_runtime.exec.turns import ExecTurn, TurnFold

__all__ = ["failure_of"]

_WRONG_ARGUMENTS: Final = 2
_UNAUTHORIZED: Final = re.compile(r"\b401 Unauthorized\b|\bnot logged in\b", re.IGNORECASE)

_KINDS: Final[tuple[tuple[str, type[ExecFailure], ExecFailureKind], ...]] = (
    (r"Not inside a trusted directory", ExecRefused, "directory"),
    (
        r"Error loading config|Model provider `[^`]*` not found|Unknown feature flag",
        ExecRefused,
        "config",
    ),
    (r"No prompt provided|Failed to read (?:output schema|prompt)", ExecRefused, "input"),
    (r"no rollout found for thread id", ExecThreadNotFound, "thread_not_found"),
)
"""What stderr says where nothing was begun; the first that fits."""


def failure_of(turn: ExecTurn, fold: TurnFold) -> ExecFailure | None:
    """What to raise for a run that ended by itself; None if its turn completed.

    A turn that completed has, whatever the exit code.
    """
    if fold.completed:
        return None
    if fold.failure is not None:
        if _UNAUTHORIZED.search(fold.failure):
            return ExecLoginRequired(fold.failure, turn, kind="login")
        return ExecTurnFailed(fold.failure, turn, kind="turn_failed")
    if fold.thread_id is None and (turn.returncode or 0) > 0:
        refused = _refusal(turn)
        if refused is not None:
            return refused
    if fold.malformed is not None and (turn.returncode or 0) >= 0:  # a signal cuts the last line
        problem = f"a line of the output is broken ({fold.malformed.problem})"
        return ExecOutputBroken(problem, turn, kind="bad_line")
    problem = fold.report or "it ended without the end of a turn"
    return ExecExited(problem, turn, kind="exited")


def _refusal(turn: ExecTurn) -> ExecFailure | None:
    """What it said before there was a thread; None for words that are not known."""
    told = turn.stderr_tail
    if turn.returncode == _WRONG_ARGUMENTS:
        return ExecRefused(_first_line(told), turn, kind="arguments")
    for words, error, kind in _KINDS:
        found = re.search(rf"^.*(?:{words}).*$", told, re.MULTILINE)
        if found:
            return error(found[0].strip(), turn, kind=kind)
    if is_passing_start_failure(turn.returncode, told):
        return ExecStartFailed("lost the making of its databases", turn, kind="start")
    found = re.search(r"^Error: (.+)$", told, re.MULTILINE)
    return ExecRefused(found[1].strip(), turn, kind="setup") if found else None


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "wrong arguments")
