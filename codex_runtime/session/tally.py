"""What is counted over a session: its last results, its tokens, its completed turns.

Owns the sums. Does not know how a turn runs; it is told of each end, by the reader.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from codex_runtime.model.usage import SessionUsage

if TYPE_CHECKING:
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import TurnResult

__all__ = ["Tally"]

_HISTORY_KEPT: Final = 32


class Tally:
    """The counts of one handle."""

    def __init__(self) -> None:
        self.history: deque[TurnResult] = deque(maxlen=_HISTORY_KEPT)
        """Without items and messages."""
        self.usage: SessionUsage = SessionUsage()
        self.total_turns: int = 0

    def note(self, route: TurnRoute) -> None:
        """A turn has ended, whoever waits for it; one that never started counts nowhere."""
        result = route.result
        if result is None:
            return
        self.history.append(result.without_items())
        self.total_turns += result.status == "completed"
        self.usage = self.usage.plus(result.usage, result.usage_by_model)
