"""`Mailbox`: the hand-over from the reader to one consumer.

The reader appends and wakes the consumer once per chunk; the consumer takes without a lock and lets
others run by time. Owns the order and the bound; does not know what an event is, nor who reads.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

import trio

__all__ = ["Mailbox"]

T = TypeVar("T")

# A consumer that never blocks still lets others run: every 2 ms, the clock read every 32nd event.
_SLICE_S: Final = 0.002
_CLOCK_EVERY: Final = 32


class Mailbox(Generic[T]):
    """A queue from synchronous code to one task.

    Unread events are kept until they are taken or `drop` is called; a bound, if any, is the
    owner's to keep with `backlog_bytes`.
    """

    __slots__ = ("_closed", "_error", "_items", "_slice_end_s", "_taken", "_wake", "backlog_bytes")

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._wake: trio.Event | None = None
        self._closed = False
        self._error: BaseException | None = None
        self._taken = 0
        self._slice_end_s = 0.0
        self.backlog_bytes: int = 0

    def put(self, item: T) -> None:
        """Append; the consumer sleeps on until `wake`."""
        if not self._closed:
            self._items.append(item)

    def wake(self) -> None:
        """Let a waiting consumer run."""
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
        self._items.clear()

    def __len__(self) -> int:
        return len(self._items)

    async def get(self) -> T:
        """The next item, in order; cancelling loses none.

        Raises `StopAsyncIteration` at the end, or the error the mailbox was closed with;
        `trio.BusyResourceError` if another task waits here.
        """
        self._taken += 1
        if self._taken % _CLOCK_EVERY == 0 and trio.current_time() >= self._slice_end_s:
            await trio.lowlevel.checkpoint()
            self._slice_end_s = trio.current_time() + _SLICE_S
        while not self._items:
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
        return self._items.popleft()
