"""`Pacing`: when what has arrived is handed over, at the pace of a screen.

Owns the rule: at most once per interval, at once when something other than text happened, and what
follows within a moment is taken along. Waits for nothing and knows no clock: whoever does (see
`throttling`, and the faces) tells what time it is.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_int
from codex_runtime.protocol.delta_lines import TextDelta
from codex_runtime.session.state.unread import Unread

__all__ = ["Pacing"]

E = TypeVar("E")

_GATHER_S: Final = 0.002
"""What has arrived already is taken along; so long it may take to find it."""


class Pacing(Generic[E]):
    """The updates of one throttle; times are seconds of one clock, whichever. See `throttle`."""

    def __init__(self, interval_ms: int) -> None:
        check_int("interval_ms", interval_ms, ConfigError, at_least=1, at_most=3_600_000)
        self._interval_s = interval_ms / 1000
        self._gather_s = min(_GATHER_S, self._interval_s)
        self._pending: Unread[E] = Unread()
        self._last_s = float("-inf")
        self._is_urgent = False
        self._end: Exception | None = None
        self.due_s: float = float("inf")
        """When the update that was begun is to be handed over."""

    @property
    def is_empty(self) -> bool:
        """There is nothing to hand over."""
        return not self._pending

    @property
    def has_ended(self) -> bool:
        """Nothing more will be put."""
        return self._end is not None

    def begin(self, now_s: float) -> None:
        """There is something for the next update: gather what comes until it is due."""
        soon_s = now_s + self._gather_s
        late_s = self._last_s + self._interval_s
        self.due_s = soon_s if self._is_urgent else max(soon_s, late_s)

    def put(self, event: E, asked_s: float) -> None:
        """Take the next event, which was waited for since ``asked_s``."""
        self._pending.put(event)
        if not isinstance(event, TextDelta):
            self._is_urgent = True
            self.due_s = min(self.due_s, asked_s + self._gather_s)

    def end(self, problem: Exception) -> None:
        """The events ended with this; it is raised after what came before it."""
        self._end = problem

    def close(self) -> None:
        """Nobody wants an update any more."""
        self._end = self._end or StopAsyncIteration()
        self._pending.take_all()

    def hand_over(self, now_s: float) -> tuple[E, ...]:
        """The update."""
        self._last_s, self._is_urgent, self.due_s = now_s, False, float("inf")
        return self._pending.take_all()

    def raise_end(self) -> None:
        """Raise what the events ended with; an error once, then the plain end."""
        end, self._end = self._end, StopAsyncIteration()
        raise end or self._end
