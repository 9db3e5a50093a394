"""What every format says about a thread, its tool calls and what could not be read.

Owns the words that the formats share. Pure values; knows no format. Enter at `Heading`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.history.export.prose import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.history.rollouts.reader import RolloutProblem
    from codex_runtime.history.rollouts.records import ToolCall

__all__ = ["Ending", "Heading", "call_facts", "has_failed", "image_name", "moment", "words"]

_MS_PER_S: Final = 1000
_SHOWN_PROBLEMS: Final = 20
_ADDRESS_CHARS: Final = 200
_ENDED_WELL: Final = (None, "completed")


@attrs.frozen(kw_only=True)
class Heading:
    """What is known of a thread before its first record; None and empty are not known."""

    title: str
    thread_id: str = ""
    cwd: str = ""
    created_at_s: float | None = None
    model_provider: str = ""
    cli_version: str = ""
    source: str = ""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Names and values of what is known, in the order in which they are told."""
        told = (
            ("Thread", self.thread_id),
            ("Directory", self.cwd),
            ("Started", moment(self.created_at_s)),
            ("Provider", self.model_provider),
            ("Codex", self.cli_version),
            ("Source", self.source),
        )
        return tuple((name, value) for name, value in told if value)


@attrs.frozen(kw_only=True)
class Ending:
    """What could not be read: the first problems, and how many there were."""

    problems: Sequence[RolloutProblem] = ()
    problem_count: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words; empty where all could be read."""
        if not self.problem_count:
            return ()
        shown = self.problems[:_SHOWN_PROBLEMS]
        more = self.problem_count - len(shown)
        counted = f"{self.problem_count} lines of the rollout could not be read and are not here:"
        return (
            counted if self.problem_count > 1 else "A line of the rollout could not be read:",
            *(f"line {problem.line}: {problem.why}" for problem in shown),
            *((f"and {more} more",) if more else ()),
        )


def moment(at_s: float | None) -> str:
    """Such as ``2026-11-22 00:34:49 UTC``; empty where it is not known or no moment at all."""
    if at_s is None:
        return ""
    try:
        return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return ""


def call_facts(call: ToolCall) -> tuple[str, ...]:
    """How a call ended, in a few words each; nothing where the rollout does not say."""
    told: list[str] = []
    if call.exit_code is not None:
        told.append(f"exit {call.exit_code}")
    elif call.status not in _ENDED_WELL:
        told.append(str(call.status))
    if call.duration_ms is not None:
        short = call.duration_ms < _MS_PER_S
        told.append(f"{call.duration_ms} ms" if short else f"{call.duration_ms / _MS_PER_S:.1f} s")
    return tuple(told)


def has_failed(call: ToolCall) -> bool:
    """The call surely did not end well."""
    return (
        call.error is not None
        or call.exit_code not in (None, 0)
        or call.status not in (*_ENDED_WELL, "inProgress", "in_progress")
    )


def image_name(address: str) -> str:
    """An image of a message in a few words: its path or address, or its kind if it has neither."""
    if address.startswith("data:"):
        kind, _, _ = address.removeprefix("data:").partition(";")
        return f"{one_line(kind, _ADDRESS_CHARS)}, in the message itself"
    return one_line(address, _ADDRESS_CHARS)


def words(name: str) -> str:
    """A name of the protocol as words of a line."""
    return one_line(name.replace("_", " "))
