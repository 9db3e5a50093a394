"""`Mailbox`: the hand-over from the reader to one consumer.

The reader puts events and wakes the consumer once per chunk; the consumer takes without a lock and
lets others run by time. Owns the moments and the order. Does not know what a backlog merges, drops
or refuses (`merging`, `backlogs`). `TurnMailbox` is that of a turn's stream.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import trio

from codex_runtime.engine.merging import Coalescing

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.connection.counters import Counters
    from codex_runtime.protocol import Notification

__all__ = ["Backlog", "Mailbox", "TurnMailbox"]

# A consumer that never blocks still lets others run: every 2 ms, the clock read every 32nd event.
_SLICE_S: Final = 0.002
_CLOCK_MASK: Final = 31


class Backlog(Protocol):
    """What is unread, oldest first; where a delivery policy lives."""

    def __len__(self) -> int: ...

    def popleft(self) -> Notification:
        """Take the oldest."""
        ...

    def clear(self) -> None:
        """Forget all."""
        ...


class Mailbox:
    """A queue from synchronous code to one task; what is unread is in ``backlog``."""

    __slots__ = ("_backlog", "_closed", "_error", "_ready", "_slice_end_s", "_taken", "_wake")

    def __init__(self, backlog: Backlog) -> None:
        self._backlog: Final = backlog
        self._ready: Final[deque[Notification]] = deque()
        """Read before the backlog; taking from here is all that a fast consumer costs."""
        self._wake: trio.Event | None = None
        self._closed = False
        self._error: BaseException | None = None
        self._taken = 0
        self._slice_end_s = 0.0

    def wake(self) -> None:
        """The chunk is done: let a waiting consumer run."""
        if self._wake is not None:
            self._wake.set()
            self._wake = None

    def close(self, error: BaseException | None = None) -> None:
        """No more will come: what is here is still read, then the end, or ``error``."""
        if not self._closed:
            self._closed = True
            self._error = error
            self.wake()

    @property
    def is_closed(self) -> bool:
        """Nothing is taken any more."""
        return self._closed

    def drop(self) -> None:
        """Forget what was not read, and take no more."""
        self.close()
        self._ready.clear()
        self._backlog.clear()

    def __len__(self) -> int:
        return len(self._ready) + len(self._backlog)

    async def get(self) -> Notification:
        """The next event, in order; cancelling loses none.

        Raises `StopAsyncIteration` at the end, or the error the mailbox was closed with;
        `trio.BusyResourceError` if another task waits here.
        """
        self._taken = taken = self._taken + 1
        if not taken & _CLOCK_MASK and trio.current_time() >= self._slice_end_s:
            await trio.lowlevel.checkpoint()
            self._slice_end_s = trio.current_time() + _SLICE_S
        while not self._ready:
            if self._backlog:
                return self._backlog.popleft()
            await self._wait()
        return self._ready.popleft()

    async def _wait(self) -> None:
        """Until something was put; raises at the end."""
        if self._closed:
            await trio.lowlevel.checkpoint()
            if self._error is not None:
                raise self._error
            raise StopAsyncIteration
        if self._wake is not None:
            raise trio.BusyResourceError("another task already iterates here")
        self._wake = wake = trio.Event()
        try:
            await wake.wait()
        finally:
            if self._wake is wake:
                self._wake = None
        self._slice_end_s = trio.current_time() + _SLICE_S


class TurnMailbox(Mailbox):
    """The unread events of a turn: one by one up to a mark, merged past it.

    Below the mark `put` is an append and nothing else; whether the mark was passed is seen once per
    chunk, in `wake`.
    """

    __slots__ = ("_counters", "_mark_events", "_rest", "_seen_events", "put")

    def __init__(self, mark_events: int, counters: Counters) -> None:
        self._rest: Final = Coalescing(mark_events, counters)
        super().__init__(self._rest)
        self._counters: Final = counters
        self._mark_events: Final = mark_events
        self._seen_events = 0
        """The most that was unread at the end of a chunk, up to the mark."""
        self.put: Callable[[Notification], None] = self._ready.append
        """Take the next event."""

    def wake(self) -> None:
        """The chunk is done: merge what is past the mark, let a waiting consumer run."""
        if len(self._ready) > self._seen_events:
            self._look()
        if self._wake is not None:
            self._wake.set()
            self._wake = None

    def close(self, error: BaseException | None = None) -> None:
        """No more will come: what is here is still read, then the end, or ``error``."""
        super().close(error)
        self.put = _ignore

    def _look(self) -> None:
        ready = self._ready
        self._counters.peak_unread_events = max(self._counters.peak_unread_events, len(ready))
        self._seen_events = min(len(ready), self._mark_events)
        if len(ready) > self._mark_events:
            surplus = [ready.pop() for _ in range(len(ready) - self._mark_events)]
            for event in reversed(surplus):
                self._put_past_mark(event)
            self.put = self._put_past_mark

    def _put_past_mark(self, event: Notification) -> None:
        """Behind what is in the backlog, until that was read."""
        unread = len(self._ready) + len(self._rest)
        if unread < self._mark_events and not self._rest:
            self._ready.append(event)
            self.put = self._ready.append
        else:
            self._rest.add(event, unread)
            self._counters.peak_unread_events = max(self._counters.peak_unread_events, unread + 1)


def _ignore(_: Notification) -> None:
    """A closed mailbox takes nothing."""
