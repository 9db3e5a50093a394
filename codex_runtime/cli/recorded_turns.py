"""The turns of a journal, put together again from its events.

Owns which event belongs to which turn and when a turn has ended. Prints nothing. Enter at
`RecordedTurns.apply`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.model.fold import TurnFold
from codex_runtime.model.usage import TokenUsage
from codex_runtime.protocol import ThreadTokenUsageUpdated, TurnCompleted, TurnStarted

if TYPE_CHECKING:
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Notification

__all__ = ["RecordedTurns", "died_by_itself", "turn_of"]


def died_by_itself(how: str | None, returncode: int | None) -> bool:
    """Whether an ``end`` of a journal is one that nobody asked for."""
    return how == "crash" or (how == "in_memory" and returncode not in (0, None))


def turn_of(event: Notification) -> str | None:
    """The turn that an event is of; None for those of a thread or of none."""
    if isinstance(event, (TurnStarted, TurnCompleted)):
        return event.turn.id
    turn_id: str | None = getattr(event, "turn_id", None)
    return turn_id


class RecordedTurns:
    """The turns that are under way, each with what it has said; feed it every event in order."""

    def __init__(self) -> None:
        self._folds: dict[str, dict[str, TurnFold]] = {}
        """By thread and turn; a thread that was heard of stays."""
        self._used: dict[str, TokenUsage] = {}
        """What each thread has used in all."""

    @property
    def running(self) -> list[tuple[str, str]]:
        """The threads and turns that have begun and not ended."""
        return [
            (thread_id, turn_id) for thread_id, turns in self._folds.items() for turn_id in turns
        ]

    def apply(self, thread_id: str | None, event: Notification) -> TurnResult | None:
        """Take the next event; the result of the turn that it ends.

        A turn begins with its start, and where a journal begins in the middle of one with whatever
        comes first.
        """
        turn_id = turn_of(event)
        if thread_id is None or turn_id is None:
            return None
        is_new = thread_id not in self._folds
        turns = self._folds.setdefault(thread_id, {})
        if turn_id not in turns and (is_new or isinstance(event, TurnStarted)):
            turns[turn_id] = TurnFold(thread_id)
            turns[turn_id].begin_at(self._used.get(thread_id))
        if isinstance(event, ThreadTokenUsageUpdated):
            self._used[thread_id] = TokenUsage.of(event.token_usage.total)
        fold = turns.get(turn_id)
        if fold is None:  # something that outlived its turn
            return None
        fold.apply(event)
        if not isinstance(event, TurnCompleted):
            return None
        del turns[turn_id]
        return fold.result(event.turn.status)

    def lose(self) -> list[TurnResult]:
        """The server has died: the results of the turns that ran."""
        lost = [fold.result("lost") for turns in self._folds.values() for fold in turns.values()]
        for turns in self._folds.values():
            turns.clear()
        return lost
