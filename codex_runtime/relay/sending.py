"""`Outbox`: events on their way from the task that reads the upstream to the one that sends.

Owns the bytes between the two, their bound, and when a sender looks. Knows neither HTTP nor what
the bytes say. Enter at `Outbox`. The reader puts what each read gave; the sender takes all there is
at once, so that a fast upstream costs one write per nap and a slow one waits for nothing.
"""

from __future__ import annotations

from typing import Final

import trio

__all__ = ["MAX_WAITING_BYTES", "Outbox"]

MAX_WAITING_BYTES: Final = 1024 * 1024
"""From here on the upstream is not read until the client has taken what waits."""

_NAP_S: Final = 0.002
_HOLD_S: Final = 0.005


class Outbox:
    """One reader puts, one sender takes; for one answer."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self._wake = trio.Event()
        self._room = trio.Event()
        self._closed = trio.Event()
        self._waiting: trio.CancelScope | None = None
        self._is_discarding = False
        self.has_output: bool = False
        """Whether anything was put that should be seen soon."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing more comes."""
        return self._closed.is_set()

    def put_opening(self, data: bytes) -> None:
        """Add what begins an answer; it waits a few ms for the first output, to go with it."""
        self._parts.append(data)
        self._size_bytes += len(data)
        if self._waiting is not None:
            by = trio.current_time() + _HOLD_S
            self._waiting.deadline = min(self._waiting.deadline, by)

    async def put(self, data: bytes) -> None:
        """Add output; returns when there is room for more."""
        is_first = not self.has_output
        self.put_last(data)
        if is_first and self.has_output:
            # The sender's turn, before what else has come is worked on. After one checkpoint both
            # may go on, in any order; after two the sender has.
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
        while self._size_bytes >= MAX_WAITING_BYTES:
            self._room = trio.Event()
            await self._room.wait()

    def put_last(self, data: bytes) -> None:
        """Add what ends an answer, whether or not there is room."""
        if not data or self._is_discarding:
            return
        self._parts.append(data)
        self._size_bytes += len(data)
        self.has_output = True
        self._wake.set()

    def discard(self) -> None:
        """Drop what is put from now on: nobody takes it, as the answer is sent in one piece."""
        self._is_discarding = True

    def close(self) -> None:
        """Nothing more comes."""
        self._closed.set()
        self._wake.set()

    async def wait(self, at_most_s: float) -> None:
        """Return when there is something to send, when all is done, or when the time is over."""
        if self._wake.is_set():
            return
        by_s = min(at_most_s, _HOLD_S) if self._parts else at_most_s
        with trio.move_on_after(by_s) as self._waiting:
            await self._wake.wait()
        self._waiting = None

    def take(self) -> bytes:
        """Take all that waits; empty if nothing does."""
        data = b"".join(self._parts)
        self._parts.clear()
        self._size_bytes = 0
        if not self._closed.is_set() and self._wake.is_set():
            self._wake = trio.Event()
        self._room.set()
        return data

    async def nap(self) -> None:
        """Let more gather; no longer than until all is there."""
        with trio.move_on_after(_NAP_S):
            await self._closed.wait()
