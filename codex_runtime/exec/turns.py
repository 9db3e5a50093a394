"""`ExecTurn`: what one run of ``codex exec`` came to, good or bad; and the fold that makes it.

Owns what counts as text, answer and usage of a turn. Knows neither processes nor sessions. Pure.
Enter at `TurnFold`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, final

import attrs

from codex_runtime.exec.events import (
    ExecAgentMessage,
    ExecErrorReport,
    ExecItemCompleted,
    ExecMalformed,
    ExecThreadStarted,
    ExecTurnCompleted,
    ExecTurnFailedEvent,
)
from codex_runtime.model.usage import TokenUsage

if TYPE_CHECKING:
    from codex_runtime.exec.events import ExecEvent, ExecUsage

__all__ = ["ExecStatus", "ExecTurn", "TurnFold", "usage_of_event"]

ExecStatus: TypeAlias = Literal["completed", "failed", "cancelled"]
"""``completed`` on ``turn.completed`` alone; ``cancelled`` where the caller left or was cancelled;
every other end is ``failed``."""


@attrs.frozen(kw_only=True)
class ExecTurn:
    """One run of ``codex exec``, ended."""

    status: ExecStatus
    thread_id: str | None
    """None if no event told it."""
    events: tuple[ExecEvent, ...] = attrs.field(repr=False)
    """All that arrived, in order."""
    messages: tuple[str, ...] = attrs.field(repr=False)
    """What the agent said, in order."""
    usage: TokenUsage | None
    """What this turn used, as far as it is known; None where nothing is. See ``thread_usage``."""
    thread_usage: TokenUsage | None
    """What the thread had used at the end of the turn; this is what Codex reports."""
    error: str | None
    """Codex's own words for what went wrong, if it found any."""
    returncode: int | None
    """Of the process; negative for a signal."""
    stderr_tail: str = attrs.field(repr=False)
    """The end of its stderr, at most 64 KiB."""
    swept: tuple[int, ...] = ()
    """Ids of processes that it had left running, and that were killed."""
    started_at_s: float
    """Unix time of the start of the process."""
    duration_s: float
    """From there to its end."""

    @property
    def text(self) -> str:
        """The answer: the last thing that the agent said, possibly nothing."""
        return self.messages[-1] if self.messages else ""

    @property
    def malformed(self) -> tuple[ExecMalformed, ...]:
        """Lines of the output that could not be read."""
        return tuple(event for event in self.events if isinstance(event, ExecMalformed))


@final
class TurnFold:
    """Takes the events of one run as they come."""

    def __init__(self) -> None:
        self.events: list[ExecEvent] = []
        self.messages: list[str] = []
        self.thread_id: str | None = None
        self.completed: bool = False
        self.failure: str | None = None
        """What ``turn.failed`` said."""
        self.report: str | None = None
        """What the last ``error`` said, which need not be the end."""
        self.thread_usage: TokenUsage | None = None
        self.malformed: ExecMalformed | None = None
        """The first."""

    def take(self, event: ExecEvent) -> None:
        """The next one."""
        self.events.append(event)
        match event:
            case ExecThreadStarted():
                self.thread_id = event.thread_id
            case ExecTurnCompleted():
                self.completed = True
                self.thread_usage = usage_of_event(event.usage)
            case ExecTurnFailedEvent():
                self.failure = event.error.message
            case ExecErrorReport():
                self.report = event.message
            case ExecItemCompleted(item=ExecAgentMessage(text=text)):
                self.messages.append(text)
            case ExecMalformed():
                self.malformed = self.malformed or event
            case _:
                pass


def usage_of_event(usage: ExecUsage | None) -> TokenUsage | None:
    """The same numbers, with their total; None for none: what is missing is not 0."""
    if usage is None:
        return None
    return TokenUsage(
        input_tokens=usage.input_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        output_tokens=usage.output_tokens,
        reasoning_output_tokens=usage.reasoning_output_tokens,
        total_tokens=usage.input_tokens + usage.output_tokens,
    )
