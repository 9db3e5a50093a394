"""`Consuming`: the events of a turn on their last step, from a batch to one at a time.

Owns what was taken and not yet handed out, and the answer's text as far as it was. Does not know
where batches come from, nor how one waits for them: that is the consumer's own (`Turn`, and those
of the faces).
"""

from __future__ import annotations

import threading
from operator import length_hint
from typing import TYPE_CHECKING, Final

from codex_runtime.model.fold import AnswerText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_runtime.protocol import Notification

__all__ = ["Consuming"]

_FOLDED_EVENTS: Final = 64


class Consuming:
    """What one consumer has of a turn's events; `_unread` is iterated by itself, for its speed."""

    def __init__(self) -> None:
        self._batch: Sequence[Notification] = ()
        self._unread: Iterator[Notification] = iter(self._batch)
        """What was taken and not yet handed out."""
        # Taken in batches, handed out one by one, noted as unfolded, folded into the text, the
        # last two many at a time: that is cheaper.
        self._noted = 0
        """So many of the batch were noted."""
        self._unfolded: list[Notification] = []
        self._answer = AnswerText()
        self._lock = threading.Lock()
        """Around all but the iteration: the text may be read in another thread than iterates."""

    def _first_of(self, batch: Sequence[Notification]) -> Notification:
        """Have ``batch``, which is not empty, handed out next; returns the first."""
        with self._lock:
            self._fold(at_least=_FOLDED_EVENTS)
            self._take([*self._unread, *batch])  # another task may have taken some meanwhile
            return next(self._unread)

    def _pass_over(self) -> None:
        """Forget what was not handed out."""
        with self._lock:
            self._fold()
            self._take(())

    def _text(self) -> str:
        """The answer as far as it was handed out."""
        with self._lock:
            self._fold()
            return self._answer.text

    def _take(self, batch: Sequence[Notification]) -> None:
        self._batch, self._unread, self._noted = batch, iter(batch), 0

    def _fold(self, *, at_least: int = 0) -> None:
        """Bring the text up to what was handed out, unless that is less than ``at_least``."""
        handed_out = len(self._batch) - length_hint(self._unread)
        self._unfolded += self._batch[self._noted : handed_out]
        self._noted = handed_out
        if len(self._unfolded) >= at_least:
            self._answer.extend(self._unfolded)
            self._unfolded.clear()
